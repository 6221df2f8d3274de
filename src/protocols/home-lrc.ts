/**
 * Home-based lazy release consistency (Zhou, Iftode, Li, OSDI 1996): intervals and notices as in TreadMarks, but each
 * page has a home, to which the diffs of an interval go when it ends. The home writes them to its copy, which is never
 * behind; so a miss is one round trip for a whole page, and nobody keeps a diff. The first node that writes a page
 * becomes its home; a home that sees only one other node write offers the page to it.
 */
import { byNode } from '../core/by-node.js'
import { closeCopy } from '../core/close-copy.js'
import type { Coherence, CoherenceContext, Footprint } from '../core/coherence.js'
import { compact } from '../core/compact.js'
import { diffParts } from '../core/diff-parts.js'
import { type HomePage, has, homePage, names, needsOf, satisfied } from '../core/home-page.js'
import { type IntervalIndex, intervalIndex, type NodeId, nodeId, type PageId } from '../core/ids.js'
import type { Interval, Rider } from '../core/interval.js'
import type { LazyRelease, Noticed } from '../core/lazy-release.js'
import { PageState } from '../core/memory.js'
import type {
  CoherenceMessage,
  HomeClaim,
  HomeDiff,
  HomeFlush,
  HomeIs,
  HomeOffer,
  HomeOfPage,
  IntervalName,
  PageReply,
  PageRequest,
} from '../core/messages.js'
import { countFor } from '../core/page-counters.js'
import type { VectorTime } from '../core/vector-time.js'
import { TreadMarksError } from '../errors.js'
import { MAX_EARLY_DIFFS, MAX_HOME_MOVES } from '../limits.js'

/** So many flushes in a row by one node, and none by another, and the page is offered to it. */
const RUN = 4

export class HomeLrc implements Coherence, Noticed {
  private readonly lazy: LazyRelease
  private readonly pages = new Map<PageId, HomePage>()
  /** A page that is being closed, so that its diff is made then and not when its interval closes. */
  private closing: PageId | undefined
  private readonly self: NodeId

