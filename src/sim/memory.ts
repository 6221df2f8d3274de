/**
 * A node's memory in plain arrays: the software twin of native/pages.c and native/fault.c. Every page has a
 * state and, apart from it, a protection; an access that the protection permits happens, any other is a fault,
 * whose handler goes one step at a time, as the real one can be overtaken between any two. `pause` is called
 * between the steps of the service's side, so that other threads of the node can go on there.
 */
import { applyDiff, makeDiff, putWholeHeader, wholeHeader } from '../core/diff.js'
import { type PageId, pageId } from '../core/ids.js'
import { type Invalidated, type PageMemory, PageState } from '../core/memory.js'
import { assert } from '../errors.js'
import { MAX_WATCHED } from '../limits.js'

/** What became of an access: it may happen; its fault went a step and it must be tried again; it waits for the page. */
export type Access = 'ready' | 'stepped' | 'waits'

const NO_ACCESS = 0
const READABLE = 1
const WRITABLE = 2

/** What a fault handler does next with a page that it has claimed. */
type HandlerStep = 'twin' | 'list' | 'open' | 'publish'
/** `asked`: the core wanted to take it away meanwhile. */
interface Hold {
  readonly exclusive: boolean
  asked: boolean
}

interface Handler {
  readonly slot: number
  next: HandlerStep
}

export class SoftwareMemory implements PageMemory {
  readonly bytes: Uint8Array
  /** Pages missed since the last look; the simulator makes an event of each. */
  readonly misses: PageId[] = []
  readFaults = 0
  writeFaults = 0
  twinsMade = 0
  /** Pages that are held no more and that the core has asked for meanwhile; the simulator makes an event of each. */
  readonly holdsOver: PageId[] = []
  /** Called between the steps of the service, when other threads may run. */
  pause: () => void = nothing
  /** Called when a page is published: who waits for it looks again. */
  published: (page: PageId) => void = nothing
  /** Hears of each page that goes into a state. */
  changed: (page: PageId, state: PageState) => void = nothing
  /** Hears of each fault, before the page changes. */
  faulted: (page: PageId, write: boolean) => void = nothing
  /** The diffs that were given since `spoil` was called last; undefined where nobody calls it. */
  lent: Uint8Array[] | undefined
  private readonly states: Uint8Array
  private readonly protection: Uint8Array
  private readonly wantWrite = new Set<PageId>()
  /** Granted, and none of those who waited has done its access. */
  private readonly held = new Map<PageId, Hold>()
  private readonly twins = new Map<PageId, Uint8Array>()
  private readonly handlers = new Map<PageId, Handler>()
  private dirty = new Set<PageId>()
  /** WATCHED pages, and how often in a row each was found unchanged. */
  private watched = new Map<PageId, number>()

  constructor(
    readonly pageCount: number,
    readonly pageBytes: number,
    initial = PageState.CLEAN,
  ) {
    this.bytes = new Uint8Array(pageCount * pageBytes)
    this.states = new Uint8Array(pageCount).fill(initial)
    this.protection = new Uint8Array(pageCount).fill(initial === PageState.CLEAN ? READABLE : NO_ACCESS)
  }

  /** The program's side: thread `slot` of this node touches the page. */
  access(slot: number, page: PageId, write: boolean): Access {
    const own = this.handlers.size === 0 ? undefined : this.handlers.get(page)
    if (own?.slot === slot) {
      // A handler that has begun comes to its end before the thread does anything else.
      this.handle(page, own)
      return 'stepped'
    }
    if ((this.protection[page] as number) >= (write ? WRITABLE : READABLE)) {
      this.letGo(page, write)
      return 'ready'
    }
    switch (this.state(page)) {
      case PageState.INVALID:
      case PageState.SHARED:
        this.fault(page, write)
        this.endHold(page)
        this.set(page, PageState.FETCHING)
        this.misses.push(page)
        return this.waits(page, write)
      case PageState.CLEAN:
        this.fault(page, write)
        this.set(page, PageState.TWINNING)
        this.handlers.set(page, { slot, next: 'twin' })
        return 'stepped'
      default:
        return this.waits(page, write)
    }
  }

  /** The node's next step begins, so no diff is looked at that was given before: whoever holds one without a copy is found. */
  spoil(): void {
    for (const diff of this.lent ?? []) diff.fill(SPOILT)
    this.lent = []
  }

  state(page: PageId): PageState {
    const state = this.states[page]
    assert(state !== undefined, `there is no page ${page}`)
    return state
  }

  /** Whether this thread is in the middle of a write fault. */
  isFaulting(slot: number): boolean {
    for (const handler of this.handlers.values()) if (handler.slot === slot) return true
    return false
  }

  /** The twin, while there is one. */
  twin(page: PageId): Uint8Array | undefined {
    return this.twins.get(page)
  }

