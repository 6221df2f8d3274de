/**
 * The recordings of one run: a directory with a file for each node. All of them must be there and of the same
 * run; what is wrong is an error that names the file.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { TreadMarksError } from '../errors.js'
import { RecordingReader, type RecordingSource } from '../wire/recording.js'

/** Numbers of the nodes that have a recording in the directory, ascending. */
export function recordedNodes(folder: string): number[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    throw new TreadMarksError('ERR_TM_RECORDING', `the directory ${folder} cannot be read: ${(error as Error).message}`)
  }
  const nodes = names.flatMap((name) => /^node-(\d{1,3})\.tmrec$/.exec(name)?.[1] ?? []).map(Number)
  if (nodes.length > 0) return nodes.sort((a, b) => a - b)
  throw new TreadMarksError(
    'ERR_TM_RECORDING',
    `there is no recording in ${folder}: no file node-0.tmrec, as \`treadmarks run --record ${folder} …\` makes it`,
  )
}

export const recordingPath = (folder: string, node: number): string => join(folder, `node-${node}.tmrec`)

/** One node's recording, open. */
export class Recording {
  readonly reader: RecordingReader
  private readonly source: FileSource

  constructor(folder: string, node: number) {
    this.source = new FileSource(recordingPath(folder, node))
    try {
      this.reader = new RecordingReader(this.source, crc32)
      const { self } = this.reader.header
      if (self === node) return
      throw new TreadMarksError('ERR_TM_RECORDING', `the recording ${this.source.name} is of node ${self}`)
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    this.source.close()
  }
}

/** What is read at one time, bytes, if a record does not need more. */
const WINDOW_BYTES = 1024 ** 2

/** A file, read through a window that moves forward. */
class FileSource implements RecordingSource {
  readonly bytes: number
  private readonly fd: number
  private window = new Uint8Array(0)
  private start = 0

  constructor(readonly name: string) {
    try {
      this.fd = openSync(name, 'r')
      this.bytes = fstatSync(this.fd).size
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new TreadMarksError('ERR_TM_RECORDING', `the recording ${name} cannot be read: ${why}`)
    }
  }

  read(at: number, length: number): Uint8Array {
    if (at < this.start || at + length > this.start + this.window.length) this.move(at, length)
    return this.window.subarray(at - this.start, at - this.start + length)
  }

  close(): void {
    closeSync(this.fd)
  }

  private move(at: number, length: number): void {
    const window = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), this.bytes - at))
    let filled = 0
    while (filled < window.length) {
      const count = readSync(this.fd, window, filled, window.length - filled, at + filled)
      if (count === 0) throw new TreadMarksError('ERR_TM_RECORDING', `the recording ${this.name} has become shorter`)
      filled += count
    }
    this.window = window
    this.start = at
  }
}
