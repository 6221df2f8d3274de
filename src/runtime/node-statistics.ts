/**
 * A node's statistics: what has been counted in all and in each phase of the program. When a phase begins, all programs
 * of the node wait for the answer to that call, so what has been counted until then belongs to the time before. Runs on
 * the service thread, which hears every call and every answer.
 */
import type { Answer, Event } from '../core/events.js'
import type { ProcId } from '../core/ids.js'
import { type Kind, KindCounters } from '../core/kinds.js'
import { asciiText, unquoted } from '../core/name.js'
import { noTally, sumTallies, type Tally, tallySince } from '../core/tally.js'
import type { CountersReport } from './control.js'

export class NodeStatistics {
  private readonly kinds = new KindCounters()
  /** The name that a process waits to begin, in quotes. */
  private readonly calls = new Map<ProcId, Uint8Array>()
  private phase: string | undefined
  /** When the phase began. */
  private start = noTally
  private readonly phases = new Map<string, Tally>()

  /** `counters`: the node's at this moment. */
  constructor(private readonly counters: () => Tally['counters']) {}

  /** A message has gone to another node. */
  sent(kind: Kind, bytes: number): void {
    this.kinds.count(kind, bytes)
  }

  /** Before the event is taken. */
  hears(event: Event): void {
    if (event.type === 'meet' && event.kind === 'phase') this.calls.set(event.proc, event.payload)
  }

  /** Before the process is answered, and so before any process of the node goes on from a meeting. */
  answers(proc: ProcId, _answer: Answer): void {
    const name = this.calls.get(proc)
    if (name === undefined) return
    this.calls.delete(proc)
    this.begin(unquoted(asciiText(name) as string))
  }

  report(): CountersReport {
    const total = this.tally()
    this.settle(total)
    return { type: 'counters', total, phases: Object.fromEntries(this.phases) }
  }

  private begin(phase: string): void {
    this.settle(this.tally())
    this.phase = phase
    // It is in the report even if nothing is counted in it.
    this.phases.set(phase, this.phases.get(phase) ?? tallySince(this.start, this.start))
  }

  /** What came since the last time counts to the phase; what came before the first phase to none. */
  private settle(now: Tally): void {
    if (this.phase !== undefined) {
      const before = this.phases.get(this.phase) ?? noTally
      this.phases.set(this.phase, sumTallies([before, tallySince(now, this.start)]))
    }
    this.start = now
  }

  private tally(): Tally {
    return { counters: this.counters(), kinds: this.kinds.table(), allocations: {} }
  }
}
