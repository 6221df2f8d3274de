/**
 * Pages that should be given away and are held still: granted to threads of this node none of which has gone on. That a
 * thread has left its fault handler is seen here; then it is given a moment more, to do the access that it came for.
 */
import type { PageId } from '../core/ids.js'
import { HOLD_MS } from '../limits.js'

const none: readonly PageId[] = []

export class Holds {
  /** When each was first seen to be held no more, ms; undefined before. */
  private readonly awaited = new Map<PageId, number | undefined>()
  private readonly nap = new Int32Array(new SharedArrayBuffer(4))

  constructor(
    private readonly isHeld: (page: PageId) => boolean,
    /** Ms. */
    private readonly clock: () => number,
  ) {}

  get any(): boolean {
    return this.awaited.size > 0
  }

  await(page: PageId): void {
    if (!this.awaited.has(page)) this.awaited.set(page, undefined)
  }

  /** Those whose hold is over: each is told once. Where there are any, it sleeps first, so that their threads can go on. */
  over(): readonly PageId[] {
    if (!this.any) return none
    Atomics.wait(this.nap, 0, 0, HOLD_MS)
    const now = this.clock()
    const over: PageId[] = []
    for (const [page, since] of this.awaited) {
      if (since === undefined) {
        if (!this.isHeld(page)) this.awaited.set(page, now)
      } else if (now - since >= HOLD_MS) {
        this.awaited.delete(page)
        over.push(page)
      }
    }
    return over
  }
}
