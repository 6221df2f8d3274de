/**
 * One node as the launcher sees it: an operating-system process with a control channel. It turns the process's events into
 * two: a report has arrived, and the process is gone. "Gone" comes last, after all reports, and exactly once, also for a
 * process that could not be started.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { Order, Report } from '../runtime/control.js'
import { LabelledPipe } from './label.js'
import { asReport } from './reports.js'

/** How a node process ended: by exit code or signal, or it could not be started. */
export interface NodeEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error | undefined
}

export interface NodeEvents {
  report(node: number, report: Report): void
  gone(node: number, end: NodeEnd): void
}

export interface NodePlace {
  /** Path of the script that a node runs. */
  readonly nodeMain: string
  /** For Node itself, before the script. */
  readonly nodeFlags: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Where labelled output goes; undefined when the node inherits ours. */
  readonly labelled:
    | { readonly prefix: string; readonly stdout: NodeJS.WritableStream; readonly stderr: NodeJS.WritableStream }
    | undefined
}

/** Time the channel has to deliver what a process wrote before it died, ms; it is there already, only unread. */
const LAST_WORDS_MS = 200

export class NodeProcess {
  readonly node: number
  readonly #child: ChildProcess | undefined
  readonly #pipes: LabelledPipe[] = []
  readonly #events: NodeEvents
  #end: NodeEnd | undefined
  #disconnected = false
  #gone = false

  constructor(node: number, place: NodePlace, events: NodeEvents) {
    this.node = node
    this.#events = events
    const { labelled } = place
    const output = labelled === undefined ? 'inherit' : 'pipe'
    // Neither detached, so that a terminal's Ctrl-C reaches all; nor with our own execArgv, which is not the program's.
    const stdio: StdioOptions = [node === 0 ? 'inherit' : 'ignore', output, output, 'ipc']
    try {
      this.#child = spawn(process.execPath, [...place.nodeFlags, place.nodeMain], {
        stdio,
        serialization: 'json',
        env: place.env,
      })
    } catch (error) {
      setImmediate(() => this.#ended({ code: null, signal: null, error: error as Error }))
      return
    }
    const child = this.#child
    child.on('message', (message: unknown) => {
      const report = asReport(message, node)
      if (report !== undefined && !this.#gone) events.report(node, report)
    })
    child.on('error', (error) => {
      if (child.pid === undefined) this.#ended({ code: null, signal: null, error })
    })
    child.on('exit', (code, signal) => this.#ended({ code, signal }))
    child.on('disconnect', () => {
      this.#disconnected = true
      this.#announce()
    })
    if (labelled !== undefined && child.stdout && child.stderr)
      this.#pipes.push(
        new LabelledPipe(child.stdout, labelled.stdout, labelled.prefix),
        new LabelledPipe(child.stderr, labelled.stderr, labelled.prefix),
      )
  }

  get gone(): boolean {
    return this.#gone
  }

  /** An order to a node that is dying is lost, and its death is noticed elsewhere. */
  send(order: Order): void {
    if (this.#child?.connected) this.#child.send(order, () => {})
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Resolves when the output of a process that is gone has been passed on. */
  async drained(): Promise<void> {
    await Promise.all(this.#pipes.map((pipe) => pipe.drained()))
  }

  #ended(end: NodeEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    if (end.error !== undefined) this.#disconnected = true
    // The exit may overtake the last reports, such as the very one that explains it.
    else setTimeout(() => this.#announce(true), LAST_WORDS_MS).unref()
    this.#announce()
  }

  #announce(whateverItSaid = false): void {
    if (this.#end === undefined || this.#gone || !(this.#disconnected || whateverItSaid)) return
    this.#gone = true
    this.#events.gone(this.node, this.#end)
  }
}