  constructor(private readonly context: CoherenceContext) {
    this.self = context.self
    this.lazy = context.lazy(this, context)
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

  beforeMeeting(): void {}

  atMeeting(): void {}

  afterMeeting(): void {}

  /**
   * A thread waits for the page. At the home itself it waits for diffs that are on their way; a node that became the home
   * after the thread had missed the page may have opened it before it heard of that.
   */
  miss(id: PageId): void {
    const page = this.page(id)
    const waits = this.context.memory.state(id) === PageState.FETCHING
    if (waits && page.home !== this.self && page.asked === undefined) this.ask(id, page, false)
  }

  message(from: NodeId, message: CoherenceMessage): void {
    switch (message.type) {
      case 'pageRequest':
        return this.requested(from, message)
      case 'pageReply':
        return this.replied(from, message)
      case 'homeFlush':
        return this.flushedHere(from, message)
      case 'homeClaim':
        return this.claimedBy(from, message)
      case 'homeIs':
        return this.told(from, message)
      case 'homeOffer':
        return this.offered(from, message)
      default:
        throw broken(`node ${from} sent ${message.type}, which home-lrc does not know`)
    }
  }

  footprint(): Footprint {
    let diffs = 0
    let diffBytes = 0
    for (const { pending, early } of this.pages.values()) {
      for (const { bytes } of [...pending, ...early]) {
        diffs++
        diffBytes += bytes.length
      }
    }
    return { ...this.lazy.size(), diffs, diffBytes }
  }

  /** The diffs of the interval go home. */
  closed({ index, pages }: Interval): void {
    const { memory } = this.context
    this.sendHome(pages.flatMap((id) => (id === this.closing ? [] : this.made(id, index, memory.makeDiff(id)))))
    const unknown = pages.filter((id) => this.page(id).home === undefined && !this.page(id).claimed)
    for (const id of unknown) this.page(id).claimed = true
    for (const [keeper, claims] of byNode(unknown, (id) => this.keeper(id)))
      this.context.outbox.send(keeper, { type: 'homeClaim', pages: claims })
  }

  /** A write notice of another node: the page closes, unless its diff is here already. */
  notice(id: PageId, interval: Interval): void {
    const { memory } = this.context
    const page = this.page(id)
    const { node, index } = interval
    if (page.home === this.self && has(page.applied, interval)) return
    page.wanted.set(node, index)
    const outcome = closeCopy(this.context, id, () => {
      this.closing = id
      this.lazy.closeInterval(false)
      this.closing = undefined
    })
    if (outcome !== 'clean') this.sendHome(this.made(id, intervalIndex(this.lazy.time()[this.self] as number), outcome))
    // The home's copy must take diffs, and none of its threads may look before they are there.
    if (page.home === this.self) memory.beginFetch(id)
  }

  noticed(): void {}

  /** A diff of our own; none where this is the home, whose copy has the writes already. */
  private made(id: PageId, index: IntervalIndex, bytes: Uint8Array): HomeDiff[] {
    const page = this.page(id)
    const diff: HomeDiff = { page: id, node: this.self, index, after: page.flushed, moves: 0, bytes }
    page.flushed = index
    if (page.home === this.self) {
      page.run = 0
      this.hasApplied(id, page, diff)
      return []
    }
    countFor(this.context, id, 'diffsCreated')
    countFor(this.context, id, 'diffBytes', bytes.length)
    this.context.pageTraffic?.diff(id, this.self, bytes, false)
    return [diff]
  }

  /** To where each page's home is believed to be; or they wait until that is known. */
  private sendHome(diffs: readonly HomeDiff[]): void {
    const known: HomeDiff[] = []
    for (const diff of diffs) {
      const page = this.page(diff.page)
      if (page.home === undefined && diff.node === this.self) page.pending.push(kept(diff))
      else known.push({ ...diff, moves: page.moves })
    }
    for (const [home, group] of byNode(known, ({ page }) => this.toward(page)))
      for (const part of diffParts(group)) this.context.outbox.send(home, { type: 'homeFlush', diffs: part })
  }

  private flushedHere(from: NodeId, { diffs }: HomeFlush): void {
    const elsewhere: HomeDiff[] = []
    for (const diff of diffs) {
      const page = this.page(diff.page)
      if (page.home === this.self) this.take(from, page, diff)
      else {
        if (this.toward(diff.page) === this.self)
          throw broken(`node ${from} sent a diff of page ${diff.page}, which has no home`)
        this.mustKnowLess(from, diff.page, diff.moves)
        elsewhere.push(diff)
      }
    }
    this.sendHome(elsewhere)
  }

  /** At the home: those of one writer are written in its order, whichever way they came. */
  private take(from: NodeId, page: HomePage, diff: HomeDiff): void {
    const last = page.applied.get(diff.node) ?? 0
    const others = page.early.filter(({ node }) => node === diff.node)
    if (diff.after < last || diff.node === this.self || others.some(({ after }) => after === diff.after))
      throw broken(`node ${from} sent the diff of page ${diff.page}, node ${diff.node}, interval ${diff.index} twice`)
    if (diff.after > last) {
      if (others.length === MAX_EARLY_DIFFS)
        throw broken(
          `node ${from} sent diffs of page ${diff.page}, node ${diff.node}, without the one that they follow`,
        )
      page.early.push(kept(diff))
      return
    }
    this.write(diff.page, diff.bytes, diff.node)
    this.context.pageTraffic?.diff(diff.page, diff.node, diff.bytes, true)
    page.run = page.writer === diff.node ? page.run + 1 : 1
    page.writer = diff.node
    this.hasApplied(diff.page, page, diff)
    const next = page.early.findIndex(({ node, after }) => node === diff.node && after === diff.index)
    if (next >= 0) return this.take(from, page, page.early.splice(next, 1)[0] as HomeDiff)
    if (page.run < RUN) return
    page.run = 0
    this.context.outbox.send(diff.node, { type: 'homeOffer', page: diff.page })
  }

  private write(id: PageId, bytes: Uint8Array, node: NodeId): void {
    const { memory } = this.context
    const written = memory.state(id) === PageState.FETCHING ? memory.applyDiff(id, bytes) : memory.patch(id, bytes)
    if (!written) throw broken(`the diff of page ${id} by node ${node} is malformed`)
    countFor(this.context, id, 'diffsApplied')
  }

  /** At the home: the copy has one interval more. */
  private hasApplied(id: PageId, page: HomePage, name: IntervalName): void {
    page.applied.set(name.node, name.index)
    satisfied(page, [name])
    this.openAtHome(id, page)
    this.settleWaiting(id)
  }

  private openAtHome(id: PageId, page: HomePage): void {
    const { memory } = this.context
    if (page.wanted.size > 0) {
      memory.beginFetch(id)
      return
    }
    if (memory.beginFetch(id) || memory.state(id) === PageState.FETCHING) memory.open(id)
  }

  private ask(id: PageId, page: HomePage, take: boolean): void {
    const request: PageRequest = {
      type: 'pageRequest',
      page: id,
      requester: this.self,
      needs: needsOf(page, this.self),
      take,
      moves: page.moves,
    }
    page.asked = request
    countFor(this.context, id, 'pagesFetched')
    this.context.outbox.send(this.toward(id), request)
  }

  private requested(from: NodeId, request: PageRequest): void {
    const { page: id, requester, moves } = request
    const page = this.page(id)
    if (page.home !== this.self) {
      if (page.home === undefined && this.keeper(id) === this.self) return this.wait(from, page, request)
      this.mustKnowLess(from, id, moves)
      this.context.outbox.send(this.toward(id), { ...request, moves: page.moves })
    } else if (requester === this.self) {
      // It became the home while its request was under way, and its thread waits for diffs now.
      page.asked = undefined
    } else if (request.needs.every((name) => has(page.applied, name))) this.reply(id, page, request)
    else this.wait(from, page, request)
  }

  /** A node misses a page once at a time. */
  private wait(from: NodeId, { waiting }: HomePage, request: PageRequest): void {
    if (waiting.some(({ requester }) => requester === request.requester))
      throw broken(`node ${from} asked for page ${request.page} twice in the name of node ${request.requester}`)
    waiting.push(request)
  }

  /**
   * A request or diff came here because of what its sender knew of the home, and goes on. Who was the home then has heard
   * of a later move, so nothing goes in circles; only who has claimed the page and not been told yet must ask.
   */
  private mustKnowLess(from: NodeId, id: PageId, moves: number): void {
    const page = this.page(id)
    if (moves < page.moves || (page.home === undefined && page.claimed)) return
    throw broken(`node ${from} takes node ${this.self} for the home of page ${id}`)
  }

  private reply(id: PageId, page: HomePage, { requester, take }: PageRequest): void {
    const yours = take && page.wanted.size === 0 && page.moves < MAX_HOME_MOVES
    const applied = yours ? names(page.applied) : []
    const bytes = this.context.memory.contents(id)
    const moves = page.moves + (yours ? 1 : 0)
    this.context.outbox.send(requester, { type: 'pageReply', page: id, bytes, moves, yours, applied })
    if (!yours) return
    page.applied.clear()
    this.learn(id, page, requester, moves)
  }

  private replied(from: NodeId, { page: id, bytes, moves, yours, applied }: PageReply): void {
    const page = this.page(id)
    const { asked } = page
    if (asked === undefined || (yours && (!asked.take || moves <= page.moves)) || page.home === this.self) {
      throw broken(`node ${from} sent page ${id}, which it was not asked for`)
    }
    page.asked = undefined
    if (!this.context.memory.applyDiff(id, bytes)) throw broken(`node ${from} sent page ${id} malformed`)
    satisfied(page, asked.needs)
    if (yours) {
      for (const { node, index } of applied) page.applied.set(node, index)
      satisfied(page, applied)
      this.learn(id, page, this.self, moves)
      return this.announce(id, page)
    }
    this.learn(id, page, from, moves)
    // A notice may have come meanwhile.
    if (page.wanted.size > 0) this.ask(id, page, false)
    else this.context.memory.open(id)
  }

  /** Where pages are kept track of: who claims first is the home. */
  private claimedBy(from: NodeId, { pages }: HomeClaim): void {
    const homes: HomeOfPage[] = []
    for (const id of pages) {
      const page = this.page(id)
      if (this.keeper(id) !== this.self) {
        throw broken(`node ${from} claimed page ${id} at node ${this.self}`)
      }
      if (page.home === undefined) this.learn(id, page, from, 1)
      homes.push({ page: id, home: page.home as NodeId, moves: page.moves })
    }
    if (from === this.self) return
    this.context.outbox.send(from, { type: 'homeIs', homes })
    for (const { page } of homes) this.settleWaiting(page)
  }

  /** Whoever believes in a home has heard of it from that home, or by way of it, so it knows itself that it is one. */
  private announce(id: PageId, { moves }: HomePage): void {
    const keeper = this.keeper(id)
    const homes = [{ page: id, home: this.self, moves }]
    if (keeper !== this.self) this.context.outbox.send(keeper, { type: 'homeIs', homes })
  }

  private told(from: NodeId, { homes }: HomeIs): void {
    for (const { page: id, home, moves } of homes) {
      if (from !== home && from !== this.keeper(id)) throw broken(`node ${from} says who is the home of page ${id}`)
      this.learn(id, this.page(id), home, moves)
    }
  }

  /** This node alone writes the page. It takes the home as if it had missed the page, unless it is in use right now. */
  private offered(from: NodeId, { page: id }: HomeOffer): void {
    const { memory } = this.context
    const page = this.page(id)
    if (page.home !== from || page.asked !== undefined || memory.state(id) !== PageState.CLEAN) return
    if (memory.invalidate(id) === 'clean' && memory.beginFetch(id)) this.ask(id, page, true)
  }

  /** The newest news counts: a home that moves may be told of in any order. */
  private learn(id: PageId, page: HomePage, home: NodeId, moves: number): void {
    if (moves <= page.moves) return
    const first = page.moves === 0
    page.home = home
    page.moves = moves
    page.run = 0
    const { pending } = page
    page.pending = []
    if (home === this.self) {
      if (first && page.flushed > 0) page.applied.set(this.self, intervalIndex(page.flushed))
      this.openAtHome(id, page)
    } else {
      const { early } = page
      page.early = []
      this.sendHome([...pending, ...early])
      if (this.keeper(id) !== this.self || !first) this.settleWaiting(id)
    }
    if (home === this.self) this.settleWaiting(id)
  }

  /** Requests that waited for the home, or here for more: they are looked at again. */
  private settleWaiting(id: PageId): void {
    const page = this.page(id)
    const { waiting } = page
    page.waiting = []
    for (const request of waiting) this.requested(request.requester, request)
  }

  /** Where the home is believed to be, or who keeps track of it. */
  private toward(id: PageId): NodeId {
    return this.page(id).home ?? this.keeper(id)
  }

  private keeper(id: PageId): NodeId {
    return nodeId(id % this.context.nodes)
  }

  private page(id: PageId): HomePage {
    let page = this.pages.get(id)
    if (page === undefined) {
      page = homePage()
      this.pages.set(id, page)
    }
    return page
  }
}

const broken = (what: string): TreadMarksError => new TreadMarksError('ERR_TM_PROTOCOL', what)

/** For longer than a step. */
const kept = (diff: HomeDiff): HomeDiff => ({ ...diff, bytes: compact(diff.bytes) })

export const homeLrc = (context: CoherenceContext): Coherence => new HomeLrc(context)
