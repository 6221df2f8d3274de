/**
 * A node's memory as one of its protocols sees it. The dirty list holds pages of all protocols; a protocol gets its own,
 * and those that another has taken meanwhile are DIRTY to it until it has closed an interval with them. While all pages
 * obey one protocol, this passes everything on.
 */
import { assert } from '../errors.js'
import type { PageId } from './ids.js'
import { type Invalidated, type PageMemory, PageState } from './memory.js'
import type { PageOwners } from './page-owners.js'

export class PageShare implements PageMemory {
  readonly pageBytes: number
  readonly pageCount: number

  constructor(
    private readonly memory: PageMemory,
    private readonly owners: PageOwners,
    private readonly owner: number,
  ) {
    this.pageBytes = memory.pageBytes
    this.pageCount = memory.pageCount
  }

  state(page: PageId): PageState {
    return this.owners.isTaken(page) ? PageState.DIRTY : this.memory.state(page)
  }

  /** Pages that another protocol has watched are not closed for this one. */
  closeInterval(keepWatched: boolean): PageId[] {
    const { owners } = this
    if (!owners.differ) return this.memory.closeInterval(keepWatched)
    const group = owners.groupOf(this.owner)
    return owners.share(this.memory.closeInterval(keepWatched || owners.othersWatch(group)), group)
  }

  makeDiff(page: PageId): Uint8Array {
    this.mustBeNoted(page)
    return this.memory.makeDiff(page)
  }

  renew(page: PageId): Uint8Array {
    this.mustBeNoted(page)
    this.owners.watches(this.owner)
    return this.memory.renew(page)
  }

  invalidate(page: PageId): Invalidated {
    return this.owners.isTaken(page) ? 'dirty' : this.memory.invalidate(page)
  }

  contents(page: PageId): Uint8Array {
    return this.memory.contents(page)
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    return this.memory.patch(page, diff)
  }

  beginFetch(page: PageId): boolean {
    return this.memory.beginFetch(page)
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    return this.memory.applyDiff(page, diff)
  }

  open(page: PageId): void {
    this.memory.open(page)
  }

  wantsWrite(page: PageId): boolean {
    return this.memory.wantsWrite(page)
  }

  grant(page: PageId, exclusive: boolean): void {
    this.memory.grant(page, exclusive)
  }

  downgrade(page: PageId): boolean {
    return this.memory.downgrade(page)
  }

  recall(page: PageId): boolean {
    return this.memory.recall(page)
  }

  private mustBeNoted(page: PageId): void {
    assert(!this.owners.isTaken(page), `a diff of page ${page}, which is in no interval of its protocol`)
  }
}
