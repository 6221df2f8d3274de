/**
 * The codec: every message of core/messages.ts as bytes and back, by one table that gives each its type byte
 * and its fields in order. Decoding checks every value against the bounds of the run before memory is taken
 * for it, copies what it keeps, and accepts one encoding per message, so `encode(decode(x))` is `x` again.
 */
import { maxDiffBytes } from '../core/diff.js'
import {
  type DiffName,
  type HomeOfPage,
  type IntervalName,
  type Message,
  meetingKinds,
  type PageDiff,
  type Sleeper,
} from '../core/messages.js'
import { TreadMarksError } from '../errors.js'
import {
  MAILBOX_BYTES,
  MAX_BARRIER_ID,
  MAX_DIFFS,
  MAX_HOME_MOVES,
  MAX_NOTICES,
  MAX_PAYLOAD_BYTES,
  MAX_PROCS,
} from '../limits.js'
import type { Bounds } from './bounds.js'
import { ByteReader, type ByteWriter } from './bytes.js'
import { diffs, homeDiffs, pushedDiffs } from './diffs.js'
import {
  alignment,
  blob,
  type Field,
  type Fields,
  flag,
  integer,
  list,
  oneOf,
  record,
  type Variants,
} from './fields.js'
import { cond, index, lock, node, page, proc } from './ids.js'
import { pageSet, rider, vectorTime } from './rider.js'

/** The byte that says in a frame's header what its body is. */
export const typeByte = (message: Message): number => table[message.type].byte

/** Writes the body of `message`. */
export function encode(message: Message, writer: ByteWriter): void {
  ;(bodies.get(typeByte(message)) as Body).write(writer, message)
}

/**
 * The message of type `byte` that `body` holds, all of it; throws ERR_TM_PROTOCOL. Diffs of one that is all diffs are views
 * of the body: whoever holds them for longer than that copies them.
 */
export function decode(byte: number, body: Uint8Array, bounds: Bounds): Message {
  const entry = bodies.get(byte)
  if (entry === undefined) throw new TreadMarksError('ERR_TM_PROTOCOL', `there is no message of type ${byte}`)
  // They are many, most are written to a page at once, and new memory would cost more than its bytes.
  const views = entry.type === 'diffReply' || entry.type === 'diffPush' || entry.type === 'homeFlush'
  const reader = new ByteReader(body, entry.type, views)
  const message = entry.read(reader, bounds)
  reader.end()
  return message
}

type Type = Message['type']

/** An address, or a number of bytes that lie in the heap. */
const heapBytes = integer<number>((bounds) => bounds.heapBytes)
/** What a program asks for may be more than there is; the answer to it is ERR_TM_NO_MEMORY. */
const anyBytes = integer<number>(() => Number.MAX_SAFE_INTEGER, 1)
/** 2³⁰ bytes: the largest that the allocator takes. */
export const MAX_ALIGN_EXPONENT = 30
const payload = blob(() => MAX_PAYLOAD_BYTES)
const time = vectorTime
/** A process sleeps once at a time. */
const sleepers = list(record<Sleeper>({ cond, proc }), MAX_PROCS)

const moves = integer<number>(() => MAX_HOME_MOVES)
/** One of each writer at most. */
const intervals = list(record<IntervalName>({ node, index }), MAX_PROCS)
const wholePage = blob((bounds) => maxDiffBytes(bounds.pageBytes))

const flushId = integer<number>(() => 2 ** 32 - 1, 1)
const pageDiffs = list(record<PageDiff>({ page, bytes: wholePage }), MAX_DIFFS)

/** Type bytes are part of the protocol: a change of one, or of a field, is a new PROTOCOL_VERSION. */
const table: Variants<Message> = {
  lockRequest: { byte: 1, fields: { lock, requester: node, time } },
  lockForward: { byte: 2, fields: { lock, requester: node, time } },
  lockGrant: { byte: 3, fields: { lock, rider, sleepers } },
  arrive: {
    byte: 4,
    fields: {
      kind: oneOf(meetingKinds),
      id: integer(() => MAX_BARRIER_ID),
      rider,
      payload,
    },
  },
  depart: { byte: 5, fields: { rider, payload } },
  mallocRequest: { byte: 6, fields: { proc, bytes: anyBytes, align: alignment(MAX_ALIGN_EXPONENT), time } },
  mallocReply: {
    byte: 7,
    fields: { proc, address: heapBytes, used: flag, free: heapBytes, largest: heapBytes, rider },
  },
  freeRequest: { byte: 8, fields: { proc, address: heapBytes, rider } },
  freeReply: { byte: 9, fields: { proc, ok: flag } },
  ended: { byte: 10, fields: { proc } },
  diffRequest: { byte: 11, fields: { wants: list(record<DiffName>({ page, node, index }), MAX_DIFFS) } },
  diffReply: { byte: 12, fields: { diffs } },
  diffPush: { byte: 13, fields: { diffs: pushedDiffs } },
  condWake: { byte: 14, fields: { lock, proc } },
  lockTry: { byte: 15, fields: { lock, requester: node, time } },
  lockTryForward: { byte: 16, fields: { lock, requester: node, time } },
  lockTried: { byte: 17, fields: { lock, granted: flag } },
  lockBusy: { byte: 18, fields: { lock } },
  parcel: { byte: 19, fields: { from: proc, to: proc, bytes: payload } },
  diffKeep: { byte: 21, fields: { pages: pageSet } },
  pageRequest: { byte: 22, fields: { page, requester: node, needs: intervals, take: flag, moves } },
  pageReply: { byte: 23, fields: { page, bytes: wholePage, moves, yours: flag, applied: intervals } },
  homeFlush: { byte: 24, fields: { diffs: homeDiffs } },
  homeClaim: { byte: 25, fields: { pages: pageSet } },
  homeIs: { byte: 26, fields: { homes: list(record<HomeOfPage>({ page, home: node, moves }), MAX_NOTICES) } },
  homeOffer: { byte: 27, fields: { page } },
  eagerFlush: { byte: 28, fields: { id: flushId, diffs: pageDiffs } },
  eagerFlushed: { byte: 29, fields: { id: flushId } },
  eagerUpdate: { byte: 30, fields: { diffs: pageDiffs } },
  eagerInvalidate: { byte: 31, fields: { pages: pageSet } },
  eagerAck: { byte: 32, fields: { dropped: pageSet } },
  pageRecall: { byte: 33, fields: { page, next: node } },
  pageRecalled: { byte: 34, fields: { page } },
  parcelTaken: { byte: 20, fields: { from: proc, to: proc, cost: integer(() => MAILBOX_BYTES, 1) } },
}

interface Body {
  readonly type: Type
  write(writer: ByteWriter, message: Message): void
  read(reader: ByteReader, bounds: Bounds): Message
}

/** The table by type byte. The one place where the compiler takes our word that a record is that message. */
const bodies = new Map<number, Body>(
  (Object.keys(table) as Type[]).map((type) => {
    const body = record<object>(table[type].fields as Fields<object>, { type }) as Field<Message>
    return [
      table[type].byte,
      {
        type,
        write: (writer, message) => body.write(writer, message),
        read: (reader, bounds) => body.read(reader, bounds, type),
      },
    ]
  }),
)
