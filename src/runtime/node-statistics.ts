/**
 * A node's statistics: what has been counted in all and in each phase of the program. When a phase begins, all programs
 * of the node wait for the answer to that call, so what has been counted until then belongs to the time before. Runs on
 * the service thread, which hears every call and every answer.
 */
import { type Allocated, type Allocation, decodeAllocated, decodeAllocation } from '../core/allocator.js'
import type { Answer, Event } from '../core/events.js'
import type { ProcId } from '../core/ids.js'
import { type Kind, KindCounters } from '../core/kinds.js'
import { asciiText, nameIn, unquoted } from '../core/name.js'
import { mergeRows, type PageTraffic } from '../core/page-traffic.js'
import { type Counters, noTally, sumTallies, type Tally, tallySince } from '../core/tally.js'
import { MAX_PAGES_TOLD } from '../limits.js'
import type { AllocationCounters } from './allocation-counters.js'
import type { CountersReport, PageReport } from './control.js'

type Meet = Extract<Event, { readonly type: 'meet' }>

export class NodeStatistics {
  private readonly kinds = new KindCounters()
  /** What processes wait for: a phase to begin, or an allocation. */
  private readonly calls = new Map<ProcId, Meet>()
  private phase: string | undefined
  /** When the phase began. */
  private start = noTally
  private readonly phases = new Map<string, Tally>()
  /** By name of phase; under '' what came before the first. */
  private readonly pages = new Map<string, PageReport[]>()

  /** `counters`: the node's at this moment. */
  constructor(
    private readonly counters: () => Counters,
    private readonly allocations: AllocationCounters,
    /** There when somebody will look at it. */
    private readonly traffic: PageTraffic | undefined,
  ) {}

  /** A message has gone to another node. */
  sent(kind: Kind, bytes: number): void {
    this.kinds.count(kind, bytes)
  }

  /** Before the event is taken. */
  hears(event: Event): void {
    if (event.type === 'meet' && (event.kind === 'phase' || event.kind === 'alloc')) this.calls.set(event.proc, event)
  }

  /** Before the process is answered, and so before any process of the node goes on from a meeting. */
  answers(proc: ProcId, answer: Answer): void {
    const call = this.calls.get(proc)
    if (call === undefined) return
    this.calls.delete(proc)
    if (call.kind === 'phase') this.begin(unquoted(asciiText(call.payload) as string))
    // Without a payload it was the meeting after an allocation, see Backend.meetAgain.
    else if (call.payload.length > 0) this.allocated(decodeAllocation(call.payload), decodeAllocated(answer.payload))
  }

  report(): CountersReport {
    const total = this.tally()
    this.settle(total)
    return { type: 'counters', total, phases: Object.fromEntries(this.phases), pages: Object.fromEntries(this.pages) }
  }

  /** Pages of a protocol that is not the run's are never shared. */
  private allocated({ label, bytes, protocol }: Allocation, { address }: Allocated): void {
    if (address === 0) return
    if (protocol === undefined) this.allocations.allocated(nameIn(label), address, bytes)
    else this.allocations.wholePages(nameIn(label), address, bytes)
  }

  private begin(phase: string): void {
    this.settle(this.tally())
    this.phase = phase
    // It is in the report even if nothing is counted in it.
    this.phases.set(phase, this.phases.get(phase) ?? tallySince(this.start, this.start))
  }

  /** What came since the last time counts to the phase; what came before the first phase to none. */
  private settle(now: Tally): void {
    this.settlePages()
    if (this.phase !== undefined) {
      const before = this.phases.get(this.phase) ?? noTally
      this.phases.set(this.phase, sumTallies([before, tallySince(now, this.start)]))
    }
    this.start = now
  }

  private settlePages(): void {
    const rows = this.traffic?.take(MAX_PAGES_TOLD) ?? []
    if (rows.length === 0) return
    const phase = this.phase ?? ''
    const named = rows.map((row): PageReport => ({ ...row, allocation: this.allocations.nameOf(row.page) }))
    this.pages.set(phase, mergeRows([this.pages.get(phase) ?? [], named]).slice(0, MAX_PAGES_TOLD))
  }

  private tally(): Tally {
    return { ...this.allocations.tally(this.counters), kinds: this.kinds.table() }
  }
}
