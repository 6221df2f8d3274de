/**
 * What the core asks of the node's memory. The real node answers with native code (runtime/native-memory.ts),
 * the simulator with plain arrays (sim/memory.ts); both keep the page states of docs/page-states.md. Write
 * faults and the dirty list happen beside the core: their outcome enters it as the results of these calls,
 * so whoever records events and these results can replay a run.
 */
import type { PageId } from './ids.js'

export enum PageState {
  /** No access: a write notice has come whose diff has not. */
  INVALID = 0,
  /** No access; a thread waits and the service fetches. */
  FETCHING = 1,
  /** Readable. */
  CLEAN = 2,
  /** A fault handler makes the twin. */
  TWINNING = 3,
  /** Writable, has a twin, in the dirty list of the open interval. */
  DIRTY = 4,
  /** Writable, has a twin, its notice given in a closed interval, its diff not made yet. */
  NOTED = 5,
  /** The service closes it. */
  CLOSING = 6,
  /** Writable, and its last diff is made; compared with its twin when the next interval closes. */
  WATCHED = 7,
  /** Readable; a write is a miss. The page is owned by one node, this or another. */
  SHARED = 8,
  /** Writable, without a twin: no other node has a copy. */
  EXCLUSIVE = 9,
}

/**
 * What `invalidate` found: no twin, a page of the open interval (nothing was done), or the diff. A diff that any of these
 * calls gives stays as it is until the node's next step: whoever holds it for longer copies it.
 */
export type Invalidated = 'clean' | 'dirty' | Uint8Array

export interface PageMemory {
  readonly pageBytes: number
  readonly pageCount: number
  state(page: PageId): PageState
  /**
   * Takes the dirty list, ascending: each page DIRTY → NOTED, and so is each WATCHED one that has changed. One that has
   * not stays WATCHED for some time, or becomes CLEAN at once when `keepWatched` is false.
   */
  closeInterval(keepWatched: boolean): PageId[]
  /** NOTED → CLEAN, and its diff. */
  makeDiff(page: PageId): Uint8Array
  /** NOTED → WATCHED, and its diff: the page stays open, because it will be written again. CLEAN if the diff is empty. */
  renew(page: PageId): Uint8Array
  /** CLEAN, NOTED or WATCHED → INVALID; 'dirty' asks the caller to close the interval first; FETCHING stays. */
  invalidate(page: PageId): Invalidated
  /** A diff that writes every byte of the page as it is now, in any state. */
  contents(page: PageId): Uint8Array
  /**
   * Writes a diff to a CLEAN page, which stays readable: a thread that races with it sees each byte old or new. Or to a
   * DIRTY, NOTED or WATCHED one and its twin, so that it is no write of this node. False, and nothing written, in any
   * other state.
   */
  patch(page: PageId, diff: Uint8Array): boolean
  /** INVALID → FETCHING, before any thread misses the page. False in any other state. */
  beginFetch(page: PageId): boolean
  /** Writes a diff to a page that is FETCHING. False, and nothing written, when it is malformed. */
  applyDiff(page: PageId, diff: Uint8Array): boolean
  /** FETCHING → CLEAN, or DIRTY when a writer waits; the waiting threads go on. */
  open(page: PageId): void
  /** Whether a thread that waits for a FETCHING page wants to write. */
  wantsWrite(page: PageId): boolean
  /**
   * FETCHING → EXCLUSIVE or SHARED, for the threads that wait. The page is held until one of them has gone on, so that
   * each fault gets somewhere.
   */
  grant(page: PageId, exclusive: boolean): void
  /** EXCLUSIVE → SHARED. False, and nothing done, when the page is held: an event `holdOver` says when to try again. */
  downgrade(page: PageId): boolean
  /** SHARED or EXCLUSIVE → INVALID; what a FETCHING page may be read of is closed. False as for `downgrade`. */
  recall(page: PageId): boolean
}
