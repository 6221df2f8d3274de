/**
 * TreadMarks' lazy release consistency (Keleher, Cox, Dwarkadas, Zwaenepoel, USENIX 1994): many writers per
 * page, invalidations carried by locks and meetings, and everything as late as possible. A diff is made when
 * somebody asks for it or a notice for its page arrives, or at a meeting for those who have asked for the last
 * ones; a miss asks the fewest writers that together hold all missing diffs.
 */
import { closeCopy, dropCopy } from '../core/close-copy.js'
import type { Coherence, CoherenceContext, Footprint } from '../core/coherence.js'
import { diffParts } from '../core/diff-parts.js'
import { isOnItsWay, onItsWay } from '../core/held-diffs.js'
import { intervalIndex, type NodeId, type PageId } from '../core/ids.js'
import type { Interval, Rider } from '../core/interval.js'
import { byTime } from '../core/interval-log.js'
import type { LazyRelease, Noticed } from '../core/lazy-release.js'
import { PageState } from '../core/memory.js'
import type {
  CoherenceMessage,
  DiffKeep,
  DiffName,
  DiffPush,
  DiffReply,
  DiffRequest,
  IntervalName,
  NamedDiff,
  PushedDiff,
} from '../core/messages.js'
import { minimalWriters } from '../core/minimal-writers.js'
import { countFor } from '../core/page-counters.js'
import { arrived, type PageRecord, pageRecord, readersOf } from '../core/page-record.js'
import { PassingBytes } from '../core/passing-bytes.js'
import { Trust } from '../core/trust.js'
import type { VectorTime } from '../core/vector-time.js'
import { assert, TreadMarksError } from '../errors.js'
import { MAX_DIFFS, MAX_PAGES_AHEAD } from '../limits.js'

export class TreadMarks implements Coherence, Noticed {
  private readonly lazy: LazyRelease
  /** By page; of those that no message and no interval has named there is none. */
  private readonly pages: (PageRecord | undefined)[]
  /** Diffs that everybody was sent, until they are applied. */
  private readonly passing = new PassingBytes()
  /** How many diffs each unanswered request asked for, by node and in order: replies come as requests went. */
  private readonly expected = new Map<NodeId, number[]>()
  /** Pages that were in use when a notice closed them, by the interval of that notice. A page stands here once at most. */
  private readonly closedBy = new Map<Interval, PageId[]>()
  /** Pages whose trust is at its end, of the interval whose notices are being taken in. */
  private doubted: PageId[] = []
  /** A page that was closed to see whether it is still used, and those for which it stands. */
  private readonly samples = new Map<PageId, readonly PageId[]>()
  /** Pages in use, by the node that shall go on to push them. */
  private readonly toKeep = new Map<NodeId, PageId[]>()

  constructor(private readonly context: CoherenceContext) {
    this.lazy = context.lazy(this, context)
    this.pages = new Array<undefined>(context.memory.pageCount).fill(undefined)
  }

  time(): VectorTime {
    return this.lazy.time()
  }

  release(known: VectorTime): Rider {
    return this.lazy.release(known)
  }

  releaseTo(node: NodeId): Rider {
    return this.lazy.releaseTo(node)
  }

  arrive(): Rider {
    return this.lazy.arrive()
  }

  /** Never: no page is held. */
  holdOver(): void {}

  /** Never asked for: a release waits for nobody. */
  flush(): void {}

  acquire(from: NodeId, rider: Rider): void {
    this.lazy.acquire(from, rider)
  }

  departed(): void {
    this.lazy.departed()
  }

  beforeMeeting(): void {
    for (const [node, pages] of this.toKeep)
      this.context.outbox.send(node, { type: 'diffKeep', pages: [...new Set(pages)].sort((a, b) => a - b) })
    this.toKeep.clear()
  }

  atMeeting(interval: Interval): void {
    this.push(interval)
  }

  /**
   * Pages this node uses, and which others have written, are fetched in one go while its processes go on: one
   * request to each writer instead of one for each page, and no thread waits unless it comes early.
   */
  afterMeeting(): void {
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
    this.proves(id, page)
    const [first] = page.wanted
    const others = first === undefined ? [] : (this.closedBy.get(first) ?? [])
    if (first !== undefined) this.closedBy.delete(first)
    this.fetch([id, ...this.ahead(others)])
  }

