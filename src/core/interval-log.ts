/**
 * The intervals this node knows and that others may lack, in the order in which it came to know them (what Keleher 1994, §3.1, keeps in
 * the ProcArray). Those that all know are forgotten. Knowledge has no gaps: interval i of a node is here only if 1 … i-1 are, and whatever an
 * interval has seen stands before it. So the order is a linear extension of happened-before.
 */
import { TreadMarksError } from '../errors.js'
import type { NodeId } from './ids.js'
import type { Interval } from './interval.js'
import { covers, sum, type VectorTime, zeroTime } from './vector-time.js'

/** Sorts into a linear extension of happened-before that is the same everywhere: by sum of the timestamp, then node. */
export function byTime<T extends { readonly node: NodeId; readonly time: VectorTime }>(items: readonly T[]): T[] {
  if (items.length < 2) return [...items]
  return items
    .map((item) => ({ item, sum: sum(item.time) }))
    .sort((a, b) => a.sum - b.sum || a.item.node - b.item.node)
    .map(({ item }) => item)
}

export class IntervalLog {
  private intervals: Interval[] = []
  /** Of each node, up to which they are forgotten. */
  private readonly forgotten: VectorTime
  /** Of each node, how many. */
  private readonly counts: VectorTime

  constructor(nodes: number) {
    this.counts = zeroTime(nodes)
    this.forgotten = zeroTime(nodes)
  }

  add(interval: Interval): void {
    const { node, index } = interval
    const last = this.counts[node] as number
    if (index !== last + 1) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `interval ${index} of node ${node} came after interval ${last}`)
    }
    this.counts[node] = index
    this.intervals.push(interval)
  }

  /** Known intervals that a node at `known` lacks, in a linear extension of happened-before (§2.2: covered by us, not by them). */
  since(known: VectorTime): Interval[] {
    let lacks = 0
    for (const [node, count] of this.counts.entries())
      lacks += Math.max(0, count - Math.max(known[node] as number, this.forgotten[node] as number))
    return this.newest(lacks, ({ node, index }) => !covers(known, node, index))
  }

  /** Intervals of one node after `index`, oldest first. */
  ofNode(node: NodeId, index: number): Interval[] {
    return this.newest((this.counts[node] as number) - index, (one) => one.node === node)
  }

  /** Everybody knows all that are here: none is ever asked for again. Returns how many there were, and their notices. */
  forget(): { readonly intervals: number; readonly notices: number } {
    const size = this.size()
    this.intervals = []
    this.forgotten.set(this.counts)
    return size
  }

  /** How many intervals are kept, and how many write notices they have. */
  size(): { readonly intervals: number; readonly notices: number } {
    const notices = this.intervals.reduce((total, { pages }) => total + pages.length, 0)
    return { intervals: this.intervals.length, notices }
  }

  /** The last `count` of a kind; what others lack is mostly new, so the search begins at the end. */
  private newest(count: number, wanted: (interval: Interval) => boolean): Interval[] {
    const found: Interval[] = []
    for (let i = this.intervals.length - 1; found.length < count; i--) {
      const interval = this.intervals[i] as Interval
      if (wanted(interval)) found.push(interval)
    }
    return found.reverse()
  }
}