  closeInterval(keepWatched: boolean): PageId[] {
    this.lookAtWatched(keepWatched)
    this.pause()
    const taken = [...this.dirty].sort((a, b) => a - b)
    this.dirty = new Set()
    const pages: PageId[] = []
    for (const page of taken) {
      this.pause()
      this.await(page)
      if (this.state(page) !== PageState.DIRTY) continue
      this.set(page, PageState.NOTED)
      pages.push(page)
    }
    return pages
  }

  makeDiff(page: PageId): Uint8Array {
    assert(this.state(page) === PageState.NOTED, `a diff of page ${page}, which is not noted`)
    return this.closeWithDiff(page, READABLE, PageState.CLEAN)
  }

  /** The page stays open: a store may come between any two of these steps, and must be in this diff or the next. */
  renew(page: PageId): Uint8Array {
    assert(this.state(page) === PageState.NOTED, `a diff of page ${page}, which is not noted`)
    this.set(page, PageState.CLOSING)
    this.pause()
    const twin = this.twins.get(page)
    assert(twin !== undefined, `page ${page} has no twin`)
    const diff = this.lend(makeDiff(twin, this.slice(page)))
    this.pause()
    if (diff.length === 0) return this.closeWithDiff(page, READABLE, PageState.CLEAN)
    applyDiff(twin, diff)
    this.watched.set(page, 0)
    this.publish(page, PageState.WATCHED)
    return diff
  }

  invalidate(page: PageId): Invalidated {
    this.pause()
    this.await(page)
    switch (this.state(page)) {
      case PageState.WATCHED:
        return this.closeWatched(page, NO_ACCESS, PageState.INVALID) ? 'clean' : 'dirty'
      case PageState.DIRTY:
        return 'dirty'
      case PageState.NOTED:
        return this.closeWithDiff(page, NO_ACCESS, PageState.INVALID)
      case PageState.CLEAN:
        this.set(page, PageState.CLOSING)
        this.pause()
        this.protection[page] = NO_ACCESS
        this.pause()
        this.publish(page, PageState.INVALID)
        return 'clean'
      default:
        return 'clean'
    }
  }

  contents(page: PageId): Uint8Array {
    this.pause()
    const header = wholeHeader(this.pageBytes)
    const diff = new Uint8Array(header + this.pageBytes)
    putWholeHeader(diff, this.pageBytes)
    diff.set(this.slice(page), header)
    return diff
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    this.pause()
    this.await(page)
    const state = this.state(page)
    if (state < PageState.CLEAN || state === PageState.CLOSING) return false
    this.set(page, PageState.CLOSING)
    this.pause()
    const twin = this.twins.get(page)
    const sound = twin === undefined ? applyDiff(this.slice(page), diff) : this.merge(page, twin, diff)
    this.publish(page, state)
    return sound
  }

  /** What the node has stored since its last diff stays, as if it were stored afterwards; the twin takes all. */
  private merge(page: PageId, twin: Uint8Array, diff: Uint8Array): boolean {
    const patched = twin.slice()
    if (!applyDiff(patched, diff)) return false
    const bytes = this.slice(page)
    for (const [i, before] of twin.entries()) {
      if (before !== patched[i]) this.pause()
      if (before !== patched[i] && bytes[i] === before) bytes[i] = patched[i] as number
    }
    this.pause()
    twin.set(patched)
    return true
  }

  beginFetch(page: PageId): boolean {
    this.pause()
    if (this.state(page) !== PageState.INVALID) return false
    this.set(page, PageState.FETCHING)
    return true
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    assert(this.state(page) === PageState.FETCHING, `a diff for page ${page}, which is not being fetched`)
    this.pause()
    return applyDiff(this.slice(page), diff)
  }

  open(page: PageId): void {
    assert(this.state(page) === PageState.FETCHING, `page ${page} opened, which is not being fetched`)
    if (this.wantWrite.has(page)) {
      this.makeTwin(page)
      this.dirty.add(page)
      this.pause()
      this.protection[page] = WRITABLE
      this.pause()
      this.publish(page, PageState.DIRTY)
    } else {
      this.protection[page] = READABLE
      this.pause()
      this.publish(page, PageState.CLEAN)
    }
  }

  wantsWrite(page: PageId): boolean {
    this.pause()
    return this.wantWrite.has(page)
  }

  grant(page: PageId, exclusive: boolean): void {
    assert(this.state(page) === PageState.FETCHING, `page ${page} granted, which is not being fetched`)
    this.held.set(page, { exclusive, asked: false })
    this.protection[page] = exclusive ? WRITABLE : READABLE
    this.pause()
    this.publish(page, exclusive ? PageState.EXCLUSIVE : PageState.SHARED)
  }

  downgrade(page: PageId): boolean {
    this.pause()
    if (this.state(page) !== PageState.EXCLUSIVE) return true
    return this.narrow(page, READABLE, PageState.SHARED)
  }

