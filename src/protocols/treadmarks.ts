/**
 * TreadMarks' lazy release consistency (Keleher, Cox, Dwarkadas, Zwaenepoel, USENIX 1994): many writers per
 * page, invalidations carried by locks and meetings, and everything as late as possible. An interval ends
 * only when another node may learn of it; a diff is made when somebody asks for it or a notice for its page
 * arrives, or at a meeting for those who have asked for the last ones; a miss asks the fewest writers that
 * together hold all missing diffs.
 */
import type { Coherence, CoherenceContext, Footprint } from '../core/coherence.js'
import { count } from '../core/counters.js'
import { intervalIndex, type NodeId, type PageId } from '../core/ids.js'
import type { Interval, Rider } from '../core/interval.js'
import { byTime, IntervalLog } from '../core/interval-log.js'
import { PageState } from '../core/memory.js'
import type {
  CoherenceMessage,
  DiffName,
  DiffPush,
  DiffReply,
  DiffRequest,
  IntervalName,
  NamedDiff,
} from '../core/messages.js'
import { minimalWriters } from '../core/minimal-writers.js'
import type { PageCounter } from '../core/page-counters.js'
import { Trust } from '../core/trust.js'
import { covers, dominates, join, type VectorTime, zeroTime } from '../core/vector-time.js'
import { assert, TreadMarksError } from '../errors.js'
import { MAX_DIFFS, MAX_PAGES_AHEAD, PART_BYTES } from '../limits.js'

/** What this node knows of one page (an entry of the PageArray, §3.1). */
interface Page {
  /** This node's interval whose notice names the page while its diff is not made yet; 0 for none. */
  noted: number
  /** Notices of others whose diffs are not applied yet; the page is closed while there are any. */
  readonly wanted: Interval[]
  /** Diffs held: own ones, and those of others that came with a miss. Key: see `keyOf`. */
  readonly diffs: Map<number, Uint8Array>
  /** Diffs asked for and not here yet, by the node asked; undefined when no fetch is under way. */
  asked: Map<NodeId, Set<number>> | undefined
  /** That this node uses the page: how often diffs may still come before it must be missed again. */
  readonly use: Trust
  /** That others use our diffs of the page: how often they still get the next one unasked. */
  readonly consumers: Map<NodeId, Trust>
}

const keyOf = ({ node, index }: IntervalName, nodes: number): number => index * nodes + node

export class TreadMarks implements Coherence {
  private readonly now: VectorTime
  private readonly log: IntervalLog
  private readonly pages = new Map<PageId, Page>()
  /** What others have certainly seen, by node: grows with each release of theirs. Most never release to this node. */
  private readonly seen = new Map<NodeId, VectorTime>()
  /** Own intervals up to this one have gone to the meeting manager. */
  private reported = 0
  /** How many diffs each unanswered request asked for, by node and in order: replies come as requests went. */
  private readonly expected = new Map<NodeId, number[]>()
  /** Pages that were in use when a notice closed them, by the interval of that notice. A page stands here once at most. */
  private readonly closedBy = new Map<Interval, PageId[]>()

  constructor(private readonly context: CoherenceContext) {
    this.now = zeroTime(context.nodes)
    this.log = new IntervalLog(context.nodes)
  }

  time(): VectorTime {
    return this.now.slice()
  }

  /** §3.3: the grant carries all intervals covered by the releaser's vector and not by the acquirer's. */
  release(known: VectorTime): Rider {
    this.closeInterval()
    return { time: this.time(), intervals: this.log.since(known) }
  }

  releaseTo(node: NodeId): Rider {
    return this.release(this.seenBy(node))
  }

  /** §3.4: an arrival carries the client's own intervals that the manager may lack. */
  arrive(): Rider {
    const closed = this.closeInterval()
    if (closed !== undefined) this.push(closed)
    const { self } = this.context
    const intervals = this.log.ofNode(self, this.reported)
    this.reported = this.now[self] as number
    return { time: this.time(), intervals }
  }

