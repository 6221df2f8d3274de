/**
 * Follows the states of a node's pages by the recorded calls on its memory and what they gave back. Write faults happen
 * beside the core and are in no recording: that a page was written is known when the interval closes, so it is shown as
 * DIRTY, but not for sure, from the last moment at which it was known not to be.
 */
import type { NodeId, PageId } from '../core/ids.js'
import { PageState } from '../core/memory.js'
import type { Call } from '../core/step.js'
import { MAX_WATCHED } from '../limits.js'
import type { Growing, TimelineWriter } from './timeline.js'

interface Page {
  state: PageState
  /** The last event at which it was known to be CLEAN. */
  cleanAt: Growing
  /** Intervals in a row in which it was WATCHED and had not changed. */
  unchanged: number
}

export class RecordedPages {
  private readonly pages = new Map<PageId, Page>()
  /** Where a page stands that nothing has been heard of: at the start, or at the last interval that has not named it. */
  private known: Growing

  constructor(
    private readonly writer: TimelineWriter,
    private readonly node: NodeId,
    /** In which every page begins. */
    private readonly initial: PageState,
  ) {
    this.known = writer.last(node)
  }

  /** A thread of the node has missed it. */
  missed(page: PageId): void {
    this.set(page, PageState.FETCHING)
  }

  called(call: Call): void {
    const { type, result } = call
    if (result.type === 'threw') return
    const { value } = result
    switch (type) {
      case 'state':
        return this.found(call.page, value as PageState)
      case 'closeInterval':
        return this.closed(value as PageId[], call.keepWatched)
      case 'makeDiff':
        return this.set(call.page, PageState.CLEAN)
      case 'renew':
        return this.set(call.page, (value as Uint8Array).length > 0 ? PageState.WATCHED : PageState.CLEAN)
      case 'invalidate':
        if (value === 'dirty') return this.written(call.page)
        if (this.page(call.page).state !== PageState.FETCHING) this.set(call.page, PageState.INVALID)
        return
      case 'beginFetch':
        if (value === true) this.set(call.page, PageState.FETCHING)
        return
      case 'open':
        // Or DIRTY, when a writer waits: then the interval will name it.
        return this.set(call.page, PageState.CLEAN)
      case 'grant':
        return this.set(call.page, call.exclusive ? PageState.EXCLUSIVE : PageState.SHARED)
      case 'downgrade':
        if (value === true && this.page(call.page).state === PageState.EXCLUSIVE) this.set(call.page, PageState.SHARED)
        return
      case 'recall':
        if (value === true && this.page(call.page).state !== PageState.FETCHING) this.set(call.page, PageState.INVALID)
        return
      case 'wantsWrite':
      case 'contents':
      case 'patch':
      case 'applyDiff':
        // The page keeps its state; now it is known to be used.
        this.page(call.page)
        return
      case 'tryHold':
      case 'tryTake':
      case 'hold':
      case 'free':
      case 'settle':
        return
    }
  }

  private closed(pages: readonly PageId[], keepWatched: boolean): void {
    for (const id of pages) {
      this.written(id)
      this.set(id, PageState.NOTED)
    }
    const named = new Set(pages)
    const here = this.writer.last(this.node)
    for (const [id, page] of this.pages) {
      if (named.has(id)) continue
      if (page.state === PageState.CLEAN) page.cleanAt = here
      if (page.state !== PageState.WATCHED) continue
      page.unchanged++
      if (!keepWatched || page.unchanged >= MAX_WATCHED) this.set(id, PageState.CLEAN)
    }
    this.known = here
  }

  /** The memory itself has said it. */
  private found(id: PageId, state: PageState): void {
    if (state === PageState.DIRTY || state === PageState.TWINNING) return this.written(id)
    const page = this.page(id)
    if (state !== page.state) this.set(id, state)
    else if (state === PageState.CLEAN) page.cleanAt = this.writer.last(this.node)
  }

  /** It is DIRTY now, and has been for an unknown time if it was CLEAN before. */
  private written(id: PageId): void {
    const page = this.page(id)
    if (page.state === PageState.DIRTY) return
    if (page.state === PageState.CLEAN)
      this.writer.state(this.node, { page: id, state: PageState.DIRTY, sure: false }, page.cleanAt)
    this.set(id, PageState.DIRTY)
  }

  private set(id: PageId, state: PageState): void {
    const page = this.page(id)
    page.state = state
    page.cleanAt = this.writer.last(this.node)
    page.unchanged = 0
    this.writer.state(this.node, { page: id, state, sure: true })
  }

  private page(id: PageId): Page {
    let page = this.pages.get(id)
    if (page === undefined) {
      page = { state: this.initial, cleanAt: this.known, unchanged: 0 }
      this.pages.set(id, page)
      this.writer.state(this.node, { page: id, state: this.initial, sure: true }, this.writer.firstOf(this.node))
    }
    return page
  }
}
