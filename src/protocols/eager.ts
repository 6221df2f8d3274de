/**
 * Eager release consistency, as in Munin (Carter, Bennett, Zwaenepoel, SOSP 1991): before a release the diffs of what was
 * written go to the pages' homes, which pass them, or the news that a copy is no good any more, to all who have one;
 * the release waits for their answers. Many nodes may write a page. There are no vector times: whoever acquires finds
 * its copies up to date, or closed.
 */
import { addFor, byNode } from '../core/by-node.js'
import { closeCopy, dropCopy } from '../core/close-copy.js'
import type { CoherenceContext, CoherenceFactory } from '../core/coherence.js'
import { diffParts } from '../core/diff-parts.js'
import { type NodeId, nodeId, type PageId, type ProcId } from '../core/ids.js'
import { PageState } from '../core/memory.js'
import type {
  CoherenceMessage,
  EagerFlush,
  EagerInvalidate,
  EagerUpdate,
  PageDiff,
  PageReply,
  PageRequest,
} from '../core/messages.js'
import type { Due, PassedFlushes, SentFlushes } from '../core/open-flushes.js'
import { countFor } from '../core/page-counters.js'
import { Trust } from '../core/trust.js'
import { WithoutIntervals } from '../core/without-intervals.js'
import { assert, TreadMarksError } from '../errors.js'

export class Eager extends WithoutIntervals {
  private readonly self: NodeId
  private readonly sent: SentFlushes
  private readonly passed: PassedFlushes
  /** Written, in a closed interval, and not told of. */
  private readonly noted = new Set<PageId>()
  /** At the home: who else has a copy. Without an entry, all have the zeros that every page begins with. */
  private readonly copies = new Map<PageId, Set<NodeId>>()
  /** At the home: whose copies it has called back, by the number of the message; they may still be there. */
  private readonly leaving = new Map<PageId, Due>()
  /** Pages that this node has asked for. */
  private readonly asked = new Set<PageId>()
  /** That this node uses a page whose updates it gets. */
  private readonly use = new Map<PageId, Trust>()

  constructor(
    private readonly context: CoherenceContext,
    private readonly updates: boolean,
  ) {
    super(context.nodes)
    this.self = context.self
    this.sent = context.flushes.sent
    this.passed = context.flushes.passed
  }

  flush(proc: ProcId): void {
    const { memory } = this.context
    this.close()
    const diffs = [...this.noted].map((page) => ({ page, bytes: memory.makeDiff(page) }))
    this.noted.clear()
    this.sendHome(diffs)
    this.sent.await(proc)
  }

  /** Never: no page is held. */
  holdOver(): void {}

  miss(id: PageId): void {
    const { memory, outbox } = this.context
    assert(memory.state(id) === PageState.FETCHING, `page ${id} was missed but is not being fetched`)
    countFor(this.context, id, 'pagesFetched')
    this.trust(id).prove()
    this.asked.add(id)
    const request: PageRequest = {
      type: 'pageRequest',
      page: id,
      requester: this.self,
      needs: [],
      take: false,
      moves: 0,
    }
    outbox.send(this.home(id), request)
  }

  message(from: NodeId, message: CoherenceMessage): void {
    switch (message.type) {
      case 'pageRequest':
        return this.requested(from, message)
      case 'pageReply':
        return this.replied(from, message)
      case 'eagerFlush':
        return this.flushedHere(from, message)
      case 'eagerFlushed':
        return this.sent.over(from, message.id)
      case 'eagerUpdate':
        return this.updated(from, message)
      case 'eagerInvalidate':
        return this.invalidated(from, message)
      case 'eagerAck':
        for (const page of message.dropped) this.sharers(page).delete(from)
        return this.passed.answer(from)
      default:
        throw new TreadMarksError(
          'ERR_TM_PROTOCOL',
          `node ${from} sent ${message.type}, which eager protocols do not know`,
        )
    }
  }

  private close(): void {
    for (const page of this.context.memory.closeInterval(false)) this.noted.add(page)
  }

  private sendHome(diffs: readonly PageDiff[]): void {
    const changes = diffs.filter(({ bytes }) => bytes.length > 0)
    for (const diff of changes) {
      countFor(this.context, diff.page, 'diffsCreated')
      countFor(this.context, diff.page, 'diffBytes', diff.bytes.length)
      this.context.pageTraffic?.diff(diff.page, this.self, diff.bytes, false)
    }
    for (const [home, group] of byNode(changes, ({ page }) => this.home(page)))
      for (const part of diffParts(group))
        this.context.outbox.send(home, { type: 'eagerFlush', id: this.sent.begin(), diffs: part })
  }

