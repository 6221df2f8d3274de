/** The codec: every message comes back as it went, and bytes that are no message are refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { condId, intervalIndex, lockId, nodeId, pageId, procId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { TreadMarksError } from '../../src/errors.js'
import type { Bounds } from '../../src/wire/bounds.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { decode, encode, typeByte } from '../../src/wire/codec.js'
import { bodyOf, refused } from './encoded.js'
import { allBounds, anyMessage, messagesOf, runs, small } from './generators.js'

describe('every message comes back as it went', () => {
  for (const type of Object.keys(messagesOf(small)) as Message['type'][]) {
    test(type, () => {
      for (const bounds of allBounds) {
        const property = fc.property(messagesOf(bounds)[type] as fc.Arbitrary<Message>, (message) => {
          assert.deepEqual(decode(typeByte(message), bodyOf(message), bounds), message)
        })
        fc.assert(property, runs(60))
      }
    })
  }
})

test('type bytes differ, and unknown ones are refused', () => {
  const used = new Set(fc.sample(anyMessage(small), { seed: 1, numRuns: 500 }).map(typeByte))
  assert.equal(used.size, Object.keys(messagesOf(small)).length)
  for (let byte = 0; byte < 256; byte++) {
    if (!used.has(byte)) refused(() => decode(byte, new Uint8Array(0), small), /no message of type/)
  }
})

test('every truncation and every extension is refused', () => {
  for (const bounds of allBounds) {
    const property = fc.property(anyMessage(bounds), (message) => {
      const body = bodyOf(message)
      const step = Math.max(1, Math.floor(body.length / 400))
      for (let length = 0; length < body.length; length += step) {
        refused(() => decode(typeByte(message), body.subarray(0, length), bounds), new RegExp(`^${message.type}: `))
      }
      refused(() => decode(typeByte(message), Uint8Array.of(...body, 0), bounds), /end/)
    })
    fc.assert(property, runs(60))
  }
})

/** Either it is refused with our error, or it is a message that encodes to the very same bytes. */
function survives(type: number, body: Uint8Array, bounds: Bounds): void {
  let message: Message
  try {
    message = decode(type, body, bounds)
  } catch (error) {
    assert.ok(error instanceof TreadMarksError && error.code === 'ERR_TM_PROTOCOL', String(error))
    return
  }
  assert.equal(typeByte(message), type)
  assert.deepEqual(bodyOf(message), body)
}

test('a flipped bit gives another message or a refusal, never anything else', () => {
  for (const bounds of allBounds) {
    const property = fc.property(anyMessage(bounds), (message) => {
      const body = bodyOf(message)
      const step = Math.max(1, Math.floor((body.length * 8) / 100))
      for (let bit = 0; bit < body.length * 8; bit += step) {
        body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7))
        survives(typeByte(message), body, bounds)
        body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7))
      }
    })
    fc.assert(property, runs(40))
  }
})

test('random bytes give a message or a refusal, never anything else', () => {
  for (const bounds of allBounds) {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(3)).map(Uint8Array.from.bind(Uint8Array)))
    const property = fc.property(fc.integer({ min: 1, max: 14 }), bytes, (type, body) => survives(type, body, bounds))
    fc.assert(property, runs(1500))
  }
})

test('what is decoded does not change with the receive buffer, unless it is all diffs', () => {
  const property = fc.property(anyMessage(small), (message) => {
    const body = bodyOf(message)
    const decoded = decode(typeByte(message), body, small)
    if (decoded.type === 'diffReply' || decoded.type === 'diffPush' || decoded.type === 'homeFlush') {
      for (const { bytes } of decoded.diffs) assert.equal(bytes.buffer, body.buffer)
      return
    }
    body.fill(0xaa)
    assert.deepEqual(decoded, message)
  })
  fc.assert(property, runs(200))
})

test('bodies are as small as they are meant to be', () => {
  const time = Uint32Array.of(3, 120, 7, 90)
  const size = (message: Message): number => bodyOf(message).length
  assert.equal(size({ type: 'lockRequest', lock: lockId(5), requester: nodeId(2), time }), 6)
  assert.equal(size({ type: 'ended', proc: procId(3) }), 1)
  const wants = [{ page: pageId(1000), node: nodeId(1), index: intervalIndex(120) }]
  assert.equal(size({ type: 'diffRequest', wants }), 5)
  const interval = (at: Uint32Array, node: number, pages: readonly number[]) => ({
    node: nodeId(node),
    index: intervalIndex(at[node] as number),
    time: at,
    pages: pages.map(pageId),
  })
  const grant = (...intervals: ReturnType<typeof interval>[]): Message => ({
    type: 'lockGrant',
    lock: lockId(5),
    rider: { time, intervals },
    sleepers: [],
  })
  assert.equal(size(grant()), 1 + 4 + 1 + 1)
  // Node; the time, equal to the rider's but for one entry; one run: count, gap (two bytes), length (two bytes).
  const block = Array.from({ length: 256 }, (_, i) => 512 + i)
  const one = interval(time, 1, block)
  assert.equal(size(grant(one)), 7 + 1 + 2 + 1 + 2 + 2)
  const next = interval(Uint32Array.of(3, 121, 7, 90), 1, [7])
  assert.equal(size(grant(one, next)) - size(grant(one)), 1 + (2 + 1 + 2) + 3)
  const sleepers = [{ cond: condId(3), proc: procId(7) }]
  assert.equal(size({ ...grant(), sleepers } as Message) - size(grant()), 2)
  assert.equal(size({ type: 'condWake', lock: lockId(5), proc: procId(7) }), 2)
  // The most nodes, nothing seen: a run of zeros.
  const rider = { time: new Uint32Array(256), intervals: [] }
  assert.equal(size({ type: 'depart', rider, payload: new Uint8Array(0) }), 3 + 1 + 1)
})

test('one writer serves many messages, one after the other', () => {
  const writer = new ByteWriter()
  const messages = fc.sample(anyMessage(small), { seed: 2, numRuns: 50 })
  const ends = messages.map((message) => {
    encode(message, writer)
    return writer.length
  })
  messages.forEach((message, i) => {
    const body = writer.subarray(ends[i - 1] ?? 0).subarray(0, (ends[i] as number) - (ends[i - 1] ?? 0))
    assert.deepEqual(decode(typeByte(message), body, small), message)
  })
})
