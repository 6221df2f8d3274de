/**
 * Sequential consistency as in IVY (Li and Hudak, Memory Coherence in Shared Virtual Memory Systems, TOCS 1989): a page
 * has one owner; many nodes may read it, or one may write it. Who wants to write becomes the owner, once every other copy
 * has been called back and its node has said that it is gone. So each load finds the last store, whatever the program
 * does, and locks and barriers carry nothing. The owner is found through a manager of the page, or by hints.
 */
import { giveUpCopy } from '../core/close-copy.js'
import type { Coherence, CoherenceContext, CoherenceFactory } from '../core/coherence.js'
import { type NodeId, nodeId, type PageId } from '../core/ids.js'
import { PageState } from '../core/memory.js'
import type { CoherenceMessage, PageRecall, PageReply, PageRequest } from '../core/messages.js'
import { gathers, type OwnedPage, ownedPage } from '../core/owned-page.js'
import { countFor } from '../core/page-counters.js'
import { WithoutIntervals } from '../core/without-intervals.js'
import { assert, TreadMarksError } from '../errors.js'

const nothing = new Uint8Array(0)

export class Ivy extends WithoutIntervals {
  private readonly self: NodeId
  private readonly pages = new Map<PageId, OwnedPage>()

  constructor(
    private readonly context: CoherenceContext,
    /** Whom a node asks: the manager of the page (§3.2.2, fixed distributed), or its probable owner (§3.2.3, dynamic). */
    private readonly managers: 'fixed' | 'dynamic',
  ) {
    super(context.nodes)
    this.self = context.self
  }

  /** Never asked for: what is written is where it must be. */
  flush(): void {}

  /** A page is missed by a reader, or by a writer, who may have a copy. */
  miss(id: PageId): void {
    const { memory } = this.context
    const page = this.page(id)
    assert(memory.state(id) === PageState.FETCHING, `page ${id} was missed but is not being fetched`)
    assert(page.sent === undefined, `page ${id} was missed twice`)
    const take = memory.wantsWrite(id)
    const request: PageRequest = { type: 'pageRequest', page: id, requester: this.self, needs: [], take, moves: 0 }
    if (page.owns) return this.enqueue(page, request)
    if (!page.copy) countFor(this.context, id, 'pagesFetched')
    this.ask(page, request)
  }