  /**
   * At the home: its copy takes the diffs, and whoever else has one is told. A copy that was called back for an earlier
   * flush may still be there, and must be gone before this one is over.
   */
  private flushedHere(from: NodeId, { id, diffs }: EagerFlush): void {
    const groups = new Map<NodeId, PageDiff[]>()
    const due: Due = new Map()
    for (const diff of diffs) {
      this.mustBeHome(from, diff.page)
      if (from !== this.self) this.write(from, diff)
      for (const [node, number] of this.leaving.get(diff.page) ?? [])
        if (node !== from && !this.passed.hasAnswered(node, number)) due.set(node, Math.max(number, due.get(node) ?? 0))
      for (const node of this.sharers(diff.page)) if (node !== from) addFor(groups, node, diff)
    }
    for (const [node, group] of groups) due.set(node, this.passOn(node, group))
    this.passed.await(from, id, due)
  }

  /** The number of the message. */
  private passOn(node: NodeId, diffs: readonly PageDiff[]): number {
    const number = this.passed.sends(node)
    if (this.updates) {
      this.context.outbox.send(node, { type: 'eagerUpdate', diffs })
      return number
    }
    const pages = [...new Set(diffs.map(({ page }) => page))].sort((a, b) => a - b)
    this.context.outbox.send(node, { type: 'eagerInvalidate', pages })
    for (const page of pages) {
      this.sharers(page).delete(node)
      const leaving = this.leaving.get(page) ?? new Map<NodeId, number>()
      this.leaving.set(page, leaving.set(node, number))
    }
    return number
  }

  /** A copy that nobody here has looked at for long is dropped: so the home tells fewer. */
  private updated(from: NodeId, { diffs }: EagerUpdate): void {
    const { memory, outbox } = this.context
    const dropped: PageId[] = []
    for (const diff of diffs) {
      this.mustBeFromHome(from, diff.page)
      const state = memory.state(diff.page)
      if (state === PageState.INVALID || state === PageState.FETCHING) continue
      if (state === PageState.CLEAN && !this.trust(diff.page).spend() && dropCopy(this.context, diff.page))
        dropped.push(diff.page)
      else this.write(from, diff)
    }
    outbox.send(from, { type: 'eagerAck', dropped: dropped.sort((a, b) => a - b) })
  }

  /** Concurrent writes of our own go home first. */
  private invalidated(from: NodeId, { pages }: EagerInvalidate): void {
    const diffs: PageDiff[] = []
    for (const page of pages) {
      this.mustBeFromHome(from, page)
      const outcome = closeCopy(this.context, page, () => this.close())
      if (outcome === 'clean') continue
      this.noted.delete(page)
      diffs.push({ page, bytes: outcome })
    }
    this.sendHome(diffs)
    this.context.outbox.send(from, { type: 'eagerAck', dropped: [] })
  }

  /** The reply goes the same way as later news of the page, so it is never behind what the receiver has heard. */
  private requested(from: NodeId, { page, requester }: PageRequest): void {
    this.mustBeHome(from, page)
    if (requester !== from || from === this.self)
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} asked for page ${page} in the name of node ${requester}`,
      )
    this.sharers(page).add(from)
    const bytes = this.context.memory.contents(page)
    this.context.outbox.send(from, { type: 'pageReply', page, bytes, moves: 0, yours: false, applied: [] })
  }

  private replied(from: NodeId, { page, bytes }: PageReply): void {
    const { memory } = this.context
    this.mustBeFromHome(from, page)
    // A page may be FETCHING before its miss has come here.
    if (!this.asked.delete(page))
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent page ${page}, which it was not asked for`)
    if (!memory.applyDiff(page, bytes))
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent page ${page} malformed`)
    memory.open(page)
  }

  private write(from: NodeId, { page, bytes }: PageDiff): void {
    if (!this.context.memory.patch(page, bytes))
      throw new TreadMarksError('ERR_TM_PROTOCOL', `the diff of page ${page} by node ${from} is malformed`)
    countFor(this.context, page, 'diffsApplied')
    this.context.pageTraffic?.diff(page, from, bytes, true)
  }

  private sharers(page: PageId): Set<NodeId> {
    let sharers = this.copies.get(page)
    if (sharers === undefined) {
      sharers = new Set(Array.from({ length: this.context.nodes }, (_, i) => nodeId(i)))
      sharers.delete(this.self)
      this.copies.set(page, sharers)
    }
    return sharers
  }

  private home(page: PageId): NodeId {
    return nodeId(page % this.context.nodes)
  }

  private mustBeHome(from: NodeId, page: PageId): void {
    if (this.home(page) !== this.self)
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} takes node ${this.self} for the home of page ${page}`)
  }

  private mustBeFromHome(from: NodeId, page: PageId): void {
    if (this.home(page) !== from)
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} speaks for the home of page ${page}`)
  }

  private trust(page: PageId): Trust {
    let trust = this.use.get(page)
    if (trust === undefined) {
      trust = new Trust()
      this.use.set(page, trust)
    }
    return trust
  }
}

export const eagerUpdate: CoherenceFactory = Object.assign((context: CoherenceContext) => new Eager(context, true), {
  flushes: true,
})
export const eagerInvalidate: CoherenceFactory = Object.assign(
  (context: CoherenceContext) => new Eager(context, false),
  {
    flushes: true,
  },
)
