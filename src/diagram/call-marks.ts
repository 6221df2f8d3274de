/**
 * The marks of what processes ask of their node: an acquire, an arrival at a barrier, and what the answer to each of
 * them means. A recording has these events; the simulator hears most of them from the program threads themselves.
 */
import type { Answer, Event } from '../core/events.js'
import type { MeetingKind } from '../core/messages.js'
import type { MarkType } from './timeline.js'

export interface CallMark {
  readonly mark: MarkType
  readonly text: string
}

/** What a process calls; anything else is an event of the node. */
export type CallEvent = Exclude<Event, { type: 'message' | 'miss' | 'holdOver' }>

/** When the process asks. */
export function askMark(event: CallEvent): CallMark {
  switch (event.type) {
    case 'lockAcquire':
      return { mark: 'want', text: `wants lock ${event.lock}` }
    case 'lockTry':
      return { mark: 'want', text: `tries lock ${event.lock}` }
    case 'lockRelease':
      return { mark: 'release', text: `releases lock ${event.lock}` }
    case 'condWait':
      return { mark: 'release', text: `waits: lock ${event.lock}, condition ${event.cond}` }
    case 'condSignal':
      return { mark: 'other', text: `wakes ${event.all ? 'all' : 'one'}: lock ${event.lock}, condition ${event.cond}` }
    case 'meet':
      return { mark: 'arrive', text: `arrives at ${meetingName(event.kind, event.id)}` }
    case 'flush':
      return { mark: 'other', text: 'flushes, to release' }
    case 'malloc':
      return { mark: 'other', text: `wants ${event.bytes} bytes` }
    case 'free':
      return { mark: 'other', text: `frees ${event.address}` }
    case 'send':
      return { mark: 'other', text: `sends to process ${event.to}` }
    case 'recv':
      return { mark: 'other', text: `receives from process ${event.from}` }
    case 'probe':
      return { mark: 'other', text: event.wait ? 'waits for a message' : 'looks for a message' }
    case 'ended':
      return { mark: 'end', text: 'ends' }
  }
}

/** When it is answered; undefined when that shows nothing that the question does not. */
export function answerMark(event: CallEvent, { value, error }: Answer): CallMark | undefined {
  if (error !== undefined) return { mark: 'other', text: `gets ${error.code}` }
  switch (event.type) {
    case 'lockAcquire':
      return { mark: 'acquire', text: `acquires lock ${event.lock}` }
    case 'lockTry':
      return value === 1
        ? { mark: 'acquire', text: `acquires lock ${event.lock}` }
        : { mark: 'other', text: `lock ${event.lock} is not free` }
    case 'condWait':
      return { mark: 'acquire', text: `woken, acquires lock ${event.lock}` }
    case 'meet':
      return { mark: 'depart', text: `departs from ${meetingName(event.kind, event.id)}` }
    case 'malloc':
      return { mark: 'other', text: value === 0 ? 'no room' : `has memory at ${value}` }
    case 'recv':
      return { mark: 'other', text: `has received from process ${event.from}` }
    default:
      return undefined
  }
}

const meetingName = (kind: MeetingKind, id: number): string => (kind === 'barrier' ? `barrier ${id}` : kind)