  message(from: NodeId, message: CoherenceMessage): void {
    switch (message.type) {
      case 'pageRequest':
        return this.requested(from, message)
      case 'pageReply':
        return this.replied(from, message)
      case 'pageRecall':
        return this.called(from, message)
      case 'pageRecalled':
        return this.returned(from, message.page)
      default:
        throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent ${message.type}, which ivy does not know`)
    }
  }

  /** Threads of this node have had their turn: what others want of the page goes on. */
  holdOver(id: PageId): void {
    const page = this.page(id)
    if (page.recall !== undefined) this.giveBack(id, page, page.recall)
    this.serve(page)
  }

  /** A request of this node goes to whoever may have the page. */
  private ask(page: OwnedPage, request: PageRequest): void {
    page.sent = request
    const manager = this.manager(request.page)
    if (this.managers === 'dynamic' || manager === this.self) this.pass(page, request)
    else this.context.outbox.send(manager, request)
  }

  /** To the probable owner. Who wants to write will be the owner: later requests follow there, and wait (§3.2.3). */
  private pass(page: OwnedPage, request: PageRequest): void {
    const { owner } = page
    if (request.take) page.owner = request.requester
    this.context.outbox.send(owner, request)
  }

  private requested(from: NodeId, request: PageRequest): void {
    const { requester } = request
    const page = this.page(request.page)
    if (requester === this.self || request.needs.length > 0)
      throw this.broken(from, request.page, `asked in the name of node ${requester} for what cannot be`)
    if (gathers(page)) return this.enqueue(page, request)
    if (this.managers === 'fixed' && this.manager(request.page) !== this.self)
      throw this.broken(from, request.page, `asked node ${this.self}, which neither owns nor manages it`)
    this.pass(page, request)
  }

  private enqueue(page: OwnedPage, request: PageRequest): void {
    if (page.queue.some(({ requester }) => requester === request.requester))
      throw this.broken(request.requester, request.page, 'asked twice')
    page.queue.push(request)
    this.serve(page)
  }

  /** At the owner: one request after the other, as far as it goes. A held page waits for its threads first. */
  private serve(page: OwnedPage): void {
    for (let [request] = page.queue; request !== undefined; [request] = page.queue) {
      if (!page.owns || page.recalled.size > 0) return
      if (request.take && this.mustRecall(page, request)) return
      if (!(request.take ? this.handOver(page, request) : this.lend(page, request))) return
    }
  }

  /** Before anybody writes, all other copies go; the owner waits until each is gone. False when there are none. */
  private mustRecall({ copies, recalled }: OwnedPage, { page, requester }: PageRequest): boolean {
    for (const node of copies) {
      if (node === requester) continue
      copies.delete(node)
      recalled.add(node)
      this.context.outbox.send(node, { type: 'pageRecall', page, next: requester })
    }
    return recalled.size > 0
  }

  /** False when the page is held. */
  private lend(page: OwnedPage, request: PageRequest): boolean {
    const { memory, outbox } = this.context
    if (!memory.downgrade(request.page)) return false
    page.queue.shift()
    if (request.requester === this.self) {
      memory.grant(request.page, false)
      return true
    }
    page.copies.add(request.requester)
    outbox.send(request.requester, this.reply(request, memory.contents(request.page)))
    return true
  }

  /** Nobody else has a copy but perhaps the new owner, who then needs no bytes. False when the page is held. */
  private handOver(page: OwnedPage, request: PageRequest): boolean {
    const { memory, outbox } = this.context
    const { requester } = request
    if (requester === this.self) {
      page.queue.shift()
      memory.grant(request.page, true)
      return true
    }
    if (!giveUpCopy(this.context, request.page)) return false
    page.queue.shift()
    const bytes = page.copies.delete(requester) ? nothing : memory.contents(request.page)
    page.owns = false
    page.owner = requester
    outbox.send(requester, this.reply(request, bytes))
    this.sendAfter(page)
    return true
  }

  private reply({ page, take }: PageRequest, bytes: Uint8Array): PageReply {
    return { type: 'pageReply', page, bytes, moves: 0, yours: take, applied: [] }
  }

  /** Who still waits here goes to the new owner, in order; behind this node's own wish to write they wait for it again. */
  private sendAfter(page: OwnedPage): void {
    const waiting = page.queue
    page.queue = []
    for (const request of waiting) {
      if (gathers(page)) page.queue.push(request)
      else if (request.requester === this.self) this.ask(page, request)
      else this.pass(page, request)
    }
  }

  private replied(from: NodeId, { page: id, bytes, yours }: PageReply): void {
    const { memory } = this.context
    const page = this.page(id)
    if (page.sent === undefined || page.sent.take !== yours) throw this.broken(from, id, 'sent what was not asked for')
    if (bytes.length === 0 && !(yours && page.copy)) throw this.broken(from, id, 'sent nothing of it')
    if (bytes.length > 0 && !memory.applyDiff(id, bytes)) throw this.broken(from, id, 'sent it malformed')
    page.sent = undefined
    page.owns = yours
    page.copy = !yours
    if (!yours) this.hints(page, from)
    memory.grant(id, yours)
    this.serve(page)
  }

  private called(from: NodeId, { page: id, next }: PageRecall): void {
    const page = this.page(id)
    if (page.owns || !page.copy || page.recall !== undefined || next === this.self)
      throw this.broken(from, id, 'calls back a copy that it cannot')
    this.giveBack(id, page, { from, next })
  }

  /** Its threads have had their turn, or it waits until they have: every fault gets somewhere. */
  private giveBack(id: PageId, page: OwnedPage, recall: { readonly from: NodeId; readonly next: NodeId }): void {
    const gone = giveUpCopy(this.context, id)
    page.recall = gone ? undefined : recall
    if (!gone) return
    page.copy = false
    this.hints(page, recall.next)
    this.context.outbox.send(recall.from, { type: 'pageRecalled', page: id })
  }

  private returned(from: NodeId, id: PageId): void {
    const page = this.page(id)
    if (!page.recalled.delete(from)) throw this.broken(from, id, 'gives back a copy that was not called')
    this.serve(page)
  }

  /** A manager knows better: every request to write goes through it, and it may know of a later one already. */
  private hints(page: OwnedPage, owner: NodeId): void {
    if (this.managers === 'dynamic') page.owner = owner
  }

  private manager(page: PageId): NodeId {
    return nodeId(page % this.context.nodes)
  }

  /** At the beginning a page belongs to its manager. */
  private page(id: PageId): OwnedPage {
    let page = this.pages.get(id)
    if (page === undefined) {
      page = ownedPage(this.manager(id), this.self)
      this.pages.set(id, page)
    }
    return page
  }

  private broken(from: NodeId, page: PageId, what: string): TreadMarksError {
    return new TreadMarksError('ERR_TM_PROTOCOL', `page ${page}: node ${from} ${what}`)
  }
}

export const ivy: CoherenceFactory = Object.assign(
  (context: CoherenceContext): Coherence => new Ivy(context, 'fixed'),
  { startsClosed: true },
)
export const ivyDynamic: CoherenceFactory = Object.assign(
  (context: CoherenceContext): Coherence => new Ivy(context, 'dynamic'),
  { startsClosed: true },
)
