/**
 * Lazy release consistency as far as it is the same for all protocols that promise it (Keleher 1994, §2.2): a node's
 * execution is cut into intervals, only when another node may learn of them; each carries write notices and a vector
 * time; what an acquirer lacks rides to it. What becomes of the pages that a notice names is the protocol's business.
 */
import { TreadMarksError } from '../errors.js'
import type { CoherenceContext, Riders } from './coherence.js'
import { count } from './counters.js'
import { intervalIndex, type NodeId, type PageId } from './ids.js'
import type { Interval, Rider } from './interval.js'
import { IntervalLog } from './interval-log.js'
import { covers, dominates, join, type VectorTime, zeroTime } from './vector-time.js'

/** What a protocol does with intervals. */
export interface Noticed {
  /** This node arrives at a meeting: the interval is about to close. */
  beforeMeeting(): void
  /** It has closed, with these pages. */
  atMeeting(interval: Interval): void
  /** All have told all, and processes go on. */
  afterMeeting(): void
  /** An interval of this node has closed: each of its pages has its notice now. */
  closed(interval: Interval): void
  /** A write notice of another node, in an order that respects happened-before. */
  notice(page: PageId, interval: Interval): void
  /** All pages of the interval have had their notice. */
  noticed(interval: Interval): void
}

export class LazyRelease implements Riders {
  private readonly now: VectorTime
  private readonly log: IntervalLog
  /** What others have certainly seen, by node: grows with each release of theirs. Most never release to this node. */
  private readonly seen = new Map<NodeId, VectorTime>()
  /** Own intervals up to this one have gone to the meeting manager. */
  private reported = 0
  /** This node has arrived at a meeting and not departed. */
  private waits = false

  constructor(
    private readonly context: CoherenceContext,
    private readonly protocol: Noticed,
  ) {
    this.now = zeroTime(context.nodes)
    this.log = new IntervalLog(context.nodes)
  }

  time(): VectorTime {
    return this.now.slice()
  }

  /**
   * §3.3: the grant carries all intervals covered by the releaser's vector and not by the acquirer's. While this node waits
   * at a meeting no process of it writes. What another thread of the program writes then, nobody can have ordered before
   * this release, and an interval of it would be one that the manager has not been told of.
   */
  release(known: VectorTime): Rider {
    if (!this.waits) this.closeInterval(false)
    return { time: this.time(), intervals: this.log.since(known) }
  }

  releaseTo(node: NodeId): Rider {
    return this.release(this.seenBy(node))
  }

  /** §3.4: an arrival carries the client's own intervals that the manager may lack, with the one that closes now. */
  arrive(): Rider {
    const { self } = this.context
    this.protocol.beforeMeeting()
    const closed = this.closeInterval(true)
    if (closed !== undefined) this.protocol.atMeeting(closed)
    this.waits = true
    const intervals = this.log.ofNode(self, this.reported)
    this.reported = this.now[self] as number
    return { time: this.time(), intervals }
  }

  /** All have told all: what was told is of no use any more (Keleher 1994, §3.6, collects garbage at barriers, too). */
  departed(): void {
    this.waits = false
    const { intervals, notices } = this.log.forget()
    count(this.context.counters, 'keptIntervals', -intervals)
    count(this.context.counters, 'keptNotices', -notices)
    this.protocol.afterMeeting()
  }

  /** Between an arrival and its departure: no process of this node writes. */
  meets(): boolean {
    return this.waits
  }

  /** §2.2, §3.3: append each interval this node lacks, and tell of each page it names. */
  acquire(from: NodeId, rider: Rider): void {
    for (const interval of rider.intervals) {
      if (covers(this.now, interval.node, interval.index)) continue
      this.mustFollow(interval)
      this.know(interval)
      for (const page of interval.pages) this.protocol.notice(page, interval)
      this.protocol.noticed(interval)
      // Only now, so that an interval closed by one of these notices does not claim to have seen them.
      this.now[interval.node] = interval.index
    }
    if (!dominates(this.now, rider.time)) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} released intervals that it did not send`)
    }
    join(this.seenBy(from), rider.time)
  }

  /**
   * §2.4, §3.2: pages written since the last time get their notice; their twins stay. At a meeting pages that are watched
   * stay so; where locks are handed on between meetings, comparing them each time would cost more than a fault.
   */
  closeInterval(meets: boolean): Interval | undefined {
    const { self, memory, counters } = this.context
    const pages = memory.closeInterval(meets)
    if (pages.length === 0) return undefined
    const index = intervalIndex((this.now[self] as number) + 1)
    this.now[self] = index
    const interval: Interval = { node: self, index, time: this.time(), pages }
    this.know(interval)
    this.protocol.closed(interval)
    count(counters, 'intervals')
    count(counters, 'writeNotices', pages.length)
    return interval
  }

  /** Intervals that are known, their vector times in bytes with the node's own, and their notices. */
  size(): { readonly intervals: number; readonly timeBytes: number; readonly notices: number } {
    const { intervals, notices } = this.log.size()
    return { intervals, timeBytes: (intervals + 1 + this.seen.size) * this.now.byteLength, notices }
  }

  private know(interval: Interval): void {
    this.log.add(interval)
    count(this.context.counters, 'keptIntervals')
    count(this.context.counters, 'keptNotices', interval.pages.length)
  }

  /** Knowledge arrives without gaps and in an order that respects happened-before. */
  private mustFollow({ node, index, time }: Interval): void {
    const next = (this.now[node] as number) + 1
    if (index !== next || !dominates(this.now, time, node) || node === this.context.self) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `interval ${index} of node ${node} came out of order`)
    }
  }

  private seenBy(node: NodeId): VectorTime {
    let time = this.seen.get(node)
    if (time === undefined) {
      time = zeroTime(this.context.nodes)
      this.seen.set(node, time)
    }
    return time
  }
}
