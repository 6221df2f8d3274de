/**
 * A node's memory in plain arrays: the software twin of native/pages.c. Loads and stores go through `ready`,
 * which does what the fault handler does; the rest is the service's side. One event at a time, so the states
 * that exist only between two steps of a handler (TWINNING, CLOSING) never show here.
 */
import { applyDiff, makeDiff } from '../core/diff.js'
import { type PageId, pageId } from '../core/ids.js'
import { type Invalidated, type PageMemory, PageState } from '../core/memory.js'
import { assert } from '../errors.js'

export class SoftwareMemory implements PageMemory {
  readonly bytes: Uint8Array
  /** Pages missed since the last look; the simulator makes an event of each. */
  readonly misses: PageId[] = []
  readFaults = 0
  writeFaults = 0
  twinsMade = 0
  private readonly states: PageState[]
  private readonly wantWrite = new Set<PageId>()
  private readonly twins = new Map<PageId, Uint8Array>()
  private dirty: PageId[] = []

  constructor(
    readonly pageCount: number,
    readonly pageBytes: number,
  ) {
    this.bytes = new Uint8Array(pageCount * pageBytes)
    this.states = new Array<PageState>(pageCount).fill(PageState.CLEAN)
  }

  /** The program's side: whether a thread may touch this page now. If not, it has missed and must try again. */
  ready(page: PageId, write: boolean): boolean {
    switch (this.state(page)) {
      case PageState.DIRTY:
      case PageState.NOTED:
        return true
      case PageState.CLEAN:
        if (write) {
          this.writeFaults++
          this.makeDirty(page)
        }
        return true
      case PageState.INVALID:
        this.set(page, PageState.FETCHING)
        this.misses.push(page)
        this.countFault(write)
        if (write) this.wantWrite.add(page)
        return false
      default:
        if (write) this.wantWrite.add(page)
        return false
    }
  }

  state(page: PageId): PageState {
    const state = this.states[page]
    assert(state !== undefined, `there is no page ${page}`)
    return state
  }

  closeInterval(): PageId[] {
    const pages = this.dirty.sort((a, b) => a - b)
    this.dirty = []
    for (const page of pages) this.set(page, PageState.NOTED)
    return pages
  }

  makeDiff(page: PageId): Uint8Array {
    assert(this.state(page) === PageState.NOTED, `a diff of page ${page}, which is not noted`)
    const diff = this.takeDiff(page)
    this.set(page, PageState.CLEAN)
    return diff
  }

  invalidate(page: PageId): Invalidated {
    switch (this.state(page)) {
      case PageState.DIRTY:
        return 'dirty'
      case PageState.NOTED: {
        const diff = this.takeDiff(page)
        this.set(page, PageState.INVALID)
        return diff
      }
      case PageState.CLEAN:
        this.set(page, PageState.INVALID)
        return 'clean'
      default:
        return 'clean'
    }
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    return this.state(page) === PageState.CLEAN && applyDiff(this.slice(page), diff)
  }

  beginFetch(page: PageId): boolean {
    if (this.state(page) !== PageState.INVALID) return false
    this.set(page, PageState.FETCHING)
    return true
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    assert(this.state(page) === PageState.FETCHING, `a diff for page ${page}, which is not being fetched`)
    return applyDiff(this.slice(page), diff)
  }

  open(page: PageId): void {
    assert(this.state(page) === PageState.FETCHING, `page ${page} opened, which is not being fetched`)
    if (this.wantWrite.delete(page)) this.makeDirty(page)
    else this.set(page, PageState.CLEAN)
  }

  private makeDirty(page: PageId): void {
    this.twins.set(page, this.slice(page).slice())
    this.twinsMade++
    this.dirty.push(page)
    this.set(page, PageState.DIRTY)
  }

  private takeDiff(page: PageId): Uint8Array {
    const twin = this.twins.get(page)
    assert(twin !== undefined, `page ${page} has no twin`)
    this.twins.delete(page)
    return makeDiff(twin, this.slice(page))
  }

  private countFault(write: boolean): void {
    if (write) this.writeFaults++
    else this.readFaults++
  }

  private slice(page: PageId): Uint8Array {
    return this.bytes.subarray(page * this.pageBytes, (page + 1) * this.pageBytes)
  }

  private set(page: PageId, state: PageState): void {
    this.states[page] = state
  }
}

/** The page that holds a byte. */
export const pageOf = (address: number, pageBytes: number): PageId => pageId(Math.floor(address / pageBytes))
