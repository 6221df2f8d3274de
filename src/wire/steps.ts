/**
 * Steps of the core (core/step.ts) as bytes and back: what a recording is made of. Like the codec of messages
 * it is tables, which give each event, call and action its byte and its fields in order; messages go as the
 * codec writes them. There is one encoding of a step, so two are the same when their bytes are.
 */
import type { Action, Answer, Event } from '../core/events.js'
import type { Taken } from '../core/lock-words.js'
import { type Invalidated, PageState } from '../core/memory.js'
import { type Message, meetingKinds } from '../core/messages.js'
import type { Call, Digest, Outcome, Result, Step, Thrown } from '../core/step.js'
import { type ErrorCode, errorTable } from '../errors.js'
import { MAX_BARRIER_ID } from '../limits.js'
import { decode, encode, MAX_ALIGN_EXPONENT, typeByte } from './codec.js'
import {
  alignment,
  blob,
  type Field,
  flag,
  integer,
  list,
  nothing,
  oneOf,
  record,
  text,
  type Variants,
  variant,
} from './fields.js'
import { cond, lock, node, page, proc } from './ids.js'
import { pageSet } from './rider.js'

const number = integer<number>(() => Number.MAX_SAFE_INTEGER)
/** What a program gives or a core decides has no bound but the recording's end. */
const bytes = blob(() => Number.MAX_SAFE_INTEGER)
const any = Number.MAX_SAFE_INTEGER

/** A message as in a frame: its type byte, its length, its body. */
const message: Field<Message> = {
  least: 5,
  write(writer, value) {
    writer.u8(typeByte(value))
    const at = writer.length
    writer.u32(0)
    encode(value, writer)
    writer.patchU32(at, writer.length - at - 4)
  },
  read(reader, bounds, name) {
    const type = reader.u8(name)
    return decode(type, reader.bytes(reader.u32(name), name), bounds)
  },
}

const events: Variants<Event> = {
  message: { byte: 1, fields: { from: node, message } },
  miss: { byte: 2, fields: { page } },
  lockAcquire: { byte: 3, fields: { proc, lock } },
  lockRelease: { byte: 4, fields: { proc, lock } },
  meet: {
    byte: 5,
    fields: {
      proc,
      kind: oneOf(meetingKinds),
      id: integer(() => MAX_BARRIER_ID),
      payload: bytes,
    },
  },
  malloc: { byte: 6, fields: { proc, bytes: number, align: alignment(MAX_ALIGN_EXPONENT) } },
  free: { byte: 7, fields: { proc, address: number } },
  ended: { byte: 8, fields: { proc } },
  condWait: { byte: 9, fields: { proc, lock, cond } },
  condSignal: { byte: 10, fields: { proc, lock, cond, all: flag } },
  lockTry: { byte: 11, fields: { proc, lock } },
  send: { byte: 12, fields: { proc, to: proc, bytes } },
  recv: { byte: 13, fields: { proc, from: proc } },
  probe: { byte: 14, fields: { proc, wait: flag } },
  flush: { byte: 15, fields: { proc } },
  holdOver: { byte: 16, fields: { page } },
}
export const event: Field<Event> = variant(events)

const thrown = record<Thrown>({ code: text, message: text })
const result = <T>(value: Field<T>): Field<Result<T>> =>
  variant<Result<T>>({
    returned: { byte: 0, fields: { value } },
    threw: { byte: 1, fields: { error: thrown } },
  } as Variants<Result<T>>)

/** 'clean', 'dirty', or the diff behind a 2. */
const invalidated: Field<Invalidated> = {
  least: 1,
  write(writer, value) {
    writer.u8(value === 'clean' ? 0 : value === 'dirty' ? 1 : 2)
    if (typeof value !== 'string') writer.blob(value)
  },
  read(reader, bounds, name) {
    const kind = reader.varint(name, 2)
    return kind === 0 ? 'clean' : kind === 1 ? 'dirty' : bytes.read(reader, bounds, name)
  },
}
const digest = record<Digest>({ bytes: number, checksum: integer(() => 0xffffffff) })
const done = result(nothing)
const yesOrNo = result(flag)
const taken = result(oneOf<Taken>(['taken', 'held', 'absent']))

const calls: Variants<Call> = {
  state: { byte: 1, fields: { page, result: result(integer<PageState>(() => PageState.EXCLUSIVE)) } },
  closeInterval: { byte: 2, fields: { keepWatched: flag, result: result(pageSet) } },
  makeDiff: { byte: 3, fields: { page, result: result(bytes) } },
  invalidate: { byte: 4, fields: { page, result: result(invalidated) } },
  patch: { byte: 5, fields: { page, diff: digest, result: yesOrNo } },
  beginFetch: { byte: 6, fields: { page, result: yesOrNo } },
  applyDiff: { byte: 7, fields: { page, diff: digest, result: yesOrNo } },
  open: { byte: 8, fields: { page, result: done } },
  tryHold: { byte: 9, fields: { lock, result: taken } },
  tryTake: { byte: 10, fields: { lock, result: taken } },
  hold: { byte: 11, fields: { lock, wanted: flag, result: done } },
  free: { byte: 12, fields: { lock, result: done } },
  settle: { byte: 13, fields: { lock, result: done } },
  renew: { byte: 14, fields: { page, result: result(bytes) } },
  contents: { byte: 15, fields: { page, result: result(bytes) } },
  wantsWrite: { byte: 16, fields: { page, result: yesOrNo } },
  grant: { byte: 17, fields: { page, exclusive: flag, result: done } },
  downgrade: { byte: 18, fields: { page, result: yesOrNo } },
  recall: { byte: 19, fields: { page, result: yesOrNo } },
}
export const call: Field<Call> = variant(calls)

const plainAnswer = record<Omit<Answer, 'error'>>({ value: number, used: flag, payload: bytes })
/** Behind the rest the error's code and message, or an empty code. */
const answer: Field<Answer> = {
  least: plainAnswer.least + 1,
  write(writer, value) {
    plainAnswer.write(writer, value)
    text.write(writer, value.error?.code ?? '')
    if (value.error !== undefined) text.write(writer, value.error.message)
  },
  read(reader, bounds, name) {
    const plain = plainAnswer.read(reader, bounds, name)
    const code = text.read(reader, bounds, 'code')
    if (code === '') return plain
    if (!Object.hasOwn(errorTable, code)) reader.refuse('code', `is '${code}', which does not exist`)
    return { ...plain, error: { code: code as ErrorCode, message: text.read(reader, bounds, 'message') } }
  },
}

const actions: Variants<Action> = {
  send: { byte: 1, fields: { to: node, message } },
  answer: { byte: 2, fields: { proc, answer } },
}
export const action: Field<Action> = variant(actions)

const outcome: Field<Outcome> = variant<Outcome>({
  actions: { byte: 1, fields: { actions: list(action, any) } },
  failed: { byte: 2, fields: { error: thrown } },
})

export const step: Field<Step> = record<Step>({ event, calls: list(call, any), outcome })
