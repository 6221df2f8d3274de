/** Each field of each message one step beyond its bound, and small frames that stand for much memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maxDiffBytes } from '../../src/core/diff.js'
import { condId, intervalIndex, lockId, nodeId, pageId, procId } from '../../src/core/ids.js'
import type { Interval, Rider } from '../../src/core/interval.js'
import type { Message } from '../../src/core/messages.js'
import {
  MAX_DIFFS,
  MAX_INTERVALS,
  MAX_NOTICES,
  MAX_PAYLOAD_BYTES,
  MAX_PROCS,
  MAX_TIME_ENTRIES,
} from '../../src/limits.js'
import type { Bounds } from '../../src/wire/bounds.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { decode, encode, typeByte } from '../../src/wire/codec.js'
import { bodyOf, refused } from './encoded.js'

const bounds: Bounds = { nodes: 3, procs: 6, pages: 100, pageBytes: 64, heapBytes: 6400 }
const time = Uint32Array.of(1, 2, 3)
const interval = (change: Partial<Interval> = {}): Interval => ({
  node: nodeId(1),
  index: intervalIndex(2),
  time,
  pages: [pageId(0), pageId(1), pageId(50), pageId(99)],
  ...change,
})
const ride = (...intervals: Interval[]): Rider => ({ time, intervals })
const nothing = new Uint8Array(0)

const lockRequest = { type: 'lockRequest', lock: lockId(1), requester: nodeId(2), time } as const
const lockForward = { ...lockRequest, type: 'lockForward' } as const
const sleeper = { cond: condId(2 ** 32 - 1), proc: procId(5) }
const lockGrant = { type: 'lockGrant', lock: lockId(1), rider: ride(interval()), sleepers: [sleeper] } as const
const condWake = { type: 'condWake', lock: lockId(1), proc: procId(5) } as const
const arrive = { type: 'arrive', kind: 'barrier', id: 1, rider: ride(interval()), payload: nothing } as const
const depart = { type: 'depart', rider: ride(interval()), payload: nothing } as const
const mallocRequest = { type: 'mallocRequest', proc: procId(5), bytes: 100, align: 8, time } as const
const mallocReply = {
  type: 'mallocReply',
  proc: procId(5),
  address: 6400,
  used: true,
  free: 6400,
  largest: 6400,
  rider: ride(),
} as const
const freeRequest = { type: 'freeRequest', proc: procId(5), address: 6400, rider: ride() } as const
const freeReply = { type: 'freeReply', proc: procId(5), ok: true } as const
const ended = { type: 'ended', proc: procId(5) } as const
const want = { page: pageId(99), node: nodeId(2), index: intervalIndex(1) } as const
const diffRequest = {
  type: 'diffRequest',
  wants: [want],
} as const
const longest = new Uint8Array(maxDiffBytes(64))
const diffReply = {
  type: 'diffReply',
  diffs: [{ ...want, bytes: longest }],
} as const

test('everything at its bound is accepted', () => {
  const all: Message[] = [
    lockRequest,
    lockForward,
    lockGrant,
    condWake,
    arrive,
    depart,
    mallocRequest,
    mallocReply,
    freeRequest,
    freeReply,
    ended,
    diffRequest,
    diffReply,
  ]
  for (const message of all) assert.deepEqual(decode(typeByte(message), bodyOf(message), bounds), message)
})

describe('a field beyond its bound is refused by name', () => {
  const riders: [Interval, RegExp][] = [
    [interval({ pages: [pageId(100)] }), /pages.*is 100, not in 0 … 99/],
    [interval({ pages: [pageId(98), pageId(99), pageId(100)] }), /pages.*is 3, not in 1 … 2/],
    [interval({ pages: [pageId(99), pageId(101)] }), /pages/],
  ]
  const beyond: [Message, RegExp][] = [
    [{ ...lockRequest, lock: lockId(2 ** 32) }, /lock.*4294967296/],
    [{ ...lockRequest, requester: nodeId(3) }, /requester/],
    [{ ...lockForward, lock: lockId(2 ** 32) }, /lock/],
    [{ ...lockForward, requester: nodeId(3) }, /requester/],
    [{ ...lockGrant, lock: lockId(2 ** 32) }, /lock/],
    [{ ...lockGrant, sleepers: [sleeper, { ...sleeper, proc: procId(6) }] }, /proc.*is 6, not in 0 … 5/],
    [{ ...lockGrant, sleepers: [{ ...sleeper, cond: condId(2 ** 32) }] }, /cond/],
    [{ ...condWake, lock: lockId(2 ** 32) }, /lock/],
    [{ ...condWake, proc: procId(6) }, /proc/],
    [{ ...arrive, id: 2 ** 32 }, /id/],
    [{ ...mallocRequest, proc: procId(6) }, /proc/],
    [{ ...mallocReply, proc: procId(6) }, /proc/],
    [{ ...mallocReply, address: 6401 }, /address/],
    [{ ...mallocReply, free: 6401 }, /free/],
    [{ ...mallocReply, largest: 6401 }, /largest/],
    [{ ...freeRequest, proc: procId(6) }, /proc/],
    [{ ...freeRequest, address: 6401 }, /address/],
    [{ ...freeReply, proc: procId(6) }, /proc/],
    [{ ...ended, proc: procId(6) }, /proc/],
    [{ ...diffRequest, wants: [{ ...want, page: pageId(100) }] }, /page/],
    [{ ...diffRequest, wants: [{ ...want, node: nodeId(3) }] }, /node/],
    [{ ...diffRequest, wants: [{ ...want, index: intervalIndex(0) }] }, /index/],
    [{ ...diffRequest, wants: [{ ...want, index: intervalIndex(2 ** 32) }] }, /index/],
    [{ ...diffReply, diffs: [{ ...want, page: pageId(100), bytes: nothing }] }, /page/],
    [{ ...diffReply, diffs: [{ ...want, node: nodeId(3), bytes: nothing }] }, /node/],
    [{ ...diffReply, diffs: [{ ...want, index: intervalIndex(0), bytes: nothing }] }, /index/],
    [
      {
        ...diffReply,
        diffs: [{ ...want, bytes: new Uint8Array(longest.length + 1) }],
      },
      /bytes.*is 73, not in 0 … 72/,
    ],
  ]
  for (const [bad, name] of riders) {
    const rider: Rider = { time: new Uint32Array(bad.time.length), intervals: [bad] }
    beyond.push(
      [{ ...lockGrant, rider }, name],
      [{ ...arrive, rider }, name],
      [{ ...depart, rider }, name],
      [{ ...mallocReply, rider }, name],
      [{ ...freeRequest, rider }, name],
    )
  }
  beyond.forEach(([message, name], i) => {
    test(`${i}: ${message.type} ${name.source}`, () => {
      refused(() => decode(typeByte(message), bodyOf(message), bounds), name)
    })
  })
})

describe('a vector time of another length is refused', () => {
  for (const wrong of [Uint32Array.of(1, 2), Uint32Array.of(1, 2, 3, 4), new Uint32Array(2), new Uint32Array(4)]) {
    const messages: Message[] = [
      { ...lockRequest, time: wrong },
      { ...lockForward, time: wrong },
      { ...mallocRequest, time: wrong },
      { ...lockGrant, rider: { time: wrong, intervals: [] } },
      { ...arrive, rider: { time: wrong, intervals: [] } },
      { ...depart, rider: { time: wrong, intervals: [] } },
      { ...mallocReply, rider: { time: wrong, intervals: [] } },
      { ...freeRequest, rider: { time: wrong, intervals: [] } },
    ]
    for (const message of messages) {
      test(`${message.type} of ${wrong.length}`, () =>
        refused(() => decode(typeByte(message), bodyOf(message), bounds)))
    }
  }
})

/** A body made by hand. */
function body(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter()
  write(writer)
  return writer.subarray().slice()
}
const varints = (...values: number[]): Uint8Array =>
  body((writer) => {
    for (const value of values) writer.varint(value)
  })
