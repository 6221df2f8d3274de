/**
 * All intervals this node knows, by creator and index: the ProcArray of Keleher 1994, §3.1. Knowledge has no
 * gaps: interval i of a node is here only if 1 … i-1 are.
 */
import { TreadMarksError } from '../errors.js'
import type { NodeId } from './ids.js'
import type { Interval } from './interval.js'
import { sum, type VectorTime } from './vector-time.js'

/** Sorts into a linear extension of happened-before that is the same everywhere: by sum of the timestamp, then node. */
export function byTime<T extends { readonly node: NodeId; readonly time: VectorTime }>(items: readonly T[]): T[] {
  if (items.length < 2) return [...items]
  return items
    .map((item) => ({ item, sum: sum(item.time) }))
    .sort((a, b) => a.sum - b.sum || a.item.node - b.item.node)
    .map(({ item }) => item)
}

export class IntervalLog {
  private readonly logs: Interval[][]

  constructor(nodes: number) {
    this.logs = Array.from({ length: nodes }, () => [])
  }

  add(interval: Interval): void {
    const log = this.logs[interval.node] as Interval[]
    if (interval.index !== log.length + 1) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `interval ${interval.index} of node ${interval.node} came after interval ${log.length}`,
      )
    }
    log.push(interval)
  }

  /** Known intervals that a node at `known` lacks, in a linear extension of happened-before (§2.1: covered by us, not by them). */
  since(known: VectorTime): Interval[] {
    const lacking: Interval[] = []
    for (const [node, log] of this.logs.entries()) {
      for (let i = known[node] as number; i < log.length; i++) lacking.push(log[i] as Interval)
    }
    return byTime(lacking)
  }

  /** Intervals of one node after `index`, oldest first. */
  ofNode(node: NodeId, index: number): Interval[] {
    return (this.logs[node] as Interval[]).slice(index)
  }
}
