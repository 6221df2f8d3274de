/**
 * The seam between synchronisation and coherence. Locks, meetings and the allocator are one implementation
 * for all protocols; a coherence protocol says what rides on their messages, what a miss does, and which
 * messages of its own it handles. One file per protocol, in protocols/.
 */
import type { CounterRow } from './counters.js'
import type { Outbox } from './events.js'
import type { NodeId, PageId, ProcId } from './ids.js'
import type { Rider } from './interval.js'
import type { LazyRelease, Noticed } from './lazy-release.js'
import { type PageMemory, PageState } from './memory.js'
import type { CoherenceMessage } from './messages.js'
import type { Flushes } from './open-flushes.js'
import type { PageCounters } from './page-counters.js'
import type { PageTraffic } from './page-traffic.js'
import type { VectorTime } from './vector-time.js'

/** What rides on the messages of locks, meetings and the allocator. */
export interface Riders {
  /** What this node has seen; rides on requests. A copy. */
  time(): VectorTime
  /** This node releases: what rides to a node that has seen `known`. */
  release(known: VectorTime): Rider
  /** This node releases to `node`, whose time it does not know exactly: everything it may lack. */
  releaseTo(node: NodeId): Rider
  /** This node arrives at a meeting: what rides to its manager. */
  arrive(): Rider
  /** This node acquires: what rode to it from `from`. */
  acquire(from: NodeId, rider: Rider): void
  /** This node has departed from a meeting; its processes go on now. */
  departed(): void
}

export interface Coherence extends Riders {
  /**
   * A process is about to release something. Answered when all that its node has written has reached whoever must have it
   * before the release. Asked for only where the protocol `flushes`.
   */
  flush(proc: ProcId): void
  /** A thread missed this page. */
  miss(page: PageId): void
  /** A page that was held is held no more: what had to wait for that is done now. */
  holdOver(page: PageId): void
  message(from: NodeId, message: CoherenceMessage): void
  /** What it keeps at this moment. */
  footprint(): Footprint
}

/** What a protocol keeps on a node, counted as data; objects and tables around it cost more. */
export interface Footprint {
  /** Intervals that are known, each with a vector time. */
  readonly intervals: number
  /** Vector times, those of the intervals included. */
  readonly timeBytes: number
  /** Write notices of these intervals. */
  readonly notices: number
  /** Diffs that are held, own ones and others'. */
  readonly diffs: number
  readonly diffBytes: number
}

export interface CoherenceContext {
  readonly self: NodeId
  readonly nodes: number
  /** The protocol's own pages; what it asks of others is not answered. */
  readonly memory: PageMemory
  readonly outbox: Outbox
  readonly counters: CounterRow
  readonly pageCounters: PageCounters
  /** There where somebody wants to know what comes for which page. */
  readonly pageTraffic: PageTraffic | undefined
  /** A lazy protocol takes part in the intervals of its node. They are the same for all such protocols; `context` is its own. */
  readonly lazy: (protocol: Noticed, context: CoherenceContext) => LazyRelease
  /** Flushes of this node, counted together for all eager protocols. */
  readonly flushes: Flushes
}

/** Protocols by the name that an allocation chooses one with. */
export type ProtocolTable = Readonly<Record<string, CoherenceFactory>>

export interface CoherenceFactory {
  (context: CoherenceContext): Coherence
  /** A release waits until others have taken what was written: eager protocols. */
  readonly flushes?: boolean
  /** The node's pages begin INVALID, so that the first touch of each is a miss. Otherwise CLEAN. */
  readonly startsClosed?: boolean
}

/** In which pages begin. */
export const initialState = ({ startsClosed }: CoherenceFactory): PageState =>
  startsClosed === true ? PageState.INVALID : PageState.CLEAN