const read = (type: Message['type'], bytes: Uint8Array, within: Bounds = bounds): Message =>
  decode(typeByte({ type } as Message), bytes, within)

describe('what no encoder writes', () => {
  // lockGrant: lock, rider's time, number of intervals, then node, time (changes), runs.
  const grant = (...rest: number[]): Uint8Array => varints(1, 1, 2, 3, ...rest)
  const cases: [string, () => unknown, RegExp][] = [
    ['an interval of a node beyond the run', () => read('lockGrant', grant(1, 3, 0, 2, 0)), /node.*is 3/],
    ['an interval with index 0', () => read('lockGrant', grant(1, 0, 1, 0, 1, 0)), /index.*is 0/],
    ['a time that sinks below 0', () => read('lockGrant', grant(1, 1, 3, 0, 1, 0)), /time.*entry of -1/],
    ['a time beyond 2³²-1', () => read('lockGrant', grant(1, 1, 2 ** 33 - 2, 0, 1, 0)), /time.*entry of 4294967296/],
    ['an entry beyond 2³²-1', () => read('lockRequest', varints(1, 2, 2 ** 32, 1, 1)), /time/],
    ['more zeros than nodes', () => read('lockRequest', varints(1, 2, 0, 3)), /time.*is 3, not in 0 … 2/],
    ['two runs of zeros', () => read('lockRequest', varints(1, 2, 0, 0, 0, 1)), /two runs of zeros/],
    ['a page twice', () => read('lockGrant', grant(1, 1, 0, 2, 2, 5, 1, 0, 1)), /pages.*is 0, not in 1/],
    ['an empty run', () => read('lockGrant', grant(1, 1, 0, 2, 1, 5, 0)), /pages.*is 0, not in 1/],
    ['a run past the last page', () => read('lockGrant', grant(1, 1, 0, 2, 1, 90, 11)), /pages.*is 11, not in 1 … 10/],
    ['a run behind the last page', () => read('lockGrant', grant(1, 1, 0, 2, 2, 99, 1, 1, 1)), /pages/],
    ['more runs than fit', () => read('lockGrant', grant(1, 1, 0, 2, 90, 1, 1, 1, 1)), /pages.*announces 90/],
    ['more intervals than fit', () => read('lockGrant', grant(900, 1, 0, 2, 0)), /intervals.*announces 900/],
    ['more intervals than allowed', () => read('lockGrant', grant(MAX_INTERVALS + 1)), /intervals.*not in/],
    ['more wants than fit', () => read('diffRequest', varints(60, 1, 1, 1)), /wants.*announces 60/],
    ['more wants than allowed', () => read('diffRequest', varints(MAX_DIFFS + 1)), /wants.*not in/],
    ['more diffs than fit', () => read('diffReply', varints(60, 1, 1, 1)), /diffs.*announces 60/],
    ['more sleepers than fit', () => read('lockGrant', grant(0, 60, 1, 1)), /sleepers.*announces 60/],
    ['more sleepers than allowed', () => read('lockGrant', grant(0, MAX_PROCS + 1)), /sleepers.*not in/],
    ['more diffs than allowed', () => read('diffReply', varints(MAX_DIFFS + 1)), /diffs.*not in/],
    ['a payload that is too long', () => read('depart', varints(0, 2, 0, MAX_PAYLOAD_BYTES + 1)), /payload/],
    ['a payload that is not there', () => read('depart', varints(0, 2, 0, MAX_PAYLOAD_BYTES)), /payload.*needs/],
    ['a meeting of no kind', () => read('arrive', varints(4, 0, 0, 2, 0, 0)), /kind/],
    ['a flag that is neither', () => read('freeReply', varints(0, 2)), /ok/],
    ['an alignment beyond 2³⁰', () => read('mallocRequest', varints(0, 8, 32, 0, 2)), /align/],
    ['a request for nothing', () => read('mallocRequest', varints(0, 0, 0, 0, 2)), /bytes.*is 0/],
  ]
  for (const [name, run, message] of cases) test(name, () => refused(run, message))
})

