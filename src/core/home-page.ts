/**
 * What a node knows of one page under home-based lazy release consistency: where its home is, what the node's copy
 * lacks, and, at the home itself, whose writes the copy has and who waits for more.
 */
import { type IntervalIndex, intervalIndex, type NodeId, nodeId } from './ids.js'
import type { HomeDiff, IntervalName, PageRequest } from './messages.js'

/** Of each writer, an interval of its. */
export type ByWriter = Map<NodeId, IntervalIndex>

export interface HomePage {
  /** As far as this node knows; whoever is no home any more knows the next one. */
  home: NodeId | undefined
  /** How often the home had moved when this was so. */
  moves: number
  /** This node has written the page and asked for its home. */
  claimed: boolean
  /** Of each other writer, the last interval with a notice whose diff the copy here lacks. The page is closed then. */
  readonly wanted: ByWriter
  /** This node's last interval with a diff of the page; 0 for none. */
  flushed: number
  /** Diffs of this node that wait to learn where the home is. */
  pending: HomeDiff[]
  /** A request of this node is on its way. */
  asked: PageRequest | undefined
  /** At the home: of each writer, the last interval whose diff the copy has. */
  readonly applied: ByWriter
  /** At the home: diffs that came before the one they follow. */
  early: HomeDiff[]
  /** At the home: requests for more than the copy has. Where the page is kept track of: those that came before any claim. */
  waiting: PageRequest[]
  /** At the home: who alone has written the page since `run` flushes. */
  writer: NodeId | undefined
  run: number
}

export const homePage = (): HomePage => ({
  home: undefined,
  moves: 0,
  claimed: false,
  wanted: new Map(),
  flushed: 0,
  pending: [],
  asked: undefined,
  applied: new Map(),
  early: [],
  waiting: [],
  writer: undefined,
  run: 0,
})

export const has = (applied: ByWriter, { node, index }: IntervalName): boolean => (applied.get(node) ?? 0) >= index

export const names = (intervals: ByWriter): IntervalName[] =>
  [...intervals].map(([node, index]) => ({ node, index })).sort((a, b) => a.node - b.node)

/** What the copy of `self` must get: what it lacks, and what it has sent away itself, which may have gone another way. */
export function needsOf({ wanted, flushed }: HomePage, self: number): IntervalName[] {
  const needs = names(wanted)
  if (flushed > 0) needs.push({ node: nodeId(self), index: intervalIndex(flushed) })
  return needs
}

/** These are in the copy now. */
export function satisfied({ wanted }: HomePage, names: readonly IntervalName[]): void {
  for (const { node, index } of names) if ((wanted.get(node) ?? 0) <= index) wanted.delete(node)
}
