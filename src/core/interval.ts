/**
 * An interval is a stretch of one node's execution between two moments at which others may learn of its
 * writes (Keleher 1994, §2.2); its write notices say which pages it changed and carry no data. A rider is
 * what a synchronisation message carries for coherence: what its sender knows, and the intervals the
 * receiver lacks.
 */
import type { IntervalIndex, NodeId, PageId } from './ids.js'
import type { VectorTime } from './vector-time.js'

export interface Interval {
  readonly node: NodeId
  readonly index: IntervalIndex
  /** Vector timestamp at the interval's end; `time[node] === index`. */
  readonly time: VectorTime
  /** Write notices: the pages it changed, ascending, each once. */
  readonly pages: readonly PageId[]
}

/** What rides on a synchronisation message for the coherence protocol. */
export interface Rider {
  /** The sender's vector time; all zeros where the receiver need not know it. */
  readonly time: VectorTime
  /** In an order that is a linear extension of happened-before (see `byTime`). */
  readonly intervals: readonly Interval[]
}
