/**
 * The program under one protocol: a `treadmarks run` in a process of its own, so that its exit code, its messages and the
 * end of its nodes are those of any run. Its output is collected instead of shown, labelled, because then its launcher keeps
 * the lines of different processes apart; its statistics come through a descriptor instead of a file, so that nothing can be
 * left behind. It has no standard input, which could be read only once.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { signalExitCode } from '../cli/failure.js'
import type { CompareOptions } from '../cli/options.js'
import type { Statistics } from '../cli/statistics.js'
import { MAX_COMPARED_BYTES } from '../limits.js'

/** What has become of it. */
export interface TrialEnd {
  readonly protocol: string
  /** As a shell has it: 128 + signal when a signal ended it. */
  readonly exitCode: number
  /** Undefined when none came: it did not even begin. */
  readonly statistics: Statistics | undefined
  /** Byte for byte, each a character, with labels; undefined when it was too much to keep. */
  readonly stdout: string | undefined
  /** The end of it. */
  readonly stderr: string
}

export class Trial {
  /** Resolves when its launcher has gone, and with it all nodes. Does not reject. */
  readonly over: Promise<TrialEnd>
  readonly #protocol: string
  readonly #stdout = new Kept(MAX_COMPARED_BYTES)
  readonly #stderr = new Kept(TAIL_BYTES)
  readonly #statistics = new Kept(Number.POSITIVE_INFINITY)
  #child: ChildProcess | undefined

  constructor(protocol: string, options: CompareOptions) {
    this.#protocol = protocol
    this.over = new Promise((resolve) => {
      try {
        this.#start(options, resolve)
      } catch (error) {
        resolve(this.#notStarted(error as Error))
      }
    })
  }

  /** Its launcher ends it by itself then, and soon. */
  interrupt(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  #start({ runOptions, program, args }: CompareOptions, resolve: (end: TrialEnd) => void): void {
    const own = ['--protocol', this.#protocol, '--label', '--stats-file', `/dev/fd/${STATISTICS_FD}`]
    const child = spawn(process.execPath, [launcher, 'run', ...own, ...runOptions, '--', program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    const streams = [child.stdout, child.stderr, child.stdio[STATISTICS_FD] as Readable | null]
    for (const [i, kept] of [this.#stdout, this.#stderr, this.#statistics].entries())
      streams[i]?.on('data', (bytes: Buffer) => kept.add(bytes)).on('error', () => {})
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(this.#notStarted(error))
    })
    child.once('exit', (code, signal) => {
      const exitCode = code ?? signalExitCode(signal as NodeJS.Signals)
      const timer = setTimeout(() => {
        for (const stream of streams) stream?.destroy()
      }, LAST_OUTPUT_MS)
      child.once('close', () => {
        clearTimeout(timer)
        resolve(this.#ended(exitCode))
      })
    })
  }

  #ended(exitCode: number): TrialEnd {
    const statistics = parsed(this.#statistics.text())
    return {
      protocol: this.#protocol,
      // Without its numbers it is of no use here; the launcher sees to it that this does not happen.
      exitCode: statistics === undefined ? exitCode || 1 : exitCode,
      statistics,
      stdout: this.#stdout.isWhole ? this.#stdout.text() : undefined,
      stderr: Buffer.from(this.#stderr.text(), 'latin1').toString(),
    }
  }

  #notStarted(error: Error): TrialEnd {
    const stderr = `could not be started: ${error.message}`
    return { protocol: this.#protocol, exitCode: 1, statistics: undefined, stdout: '', stderr }
  }
}

/** The same from the sources and from the built package. */
const launcher = fileURLToPath(new URL('../../bin/treadmarks.js', import.meta.url))
const STATISTICS_FD = 3
/** Kept of standard error: more than is shown, bytes. */
const TAIL_BYTES = 16_384
/** Time for what was printed to arrive when the launcher has gone, ms: a process that a program left may hold it open. */
const LAST_OUTPUT_MS = 1_000

/** The last bytes of a stream, at least so many as asked for, if there were. */
class Kept {
  readonly #most: number
  #chunks: Buffer[] = []
  #length = 0
  isWhole = true

  constructor(most: number) {
    this.#most = most
  }

  add(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.#length += bytes.length
    for (let first = this.#chunks[0]; first && this.#length - first.length > this.#most; first = this.#chunks[0]) {
      this.#chunks.shift()
      this.#length -= first.length
      this.isWhole = false
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }
}

function parsed(text: string): Statistics | undefined {
  try {
    return JSON.parse(text) as Statistics
  } catch {
    return undefined
  }
}