  message(from: NodeId, message: CoherenceMessage): void {
    if (message.type === 'diffRequest') this.serve(from, message)
    else if (message.type === 'diffReply') this.received(from, message)
    else if (message.type === 'diffPush') this.pushed(from, message)
    else if (message.type === 'diffKeep') this.kept(from, message)
    else
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent ${message.type}, which treadmarks does not know`)
  }

  footprint(): Footprint {
    const held = this.pages.flatMap((page) => page?.diffs.size() ?? [])
    const sum = (of: 'diffs' | 'diffBytes'): number => held.reduce((total, size) => total + size[of], 0)
    return { ...this.lazy.size(), diffs: sum('diffs'), diffBytes: sum('diffBytes') }
  }

  closed({ index, pages }: Interval): void {
    for (const id of pages) {
      const page = this.page(id)
      if (page.noted !== 0) assert(false, `page ${id} is in two intervals without a diff between them`)
      page.noted = index
    }
  }

  /**
   * Whoever asked for our diffs of a page after the last meetings will ask after this one too: it gets them now, so
   * that they are there with the departure. (The lazy hybrid of Keleher et al., JPDC 1995, directed at known readers.)
   */
  private push({ pages, index }: Interval): void {
    const { self, nodes, memory, outbox } = this.context
    const pushes = new Map<NodeId, PushedDiff[]>()
    for (const id of pages) {
      const page = this.page(id)
      const readers = readersOf(page)
      if (readers === 0) continue
      const all = readers === nodes - 1
      // What is pushed in each round is written in each round: the page stays open.
      const bytes = this.made(id, page, memory.renew(id), all)
      for (const { node, trust } of page.consumers) {
        if (!trust.spend()) continue
        const diffs = pushes.get(node) ?? []
        pushes.set(node, diffs)
        diffs.push({ page: id, node: self, index, bytes, all })
      }
    }
    for (const [node, diffs] of pushes)
      for (const part of diffParts(diffs)) outbox.send(node, { type: 'diffPush', diffs: part })
  }

  /** It may come before the notice it belongs to, or after: then the next miss finds it here. */
  private pushed(from: NodeId, { diffs }: DiffPush): void {
    const complete: PageId[] = []
    for (const diff of diffs) {
      if (diff.node !== from) {
        throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} pushed a diff of node ${diff.node}`)
      }
      const page = this.page(diff.page)
      page.pushers.add(from)
      this.hold(diff.page, page, diff, diff.bytes, diff.all)
      if (this.cameAfterAll(page, diff)) complete.push(diff.page)
    }
    this.fetch(complete)
  }

  /** Whether it was asked for, and this node was told that it was on its way; and nothing else is missing. */
  private cameAfterAll(page: PageRecord, name: IntervalName): boolean {
    if (page.awaited.size === 0) return false
    const key = page.diffs.key(name)
    const told = page.awaited.get(key)
    if (told === undefined) return false
    page.awaited.delete(key)
    return arrived(page, told, key)
  }

  /** These pages are still used there. */
  private kept(from: NodeId, { pages }: DiffKeep): void {
    for (const id of pages) this.consumer(this.page(id), from).prove()
  }

  /** A write notice of another node: the page closes; concurrent writes of our own become a diff first (§2.4). */
  notice(id: PageId, interval: Interval): void {
    const page = this.page(id)
    const pushed = page.diffs.get(interval)
    if (pushed !== undefined && this.patch(id, page, pushed)) return page.diffs.applied(interval)
    const outcome = closeCopy(this.context, id, () => this.lazy.closeInterval(false))
    if (outcome !== 'clean') this.made(id, page, outcome, false)
    // A page that was closed as a sample and is written again before anybody has looked at it is not used.
    const unused = this.samples.delete(id)
    if (page.wanted.length === 0 && page.use.proven && !unused) this.remember(id, interval)
    page.wanted.push(interval)
  }

  /**
   * Of the pages that one interval has patched and whose trust is at its end, one is closed: if it is missed, all are
   * still used, and their writers are told so with the next arrival. That costs one fault instead of a request for each.
   */
  noticed(interval: Interval): void {
    const { doubted } = this
    if (doubted.length === 0) return
    this.doubted = []
    const sample = doubted[interval.index % doubted.length] as PageId
    // One that is written here as well needs no fault to show that it is used.
    if (this.context.memory.state(sample) !== PageState.CLEAN) return this.keep(doubted)
    dropCopy(this.context, sample)
    this.samples.set(sample, doubted)
  }

  /** The page was missed, and with it all for which it stands. */
  private proves(id: PageId, page: PageRecord): void {
    const sampled = this.samples.get(id)
    if (sampled === undefined) return page.use.prove()
    this.samples.delete(id)
    this.keep(sampled)
  }

  private keep(pages: readonly PageId[]): void {
    for (const id of pages) {
      const { use, pushers } = this.page(id)
      use.prove()
      for (const node of pushers) {
        const kept = this.toKeep.get(node)
        if (kept === undefined) this.toKeep.set(node, [id])
        else kept.push(id)
      }
    }
  }

  /**
   * A diff that is here is written in place. Writes of our own become a diff first, as they would without it: the next
   * ones have seen the notice, and need one that says so. That diff must miss none, so a page that is open for writing
   * is patched only while no process of this node writes; else it is closed, and the diff waits for the next miss.
   */
  private patch(id: PageId, page: PageRecord, diff: Uint8Array): boolean {
    const { memory } = this.context
    let state = memory.state(id)
    if (!this.lazy.meets() && state !== PageState.CLEAN) return false
    if (state === PageState.DIRTY) {
      this.lazy.closeInterval(false)
      state = memory.state(id)
    }
    if (state === PageState.NOTED) {
      this.made(id, page, memory.renew(id), false)
      state = memory.state(id)
    }
    if (state !== PageState.CLEAN && state !== PageState.WATCHED) return false
    if (!memory.patch(id, diff)) return false
    countFor(this.context, id, 'diffsApplied')
    page.use.spend()
    if (page.use.left === 1) this.doubted.push(id)
    return true
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
    const { outbox } = this.context
    const requests = new Map<NodeId, DiffName[]>()
    for (const id of pages) {
      const page = this.page(id)
      if (page.wanted.length > 0 && page.asked === undefined) countFor(this.context, id, 'pagesFetched')
      const missing = page.wanted.filter((interval) => !page.diffs.has(interval))
      if (missing.length === 0) {
        page.asked = undefined
        this.apply(id, page)
        continue
      }
      page.asked = new Map()
      for (const [writer, wants] of minimalWriters(missing)) {
        page.asked.set(writer, new Set(wants.map((want) => page.diffs.key(want))))
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
  private apply(id: PageId, page: PageRecord): void {
    const { memory } = this.context
    for (const interval of byTime(page.wanted)) {
      const diff = page.diffs.get(interval) as Uint8Array
      if (!memory.applyDiff(id, diff)) {
        throw new TreadMarksError('ERR_TM_PROTOCOL', `the diff of page ${id} by node ${interval.node} is malformed`)
      }
      countFor(this.context, id, 'diffsApplied')
      page.diffs.applied(interval)
    }
    page.wanted.length = 0
    memory.open(id)
  }

  private serve(from: NodeId, { wants }: DiffRequest): void {
    const diffs = wants.map((want): NamedDiff => ({ ...want, bytes: this.diffFor(from, want) }))
    for (const part of diffParts(diffs)) this.context.outbox.send(from, { type: 'diffReply', diffs: part })
  }

  /** One that is held, or our own that is made now, because somebody asks (§2.4). */
  private diffFor(from: NodeId, want: DiffName): Uint8Array {
    const { self, memory } = this.context
    const page = this.page(want.page)
    if (want.node === self) this.consumer(page, from).prove()
    const held = page.diffs.get(want)
    if (held !== undefined) return held
    if (page.diffs.isGone(want)) return onItsWay
    if (want.node !== self || page.noted !== want.index) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} asked node ${self} for a diff that it does not hold: page ${want.page}, node ${want.node}, interval ${want.index}`,
      )
    }
    return this.made(want.page, page, memory.makeDiff(want.page), false)
  }

  private received(from: NodeId, { diffs }: DiffReply): void {
    this.expect(from, diffs.length)
    const complete = new Set<PageId>()
    for (const diff of diffs) {
      const page = this.page(diff.page)
      const key = page.diffs.key(diff)
      if (!page.asked?.get(from)?.has(key) || page.awaited.has(key)) {
        throw new TreadMarksError(
          'ERR_TM_PROTOCOL',
          `node ${from} sent a diff of page ${diff.page} that it was not asked for`,
        )
      }
      if (!isOnItsWay(diff.bytes)) this.hold(diff.page, page, diff, diff.bytes, false)
      else if (!page.diffs.has(diff)) {
        page.awaited.set(key, from)
        continue
      }
      if (arrived(page, from, key)) complete.add(diff.page)
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

  /** A diff of our own. `all`: everybody is sent it, so it need not be held. */
  private made(id: PageId, page: PageRecord, diff: Uint8Array, all: boolean): Uint8Array {
    if (page.noted === 0) assert(false, `page ${id} has a twin but no notice`)
    const { self, pageTraffic } = this.context
    const name = { node: self, index: intervalIndex(page.noted) }
    if (all) {
      page.diffs.sentToAll(name)
      pageTraffic?.diff(id, self, diff, false)
    } else this.hold(id, page, name, diff, false)
    page.noted = 0
    countFor(this.context, id, 'diffsCreated')
    countFor(this.context, id, 'diffBytes', diff.length)
    return diff
  }

  private hold(id: PageId, page: PageRecord, name: IntervalName, diff: Uint8Array, all: boolean): void {
    const { self, pageTraffic } = this.context
    if (page.diffs.hold(name, diff, all)) pageTraffic?.diff(id, name.node, diff, name.node !== self)
  }

  private consumer(page: PageRecord, node: NodeId): Trust {
    const known = page.consumers.find((consumer) => consumer.node === node)
    if (known !== undefined) return known.trust
    const trust = new Trust()
    page.consumers.push({ node, trust })
    return trust
  }

  private page(id: PageId): PageRecord {
    let page = this.pages[id]
    if (page === undefined) {
      page = pageRecord(this.context.nodes, this.context.counters, this.passing)
      this.pages[id] = page
    }
    return page
  }
}

export const treadmarks = (context: CoherenceContext): Coherence => new TreadMarks(context)
