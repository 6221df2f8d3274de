/**
 * What a process waits for, in words: the call it is in and has not been answered. When nothing moves any more, the
 * waits of all processes together say why.
 */
import { assert } from '../errors.js'
import type { Event } from './events.js'
import type { LockId, ProcId } from './ids.js'
import { meetingName } from './meeting.js'

/** Events by which a process calls and is answered. */
export type Call = Extract<Event, { readonly proc: ProcId }>

export interface Wait {
  readonly proc: ProcId
  /** As in "process 3 waits at barrier 0", without the process. */
  readonly what: string
  /** The lock it wants. */
  readonly lock: LockId | undefined
}

/** `asleep`: the caller waits for a condition and has not been woken. */
export function waitOf(call: Call, asleep: boolean): Wait {
  const { proc } = call
  switch (call.type) {
    case 'lockAcquire':
      return { proc, what: `waits for lock ${call.lock}`, lock: call.lock }
    case 'condWait':
      if (asleep) return { proc, what: `sleeps on condition ${call.cond} of lock ${call.lock}`, lock: undefined }
      return { proc, what: `has been woken and waits for lock ${call.lock}`, lock: call.lock }
    case 'meet':
      return { proc, what: `waits at ${meetingName(call)}`, lock: undefined }
    case 'send':
      return { proc, what: `waits until process ${call.to} receives what it has sent`, lock: undefined }
    case 'recv':
      return { proc, what: `waits for a message of process ${call.from}`, lock: undefined }
    case 'probe':
      return { proc, what: 'waits for a message of any process', lock: undefined }
    case 'flush':
      return { proc, what: 'waits until others have taken what it has written', lock: undefined }
    case 'lockTry':
    case 'condSignal':
    case 'malloc':
    case 'free':
      return { proc, what: `waits for the answer to ${call.type}`, lock: undefined }
    default:
      assert(false, `process ${proc} waits for the answer to ${call.type}, which has none`)
  }
}
