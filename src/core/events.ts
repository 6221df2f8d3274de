/**
 * What goes into the core and what comes out. Everything that happens to a node is one of these events, and
 * everything it decides is one of these actions; sends must leave in the order given, and an answer may be
 * given to a thread only after the sends before it were queued.
 */
import type { ErrorCode } from '../errors.js'
import type { CondId, LockId, NodeId, PageId, ProcId } from './ids.js'
import type { MeetingKind, Message } from './messages.js'

export type Event =
  /** A message has come; messages of one node come in the order it sent them. */
  | { readonly type: 'message'; readonly from: NodeId; readonly message: Message }
  /** A thread missed this page; it is FETCHING. */
  | { readonly type: 'miss'; readonly page: PageId }
  /** A page that was held when it should have been given away is held no more. */
  | { readonly type: 'holdOver'; readonly page: PageId }
  /** A process wants a lock that its lock word did not give. */
  | { readonly type: 'lockAcquire'; readonly proc: ProcId; readonly lock: LockId }
  /** A process takes a lock if it is free; its word alone did not tell. Answered 1 or 0. */
  | { readonly type: 'lockTry'; readonly proc: ProcId; readonly lock: LockId }
  /** A process has released a lock whose word was WANTED; it does not wait for an answer. */
  | { readonly type: 'lockRelease'; readonly proc: ProcId; readonly lock: LockId }
  /** A process that holds the lock gives it up and sleeps; it is answered when it has been woken and holds the lock again. */
  | { readonly type: 'condWait'; readonly proc: ProcId; readonly lock: LockId; readonly cond: CondId }
  /** A process that holds the lock wakes the first sleeper of the condition, or all. */
  | {
      readonly type: 'condSignal'
      readonly proc: ProcId
      readonly lock: LockId
      readonly cond: CondId
      readonly all: boolean
    }
  | {
      readonly type: 'meet'
      readonly proc: ProcId
      readonly kind: MeetingKind
      readonly id: number
      readonly payload: Uint8Array
    }
  /** A process is about to release; it is answered when its node's writes are where they must be. */
  | { readonly type: 'flush'; readonly proc: ProcId }
  | { readonly type: 'malloc'; readonly proc: ProcId; readonly bytes: number; readonly align: number }
  | { readonly type: 'free'; readonly proc: ProcId; readonly address: number }
  /** A process sends bytes to another, or to itself. */
  | { readonly type: 'send'; readonly proc: ProcId; readonly to: ProcId; readonly bytes: Uint8Array }
  /** A process wants the next bytes of another; it is answered with them. */
  | { readonly type: 'recv'; readonly proc: ProcId; readonly from: ProcId }
  /** A process asks whose message has waited for it longest. Answered that process + 1; with none 0, or when one comes. */
  | { readonly type: 'probe'; readonly proc: ProcId; readonly wait: boolean }
  /** The program of this process has ended; it calls no more. */
  | { readonly type: 'ended'; readonly proc: ProcId }

/** The answer to a call of a process. */
export interface Answer {
  /** An address; 1 for a lock that a try has taken; 1 + the sender that a probe found; else 0. */
  readonly value: number
  /** malloc: the memory was used before, and the caller must zero it. */
  readonly used: boolean
  /** What a meeting decided, or what was received. */
  readonly payload: Uint8Array
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

export type Action =
  | { readonly type: 'send'; readonly to: NodeId; readonly message: Message }
  | { readonly type: 'answer'; readonly proc: ProcId; readonly answer: Answer }

const nothing = new Uint8Array(0)
export const done: Answer = { value: 0, used: false, payload: nothing }

/** Where the parts of the core put what they decide. */
export interface Outbox {
  /** To any node, this one included. */
  send(to: NodeId, message: Message): void
  answer(proc: ProcId, answer: Answer): void
}
