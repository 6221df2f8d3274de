/**
 * `--diagram`: a small run as a space-time diagram, drawn at the end from what its nodes have recorded. They record where
 * `--record` says, or in a folder of our own, which goes away whatever the outcome. That the file can be written is tried
 * before anything is started, as with `--stats-file`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { paint } from '../diagram/paint.js'
import { RecordedLane } from '../diagram/recorded.js'
import { type Timeline, TimelineWriter } from '../diagram/timeline.js'
import { TreadMarksError } from '../errors.js'
import { MAX_DIAGRAM_BYTES } from '../limits.js'
import { initialStateOf } from '../protocols/table.js'
import { Recording, recordedNodes, recordingPath } from '../runtime/recordings.js'
import type { RunOptions } from './options.js'
import { OutputFile } from './output-file.js'

type Options = Pick<RunOptions, 'nodes' | 'threads' | 'protocol' | 'program'>

export class DiagramFile {
  /** Where the nodes record. */
  readonly folder: string
  readonly #options: Options
  readonly #file: OutputFile
  readonly #isOurs: boolean
  readonly #remove = (): void => rmSync(this.folder, { recursive: true, force: true })

  /** `record`: where the nodes record anyway. Throws a usage error when the file, or a folder for it, cannot be made. */
  constructor(path: string, record: string | undefined, options: Options) {
    this.#options = options
    this.#isOurs = record === undefined
    this.#file = new OutputFile('--diagram', path)
    try {
      this.folder = record ?? mkdtempSync(join(tmpdir(), 'treadmarks-diagram-'))
    } catch (error) {
      throw new TreadMarksError('ERR_TM_USAGE', `--diagram ${path} cannot be written: ${(error as Error).message}`)
    }
    // Should the launcher be ended by something else than its own end.
    if (this.#isOurs) process.on('exit', this.#remove)
  }

  /** All processes of the run are gone. Throws a TreadMarksError when it cannot be drawn, or another when not written. */
  write(): Promise<void> | void {
    return this.#file.write(paint(this.#timeline()))
  }

  /** Nothing of ours stays but the file. */
  close(): void {
    if (!this.#isOurs) return
    process.removeListener('exit', this.#remove)
    this.#remove()
  }

  #timeline(): Timeline {
    const { nodes, threads, protocol, program } = this.#options
    const there = recordedNodes(this.folder)
    checkSize(there.map((node) => recordingPath(this.folder, node)))
    const title = `${basename(program)}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${protocol}`
    const initial = initialStateOf(protocol)
    const writer = new TimelineWriter({ title, nodes, threads, initial })
    for (const node of there) this.#read(node, writer, initial)
    return writer.finish()
  }

  /** As far as it goes: a node that was killed has left what others have seen of it. */
  #read(node: number, writer: TimelineWriter, initial: Timeline['initial']): void {
    const recording = new Recording(this.folder, node)
    const { reader } = recording
    try {
      const lane = new RecordedLane(writer, reader.header.self, this.#options.threads, initial)
      for (let recorded = reader.next(); recorded !== undefined; recorded = reader.next()) lane.step(recorded.step)
    } finally {
      recording.close()
    }
  }
}

function checkSize(paths: readonly string[]): void {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0)
  if (bytes <= MAX_DIAGRAM_BYTES) return
  const [has, room] = [bytes, MAX_DIAGRAM_BYTES].map((size) => Math.round(size / 1024 ** 2))
  throw new TreadMarksError(
    'ERR_TM_DIAGRAM',
    `the run is too long for a diagram: its recording has ${has} MiB, and at most ${room} MiB are read`,
  )
}