  /** §2.2, §3.3: append each interval this node lacks, and invalidate the pages it names. */
  acquire(from: NodeId, rider: Rider): void {
    for (const interval of rider.intervals) {
      if (covers(this.now, interval.node, interval.index)) continue
      this.mustFollow(interval)
      this.know(interval)
      for (const page of interval.pages) this.notice(page, interval)
      // Only now, so that an interval closed by one of these notices does not claim to have seen them.
      this.now[interval.node] = interval.index
    }
    if (!dominates(this.now, rider.time)) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} released intervals that it did not send`)
    }
    join(this.seenBy(from), rider.time)
  }

  /**
   * Pages this node uses, and which others have written, are fetched in one go while its processes go on: one
   * request to each writer instead of one for each page, and no thread waits unless it comes early.
   */
  departed(): void {
    const ahead: PageId[] = []
    for (const [interval, pages] of this.closedBy) {
      const trusted = pages.filter((id) => this.page(id).use.left > 0)
      if (trusted.length === 0 || ahead.length + trusted.length > MAX_PAGES_AHEAD) continue
      const rest = pages.filter((id) => this.page(id).use.left === 0)
      if (rest.length === 0) this.closedBy.delete(interval)
      else this.closedBy.set(interval, rest)
      ahead.push(...this.ahead(trusted))
    }
    this.fetch(ahead)
  }

  /** §3.5: a thread waits for this page. Others that were in use when the same interval closed them come along. */
  miss(id: PageId): void {
    const page = this.page(id)
    assert(this.context.memory.state(id) === PageState.FETCHING, `page ${id} was missed but is not being fetched`)
    assert(page.asked === undefined, `page ${id} was missed twice`)
    page.use.prove()
    const [first] = page.wanted
    const others = first === undefined ? [] : (this.closedBy.get(first) ?? [])
    if (first !== undefined) this.closedBy.delete(first)
    this.fetch([id, ...this.ahead(others)])
  }

  message(from: NodeId, message: CoherenceMessage): void {
    if (message.type === 'diffRequest') this.serve(from, message)
    else if (message.type === 'diffReply') this.received(from, message)
    else this.pushed(from, message)
  }

  footprint(): Footprint {
    const { intervals, notices } = this.log.size()
    const held = [...this.pages.values()].flatMap(({ diffs }) => [...diffs.values()])
    return {
      intervals,
      timeBytes: (intervals + 1 + this.seen.size) * this.now.byteLength,
      notices,
      diffs: held.length,
      diffBytes: held.reduce((total, diff) => total + diff.length, 0),
    }
  }

  /** §2.4, §3.2: pages written since the last time get their notice; their twins stay. */
  private closeInterval(): Interval | undefined {
    const { self, memory, counters } = this.context
    const pages = memory.closeInterval()
    if (pages.length === 0) return undefined
    const index = intervalIndex((this.now[self] as number) + 1)
    this.now[self] = index
    const interval: Interval = { node: self, index, time: this.time(), pages }
    this.know(interval)
    for (const id of pages) {
      const page = this.page(id)
      assert(page.noted === 0, `page ${id} is in two intervals without a diff between them`)
      page.noted = index
    }
    count(counters, 'intervals')
    count(counters, 'writeNotices', pages.length)
    return interval
  }

  /**
   * Whoever asked for our diffs of a page after the last meetings will ask after this one too: it gets them now, so
   * that they are there with the departure. (The lazy hybrid of Keleher et al., JPDC 1995, directed at known readers.)
   */
  private push({ pages, index }: Interval): void {
    const { self, memory, outbox } = this.context
    const pushes = new Map<NodeId, NamedDiff[]>()
    for (const id of pages) {
      const page = this.page(id)
      if (![...page.consumers.values()].some((trust) => trust.left > 0)) continue
      const bytes = this.keepOwn(id, page, memory.makeDiff(id))
      for (const [node, trust] of page.consumers) {
        if (!trust.spend()) continue
        const diffs = pushes.get(node) ?? []
        pushes.set(node, diffs)
        diffs.push({ page: id, node: self, index, bytes })
      }
    }
    for (const [node, diffs] of pushes)
      for (const part of parts(diffs)) outbox.send(node, { type: 'diffPush', diffs: part })
  }

  /** It may come before the notice it belongs to, or after: then the next miss finds it here. */
  private pushed(from: NodeId, { diffs }: DiffPush): void {
    for (const diff of diffs) {
      if (diff.node !== from) {
        throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} pushed a diff of node ${diff.node}`)
      }
      this.hold(diff.page, this.page(diff.page), diff, diff.bytes)
    }
  }

  /** A write notice of another node: the page closes; concurrent writes of our own become a diff first (§2.4). */
  private notice(id: PageId, interval: Interval): void {
    const { memory, nodes } = this.context
    const page = this.page(id)
    const pushed = page.diffs.get(keyOf(interval, nodes))
    if (pushed !== undefined && memory.patch(id, pushed)) {
      this.counts(id, 'diffsApplied')
      page.use.spend()
      return
    }
    let outcome = memory.invalidate(id)
    if (outcome === 'dirty') {
      this.closeInterval()
      outcome = memory.invalidate(id)
      assert(outcome !== 'dirty', `page ${id} is written and in no interval`)
    }
    if (outcome !== 'clean') this.keepOwn(id, page, outcome)
    if (page.wanted.length === 0 && page.use.proven) this.remember(id, interval)
    page.wanted.push(interval)
  }

  /** Those of the pages that are still closed; they are FETCHING now. */
  private ahead(pages: readonly PageId[]): PageId[] {
    const ahead: PageId[] = []
    for (const id of pages) {
      if (ahead.length === MAX_PAGES_AHEAD) break
      const page = this.page(id)
      if (page.wanted.length === 0 || !this.context.memory.beginFetch(id)) continue
      page.use.spend()
      ahead.push(id)
    }
    return ahead
  }

  private remember(id: PageId, interval: Interval): void {
    const pages = this.closedBy.get(interval)
    if (pages === undefined) this.closedBy.set(interval, [id])
    else pages.push(id)
  }

  /** Asks for the diffs that are not here, each writer once for all pages; a page that lacks none opens. */
  private fetch(pages: readonly PageId[]): void {
    const { nodes, outbox } = this.context
    const requests = new Map<NodeId, DiffName[]>()
    for (const id of pages) {
      const page = this.page(id)
      if (page.wanted.length > 0 && page.asked === undefined) this.counts(id, 'pagesFetched')
      const missing = page.wanted.filter((interval) => !page.diffs.has(keyOf(interval, nodes)))
      if (missing.length === 0) {
        page.asked = undefined
        this.apply(id, page)
        continue
      }
      page.asked = new Map()
      for (const [writer, wants] of minimalWriters(missing)) {
        page.asked.set(writer, new Set(wants.map((want) => keyOf(want, nodes))))
        const request = requests.get(writer) ?? []
        requests.set(writer, request)
        for (const { node, index } of wants) request.push({ page: id, node, index })
      }
    }
    for (const [writer, wants] of requests) {
      for (let from = 0; from < wants.length; from += MAX_DIFFS) {
        const part = wants.slice(from, from + MAX_DIFFS)
        const counts = this.expected.get(writer) ?? []
        this.expected.set(writer, counts)
        counts.push(part.length)
        outbox.send(writer, { type: 'diffRequest', wants: part })
      }
    }
  }

  /** §3.5: in happened-before order, then the page opens. */
  private apply(id: PageId, page: Page): void {
    const { nodes, memory } = this.context
    for (const interval of byTime(page.wanted)) {
      const diff = page.diffs.get(keyOf(interval, nodes)) as Uint8Array
      if (!memory.applyDiff(id, diff)) {
        throw new TreadMarksError('ERR_TM_PROTOCOL', `the diff of page ${id} by node ${interval.node} is malformed`)
      }
      this.counts(id, 'diffsApplied')
    }
    page.wanted.length = 0
    memory.open(id)
  }

  private serve(from: NodeId, { wants }: DiffRequest): void {
    const diffs = wants.map((want): NamedDiff => ({ ...want, bytes: this.diffFor(from, want) }))
    for (const part of parts(diffs)) this.context.outbox.send(from, { type: 'diffReply', diffs: part })
  }

  /** One that is held, or our own that is made now, because somebody asks (§2.4). */
  private diffFor(from: NodeId, want: DiffName): Uint8Array {
    const { self, nodes, memory } = this.context
    const page = this.page(want.page)
    if (want.node === self) this.consumer(page, from).prove()
    const held = page.diffs.get(keyOf(want, nodes))
    if (held !== undefined) return held
    if (want.node !== self || page.noted !== want.index) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} asked node ${self} for a diff that it does not hold: page ${want.page}, node ${want.node}, interval ${want.index}`,
      )
    }
    return this.keepOwn(want.page, page, memory.makeDiff(want.page))
  }

  private received(from: NodeId, { diffs }: DiffReply): void {
    const { nodes } = this.context
    this.expect(from, diffs.length)
    const complete = new Set<PageId>()
    for (const diff of diffs) {
      const page = this.page(diff.page)
      const asked = page.asked?.get(from)
      if (asked === undefined || !asked.delete(keyOf(diff, nodes))) {
        throw new TreadMarksError(
          'ERR_TM_PROTOCOL',
          `node ${from} sent a diff of page ${diff.page} that it was not asked for`,
        )
      }
      this.hold(diff.page, page, diff, diff.bytes)
      if (asked.size === 0) page.asked?.delete(from)
      if (page.asked?.size === 0) complete.add(diff.page)
    }
    // A notice may have come meanwhile: then fetch asks again before the page opens.
    this.fetch([...complete])
  }

  /** Replies come in the order of the requests, each in one part or more. */
  private expect(from: NodeId, diffs: number): void {
    const counts = this.expected.get(from) ?? []
    const left = (counts[0] ?? 0) - diffs
    if (diffs === 0 || left < 0) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent ${diffs} diffs that it was not asked for`)
    }
    if (left > 0) counts[0] = left
    else if (counts.length > 1) counts.shift()
    else this.expected.delete(from)
  }

  private keepOwn(id: PageId, page: Page, diff: Uint8Array): Uint8Array {
    assert(page.noted !== 0, `page ${id} has a twin but no notice`)
    this.hold(id, page, { node: this.context.self, index: intervalIndex(page.noted) }, diff)
    page.noted = 0
    this.counts(id, 'diffsCreated')
    this.counts(id, 'diffBytes', diff.length)
    return diff
  }

  /** A pushed diff may come a second time, or after the same one that was asked for. */
  private hold(id: PageId, page: Page, name: IntervalName, diff: Uint8Array): void {
    const { self, nodes, counters, pageTraffic } = this.context
    const key = keyOf(name, nodes)
    const known = page.diffs.get(key)
    if (known === undefined) {
      count(counters, 'keptDiffs')
      pageTraffic?.diff(id, name.node, diff, name.node !== self)
    }
    count(counters, 'keptDiffBytes', diff.length - (known?.length ?? 0))
    page.diffs.set(key, diff)
  }

  private know(interval: Interval): void {
    this.log.add(interval)
    count(this.context.counters, 'keptIntervals')
    count(this.context.counters, 'keptNotices', interval.pages.length)
  }

  /** For the node and for the page. */
  private counts(id: PageId, counter: PageCounter, by = 1): void {
    count(this.context.counters, counter, by)
    this.context.pageCounters.count(id, counter, by)
  }

  /** Knowledge arrives without gaps and in an order that respects happened-before. */
  private mustFollow({ node, index, time }: Interval): void {
    const next = (this.now[node] as number) + 1
    if (index !== next || !dominates(this.now, time, node) || node === this.context.self) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `interval ${index} of node ${node} came out of order`)
    }
  }

  private consumer(page: Page, node: NodeId): Trust {
    let trust = page.consumers.get(node)
    if (trust === undefined) {
      trust = new Trust()
      page.consumers.set(node, trust)
    }
    return trust
  }

  private seenBy(node: NodeId): VectorTime {
    let time = this.seen.get(node)
    if (time === undefined) {
      time = zeroTime(this.context.nodes)
      this.seen.set(node, time)
    }
    return time
  }

  private page(id: PageId): Page {
    let page = this.pages.get(id)
    if (page === undefined) {
      page = { noted: 0, wanted: [], diffs: new Map(), asked: undefined, use: new Trust(), consumers: new Map() }
      this.pages.set(id, page)
    }
    return page
  }
}

/** Diffs in messages of a bounded size. */
function* parts(diffs: readonly NamedDiff[]): Generator<readonly NamedDiff[]> {
  let part: NamedDiff[] = []
  let bytes = 0
  for (const diff of diffs) {
    part.push(diff)
    bytes += diff.bytes.length
    if (bytes < PART_BYTES && part.length < MAX_DIFFS) continue
    yield part
    part = []
    bytes = 0
  }
  if (part.length > 0) yield part
}

export const treadmarks = (context: CoherenceContext): Coherence => new TreadMarks(context)
