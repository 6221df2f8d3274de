/**
 * A standstill: no process of the run can ever go on. Every node has reported that it is at rest, and as many messages
 * were sent as received; then each is asked whether nothing has happened since. If all say so there was a moment,
 * between the last report and the first question, in which nobody computed and nothing was on its way.
 * (Counting messages twice is Mattern's method, "Algorithms for distributed termination detection", 1987.)
 */
import type { RestReport } from '../runtime/control.js'
import { processesOf } from './places.js'

export interface StandstillEvents {
  /** Ask the node whether it is still in that turn. */
  probe(node: number, turn: number, wave: number): void
  /** Who waits for what, and who has it; several lines. */
  found(deadlock: string): void
}

/** Processes that are named in a message. */
const SHOWN = 32

export class Standstill {
  readonly #nodes: number
  readonly #threads: number
  readonly #events: StandstillEvents
  /** The last report of each node. */
  readonly #reports = new Map<number, RestReport>()
  readonly #ended = new Set<number>()
  #wave = 0
  /** Who has answered this wave. */
  readonly #still = new Set<number>()

  constructor(nodes: number, threads: number, events: StandstillEvents) {
    this.#nodes = nodes
    this.#threads = threads
    this.#events = events
  }

  ended(process: number): void {
    this.#ended.add(process)
  }

  rests(node: number, report: RestReport): void {
    this.#reports.set(node, report)
    this.#still.clear()
    // What was asked before this report says nothing about it.
    this.#wave++
    const reports = [...this.#reports.values()]
    if (reports.length < this.#nodes || this.#ended.size === this.#nodes * this.#threads) return
    const sent = reports.reduce((sum, one) => sum + one.sent, 0)
    const received = reports.reduce((sum, one) => sum + one.received, 0)
    if (sent !== received) return
    for (const [other, { turn }] of this.#reports) this.#events.probe(other, turn, this.#wave)
  }

  still(node: number, wave: number): void {
    if (wave !== this.#wave) return
    this.#still.add(node)
    if (this.#still.size === this.#nodes) this.#events.found(this.#describe())
  }

  #describe(): string {
    const holders = new Map<number, string>()
    for (const [node, { holds }] of this.#reports) for (const lock of holds) holders.set(lock, this.#nameOf(node))
    const waits = [...this.#reports.values()].flatMap((report) => report.waits)
    const lines = waits.map(({ process, what, lock }) => {
      const holder = lock === undefined ? undefined : holders.get(lock)
      return { process, line: `process ${process} ${what}${holder === undefined ? '' : `, which ${holder} holds`}` }
    })
    for (const process of this.#ended) lines.push({ process, line: `process ${process} has ended` })
    lines.sort((a, b) => a.process - b.process)
    const more = lines.length - SHOWN
    return [
      'no process can go on, each waits for another:',
      ...lines.slice(0, SHOWN).map(({ line }) => line),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n')
  }

  /** Who of a node holds a lock is not known when it has several processes. */
  #nameOf(node: number): string {
    return this.#threads === 1 ? `process ${node}` : `one of processes ${processesOf(node, this.#threads)}`
  }
}
