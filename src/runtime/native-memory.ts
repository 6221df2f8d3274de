/**
 * The node's real memory behind the core's `PageMemory`: each method is one call of the addon, which changes
 * page states, protection and bytes together (native/pages.c). Runs on the service thread.
 */
import { maxDiffBytes, putWholeHeader, wholeHeader } from '../core/diff.js'
import type { PageId } from '../core/ids.js'
import type { Invalidated, PageMemory, PageState } from '../core/memory.js'
import { assert } from '../errors.js'
import type { Binding } from './binding.js'
import type { Holds } from './holds.js'

const NO_TWIN = -1
/** Of the buffers in which diffs lie together, bytes. */
const SLAB_BYTES = 256 * 1024
/** So many of them are kept from step to step. */
const KEPT_SLABS = 8
const DIRTY = -2

export class NativeMemory implements PageMemory {
  private readonly pages: Uint32Array
  private readonly diff: Uint8Array
  /** Where diffs are copied to, which of these is in use, and how much of it is taken. */
  private readonly slabs: Uint8Array[] = []
  private slab = 0
  private slabAt = 0

  constructor(
    private readonly native: Binding,
    private readonly holds: Holds,
    readonly pageBytes: number,
    readonly pageCount: number,
  ) {
    this.pages = new Uint32Array(pageCount)
    this.diff = new Uint8Array(maxDiffBytes(pageBytes))
  }

  /** A step begins: no diff that was given before is looked at again. New memory would cost more than the copies. */
  forgetDiffs(): void {
    this.slab = 0
    this.slabAt = 0
    if (this.slabs.length > KEPT_SLABS) this.slabs.length = KEPT_SLABS
  }

  state(page: PageId): PageState {
    return this.native.pageState(page)
  }

  closeInterval(keepWatched: boolean): PageId[] {
    const count = this.native.closeInterval(this.pages, keepWatched)
    const pages: PageId[] = []
    for (let i = 0; i < count; i++) pages.push(this.pages[i] as PageId)
    return pages
  }

  makeDiff(page: PageId): Uint8Array {
    return this.kept(page, this.native.makeDiff(page, this.diff))
  }

  renew(page: PageId): Uint8Array {
    return this.kept(page, this.native.renew(page, this.diff))
  }

  invalidate(page: PageId): Invalidated {
    const length = this.native.invalidate(page, this.diff)
    if (length === NO_TWIN) return 'clean'
    if (length === DIRTY) return 'dirty'
    return this.kept(page, length)
  }

  contents(page: PageId): Uint8Array {
    const header = wholeHeader(this.pageBytes)
    const diff = new Uint8Array(header + this.pageBytes)
    putWholeHeader(diff, this.pageBytes)
    this.native.readPage(page, diff, header)
    return diff
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    return this.native.patchPage(page, diff)
  }

  beginFetch(page: PageId): boolean {
    return this.native.beginFetch(page)
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    return this.native.applyDiff(page, diff)
  }

  open(page: PageId): void {
    this.native.openPage(page)
  }

  wantsWrite(page: PageId): boolean {
    return this.native.wantsWrite(page)
  }

  grant(page: PageId, exclusive: boolean): void {
    this.native.grant(page, exclusive)
  }

  downgrade(page: PageId): boolean {
    return this.orAwaited(page, this.native.downgrade(page))
  }

  recall(page: PageId): boolean {
    return this.orAwaited(page, this.native.recall(page))
  }

  /** The shell says when it is held no more. */
  private orAwaited(page: PageId, done: boolean): boolean {
    if (!done) this.holds.await(page)
    return done
  }

  /** A copy of the diff that was made. Small ones lie together, since a buffer of its own costs more than its bytes. */
  private kept(page: PageId, length: number): Uint8Array {
    if (length < 0) assert(false, `a diff of page ${page}, which is not noted`)
    if (length > SLAB_BYTES / 8) return this.diff.slice(0, length)
    if (this.slabAt + length > SLAB_BYTES) {
      this.slab++
      this.slabAt = 0
    }
    let slab = this.slabs[this.slab]
    if (slab === undefined) {
      slab = new Uint8Array(SLAB_BYTES)
      this.slabs.push(slab)
    }
    const copy = slab.subarray(this.slabAt, this.slabAt + length)
    copy.set(this.diff.subarray(0, length))
    this.slabAt += length
    return copy
  }
}
