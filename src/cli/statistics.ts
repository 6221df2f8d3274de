/**
 * The counters of a run, put together from what each node reported at its end. A node that did not live to report counts as
 * zeros, so that the promised names are always there and a script that reads them needs no special case for failed runs.
 */
import { counterNames } from '../core/counters.js'
import { type Counters, noTally, sumTallies, type Table, type Tally } from '../core/tally.js'
import type { CountersReport } from '../runtime/control.js'
import { byPhase, pageTraffic, type SharedPage } from './sharing.js'

/** In the form of the statistics file. */
export interface Statistics {
  readonly version: 1
  readonly nodes: number
  readonly threads: number
  /** From the moment all nodes have joined to the end of the last program, or to what ended the run. */
  readonly wallMs: number
  readonly total: Counters
  readonly perNode: readonly Counters[]
  readonly phases: Readonly<Record<string, Counters>>
  /** Messages and bytes, by type of message. */
  readonly kinds: Table
  /** What pages cost, by the allocation that they belong to. */
  readonly allocations: Table
  /** The same two for each phase, without rows of zeros. */
  readonly phaseKinds: Readonly<Record<string, Table>>
  readonly phaseAllocations: Readonly<Record<string, Table>>
  /** The pages with the most traffic; and by allocation, how many have one writer, or are shared falsely or truly. */
  readonly pages: readonly SharedPage[]
  readonly sharing: Table
  readonly phasePages: Readonly<Record<string, readonly SharedPage[]>>
  readonly phaseSharing: Readonly<Record<string, Table>>
}

/** `reports` has the last word of each node that left one. */
export function gatherStatistics(
  nodes: number,
  threads: number,
  wallMs: number,
  reports: ReadonlyMap<number, CountersReport>,
): Statistics {
  const of = (node: number): Tally => withAllCounters(reports.get(node)?.total ?? noTally)
  const perNode = Array.from({ length: nodes }, (_, node) => of(node))
  const total = sumTallies(perNode)
  const phases = sumPhases([...reports.values()].map((report) => report.phases))
  const each = <T>(part: (tally: Tally) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(phases.map(([name, tally]) => [name, part(tally)]))
  const traffic = byPhase(reports.values())
  const whole = pageTraffic([...traffic.values()].flat())
  const phaseTraffic = phases.map(([name]) => [name, pageTraffic(traffic.get(name) ?? [])] as const)
  return {
    version: 1,
    nodes,
    threads,
    wallMs: Math.round(wallMs * 1000) / 1000,
    total: total.counters,
    perNode: perNode.map(({ counters }) => counters),
    phases: each(({ counters }) => counters),
    kinds: total.kinds,
    allocations: total.allocations,
    phaseKinds: each(({ kinds }) => kinds),
    phaseAllocations: each(({ allocations }) => allocations),
    ...whole,
    phasePages: Object.fromEntries(phaseTraffic.map(([name, { pages }]) => [name, pages])),
    phaseSharing: Object.fromEntries(phaseTraffic.map(([name, { sharing }]) => [name, sharing])),
  }
}

/** In the order in which they first began. */
function sumPhases(reported: readonly CountersReport['phases'][]): [string, Tally][] {
  const parts = new Map<string, Tally[]>()
  for (const phases of reported)
    for (const [name, tally] of Object.entries(phases)) parts.set(name, [...(parts.get(name) ?? []), tally])
  return [...parts].map(([name, tallies]) => [name, withAllCounters(sumTallies(tallies))])
}

const zeros: Tally = { ...noTally, counters: Object.fromEntries(counterNames.map((name) => [name, 0])) }
const withAllCounters = (tally: Tally): Tally => sumTallies([zeros, tally])