describe('a small frame does not become much memory', () => {
  const wide: Bounds = { nodes: 1, procs: 1, pages: 65_536, pageBytes: 4096, heapBytes: 65_536 * 4096 }

  test('intervals that each name every page', () => {
    const frame = body((writer) => {
      for (const value of [1, 1, MAX_INTERVALS]) writer.varint(value)
      for (let i = 0; i < MAX_INTERVALS; i++) for (const value of [0, 2, 1, 0, 65_536]) writer.varint(value)
    })
    refused(() => read('lockGrant', frame, wide), new RegExp(`pages.*more than ${MAX_NOTICES}`))
  })

  test('intervals of many nodes that differ in nothing', () => {
    const many: Bounds = { ...wide, nodes: 256, procs: 256 }
    const most = MAX_TIME_ENTRIES / 256
    const frame = body((writer) => {
      for (const value of [1, 1, 0, 254, most + 1]) writer.varint(value)
    })
    refused(() => read('lockGrant', frame, many), new RegExp(`intervals.*not in 0 … ${most}`))
  })
})

describe('an encoder does not send what the other side must refuse', () => {
  const cases: [string, Message][] = [
    ['pages that do not ascend', { ...lockGrant, rider: ride(interval({ pages: [pageId(2), pageId(1)] })) }],
    ['a page twice', { ...lockGrant, rider: ride(interval({ pages: [pageId(1), pageId(1)] })) }],
    ['a time that is not the index', { ...lockGrant, rider: ride(interval({ index: intervalIndex(3) })) }],
    ['times of two lengths', { ...lockGrant, rider: ride(interval({ time: Uint32Array.of(1, 2) })) }],
    ['an alignment that is no power of two', { ...mallocRequest, align: 12 }],
    ['an alignment below 1', { ...mallocRequest, align: 0.5 }],
    ['an alignment beyond 2³⁰', { ...mallocRequest, align: 2 ** 31 }],
    ['half a byte', { ...mallocRequest, bytes: 0.5 }],
    ['an unknown meeting', { ...arrive, kind: 'wake' as 'barrier' }],
    ['too many sleepers', { ...lockGrant, sleepers: new Array(MAX_PROCS + 1).fill(sleeper) }],
    ['too many wants', { ...diffRequest, wants: new Array(MAX_DIFFS + 1).fill(diffRequest.wants[0]) }],
  ]
  for (const [name, message] of cases) {
    test(name, () => refused(() => encode(message, new ByteWriter()), /internal error/, 'ERR_TM_INTERNAL'))
  }
  test('too many intervals', () => {
    const rider: Rider = { time, intervals: new Array(MAX_INTERVALS + 1).fill(interval()) }
    refused(() => encode({ ...depart, rider }, new ByteWriter()), /1000001 intervals/, 'ERR_TM_INTERNAL')
  })
  test('too many notices', () => {
    const pages = Array.from({ length: 2 ** 20 + 1 }, (_, i) => pageId(i))
    const rider: Rider = { time, intervals: new Array(16).fill(interval({ pages })) }
    refused(() => encode({ ...depart, rider }, new ByteWriter()), /write notices/, 'ERR_TM_INTERNAL')
  })
})
