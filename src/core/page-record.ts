/**
 * What a node knows of one page under lazy release consistency (an entry of the PageArray, Keleher 1994, §3.1): which
 * notices lack their diffs, which diffs it holds, and who uses the page.
 */
import type { CounterRow } from './counters.js'
import { HeldDiffs } from './held-diffs.js'
import type { NodeId } from './ids.js'
import type { Interval } from './interval.js'
import type { PassingBytes } from './passing-bytes.js'
import { Trust } from './trust.js'

export interface PageRecord {
  /** This node's interval whose notice names the page while its diff is not made yet; 0 for none. */
  noted: number
  /** Notices of others whose diffs are not applied yet; the page is closed while there are any. */
  readonly wanted: Interval[]
  readonly diffs: HeldDiffs
  /** Diffs asked for and not here yet, by the node asked; undefined when no fetch is under way. */
  asked: Map<NodeId, Set<number>> | undefined
  /** Those of them that everybody was sent: who was asked has said so, and they have not come yet. */
  readonly awaited: Map<number, NodeId>
  /** That this node uses the page: how often diffs may still come before it must be missed again. */
  readonly use: Trust
  /** Who has sent diffs of it unasked. */
  readonly pushers: Set<NodeId>
  /** That others use our diffs of the page: how often they still get the next one unasked. */
  readonly consumers: Consumer[]
}

export interface Consumer {
  readonly node: NodeId
  readonly trust: Trust
}

export const pageRecord = (nodes: number, counters: CounterRow, passing: PassingBytes): PageRecord => ({
  noted: 0,
  wanted: [],
  diffs: new HeldDiffs(nodes, counters, passing),
  asked: undefined,
  awaited: new Map(),
  use: new Trust(),
  pushers: new Set(),
  consumers: [],
})

/** How many are to get the page's next diff unasked. */
export function readersOf({ consumers }: PageRecord): number {
  let readers = 0
  for (const { trust } of consumers) if (trust.left > 0) readers++
  return readers
}

/** Of what a node was asked for, this is here. True when nothing is missing any more. */
export function arrived({ asked }: PageRecord, from: NodeId, key: number): boolean {
  const left = asked?.get(from)
  left?.delete(key)
  if (left?.size === 0) asked?.delete(from)
  return asked?.size === 0
}
