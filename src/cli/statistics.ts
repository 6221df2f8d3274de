/**
 * The counters of a run, put together from what each node reported at its end. A node that did not live to report counts as
 * zeros, so that the promised names are always there and a script that reads them needs no special case for failed runs.
 */
import { counterNames } from '../core/counters.js'
import type { Counters, CountersReport } from '../runtime/control.js'

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
}

/** `reports` has the last word of each node that left one. */
export function gatherStatistics(
  nodes: number,
  threads: number,
  wallMs: number,
  reports: ReadonlyMap<number, CountersReport>,
): Statistics {
  const perNode = Array.from({ length: nodes }, (_, node) => sum([reports.get(node)?.total ?? {}]))
  const phases = new Map<string, Counters[]>()
  for (const report of reports.values())
    for (const [name, counters] of Object.entries(report.phases))
      phases.set(name, [...(phases.get(name) ?? []), counters])
  return {
    version: 1,
    nodes,
    threads,
    wallMs: Math.round(wallMs * 1000) / 1000,
    total: sum(perNode),
    perNode,
    // fromEntries makes own properties of any name, `__proto__` included.
    phases: Object.fromEntries([...phases].map(([name, parts]) => [name, sum(parts)])),
  }
}

function sum(parts: readonly Counters[]): Counters {
  const totals = new Map<string, number>(counterNames.map((name) => [name, 0]))
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) totals.set(name, (totals.get(name) ?? 0) + value)
  return Object.fromEntries(totals)
}
