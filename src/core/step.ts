/**
 * One step of the core as data: the event that went in, the calls that the core made on its memory and lock
 * words with what came back, and what it decided. That is all that enters and all that leaves, so a run that
 * was written down as steps can be done again without the memory (recorder.ts writes, lab/replay repeats).
 */
import type { Action, Event } from './events.js'
import type { LockId, PageId } from './ids.js'
import type { Taken } from './lock-words.js'
import type { Invalidated, PageState } from './memory.js'

export interface Step {
  readonly event: Event
  /** In the order in which they were made. */
  readonly calls: readonly Call[]
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly type: 'actions'; readonly actions: readonly Action[] }
  /** The run is over, because of this. */
  | { readonly type: 'failed'; readonly error: Thrown }

/** A method of `PageMemory` or `LockWords`, its arguments by name, and its result. */
export type Call =
  | { readonly type: 'state'; readonly page: PageId; readonly result: Result<PageState> }
  | { readonly type: 'closeInterval'; readonly keepWatched: boolean; readonly result: Result<PageId[]> }
  | { readonly type: 'makeDiff'; readonly page: PageId; readonly result: Result<Uint8Array> }
  | { readonly type: 'renew'; readonly page: PageId; readonly result: Result<Uint8Array> }
  | { readonly type: 'invalidate'; readonly page: PageId; readonly result: Result<Invalidated> }
  | { readonly type: 'contents'; readonly page: PageId; readonly result: Result<Uint8Array> }
  | { readonly type: 'patch'; readonly page: PageId; readonly diff: Digest; readonly result: Result<boolean> }
  | { readonly type: 'beginFetch'; readonly page: PageId; readonly result: Result<boolean> }
  | { readonly type: 'applyDiff'; readonly page: PageId; readonly diff: Digest; readonly result: Result<boolean> }
  | { readonly type: 'open'; readonly page: PageId; readonly result: Result<void> }
  | { readonly type: 'wantsWrite'; readonly page: PageId; readonly result: Result<boolean> }
  | { readonly type: 'grant'; readonly page: PageId; readonly exclusive: boolean; readonly result: Result<void> }
  | { readonly type: 'downgrade'; readonly page: PageId; readonly result: Result<boolean> }
  | { readonly type: 'recall'; readonly page: PageId; readonly result: Result<boolean> }
  | { readonly type: 'tryHold'; readonly lock: LockId; readonly result: Result<Taken> }
  | { readonly type: 'tryTake'; readonly lock: LockId; readonly result: Result<Taken> }
  | { readonly type: 'hold'; readonly lock: LockId; readonly wanted: boolean; readonly result: Result<void> }
  | { readonly type: 'free'; readonly lock: LockId; readonly result: Result<void> }
  | { readonly type: 'settle'; readonly lock: LockId; readonly result: Result<void> }

export type Method = Call['type']
export type CallOf<M extends Method> = Extract<Call, { type: M }>
export type Args<M extends Method> = Omit<CallOf<M>, 'type' | 'result'>
/** What a call gives back. */
export type Returned<M extends Method> = Extract<CallOf<M>['result'], { type: 'returned' }>['value']

export type Result<T> =
  | { readonly type: 'returned'; readonly value: T }
  | { readonly type: 'threw'; readonly error: Thrown }

export interface Thrown {
  /** Of a TreadMarksError; empty for any other. */
  readonly code: string
  readonly message: string
}

/** Stands for bytes that are written down elsewhere: a diff that is applied has come in a message. */
export interface Digest {
  readonly bytes: number
  readonly checksum: number
}

/** 32 bits that change with every byte; the shell has a fast one. */
export type Checksum = (bytes: Uint8Array) => number