  recall(page: PageId): boolean {
    this.pause()
    const state = this.state(page)
    if (state === PageState.INVALID) return true
    if (state !== PageState.FETCHING) return this.narrow(page, NO_ACCESS, PageState.INVALID)
    this.protection[page] = NO_ACCESS
    this.pause()
    return true
  }

  private narrow(page: PageId, protection: number, after: PageState): boolean {
    const hold = this.held.get(page)
    if (hold !== undefined) {
      hold.asked = true
      return false
    }
    this.set(page, PageState.CLOSING)
    this.pause()
    this.protection[page] = protection
    this.pause()
    this.publish(page, after)
    return true
  }

  /** Who only reads an EXCLUSIVE page leaves it to the one who wants to write. */
  private letGo(page: PageId, write: boolean): void {
    if (this.held.size > 0 && this.held.get(page)?.exclusive === write) this.endHold(page)
  }

  private endHold(page: PageId): void {
    if (this.held.get(page)?.asked === true) this.holdsOver.push(page)
    this.held.delete(page)
  }

  /** Those that have changed are DIRTY; of the others some stay, and some are closed. */
  private lookAtWatched(keep: boolean): void {
    const watched = this.watched
    this.watched = new Map()
    for (const [page, found] of watched) {
      if (this.state(page) !== PageState.WATCHED) continue
      this.pause()
      if (this.isChanged(page)) this.begin(page)
      else if (keep && found + 1 < MAX_WATCHED) this.watched.set(page, found + 1)
      else this.closeWatched(page, READABLE, PageState.CLEAN)
    }
  }

  /** False when the page has changed after all: then it is DIRTY, and open. */
  private closeWatched(page: PageId, protection: number, after: PageState): boolean {
    this.set(page, PageState.CLOSING)
    this.pause()
    this.protection[page] = protection
    this.pause()
    if (this.isChanged(page)) {
      this.protection[page] = WRITABLE
      this.begin(page)
      return false
    }
    this.twins.delete(page)
    this.publish(page, after)
    return true
  }

  private begin(page: PageId): void {
    this.dirty.add(page)
    this.pause()
    this.publish(page, PageState.DIRTY)
  }

  private isChanged(page: PageId): boolean {
    const twin = this.twins.get(page)
    assert(twin !== undefined, `page ${page} has no twin`)
    return makeDiff(twin, this.slice(page)).length > 0
  }

  /** The service meets a page in TWINNING: it waits for the handler, which waits for nobody. */
  private await(page: PageId): void {
    for (let handler = this.handlers.get(page); handler; handler = this.handlers.get(page)) this.handle(page, handler)
  }

  /** The steps of a handler that opens a page for writing, in the order of native/pages.c. */
  private handle(page: PageId, handler: Handler): void {
    switch (handler.next) {
      case 'twin':
        this.makeTwin(page)
        handler.next = 'list'
        break
      case 'list':
        this.dirty.add(page)
        handler.next = 'open'
        break
      case 'open':
        this.protection[page] = WRITABLE
        handler.next = 'publish'
        break
      case 'publish':
        this.handlers.delete(page)
        this.publish(page, PageState.DIRTY)
    }
  }

  private closeWithDiff(page: PageId, protection: number, after: PageState): Uint8Array {
    this.set(page, PageState.CLOSING)
    this.pause()
    this.protection[page] = protection
    this.pause()
    const diff = this.takeDiff(page)
    this.pause()
    this.publish(page, after)
    return diff
  }

  private makeTwin(page: PageId): void {
    this.twins.set(page, this.slice(page).slice())
    this.twinsMade++
  }

  private takeDiff(page: PageId): Uint8Array {
    const twin = this.twins.get(page)
    assert(twin !== undefined, `page ${page} has no twin`)
    this.twins.delete(page)
    return this.lend(makeDiff(twin, this.slice(page)))
  }

  private lend(diff: Uint8Array): Uint8Array {
    this.lent?.push(diff)
    return diff
  }

  private waits(page: PageId, write: boolean): Access {
    if (write) this.wantWrite.add(page)
    return 'waits'
  }

  private publish(page: PageId, state: PageState): void {
    this.set(page, state)
    this.wantWrite.delete(page)
    this.published(page)
  }

  private fault(page: PageId, write: boolean): void {
    if (write) this.writeFaults++
    else this.readFaults++
    this.faulted(page, write)
  }

  private slice(page: PageId): Uint8Array {
    return this.bytes.subarray(page * this.pageBytes, (page + 1) * this.pageBytes)
  }

  private set(page: PageId, state: PageState): void {
    this.states[page] = state
    this.changed(page, state)
  }
}

const nothing = (): void => {}
/** What the bytes of a diff become. */
const SPOILT = 0xee

/** The page that holds a byte. */
export const pageOf = (address: number, pageBytes: number): PageId => pageId(Math.floor(address / pageBytes))
