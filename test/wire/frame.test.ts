/** Frames: found again in any chunking, refused by their announcement, and never copied without need. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { intervalIndex, nodeId, pageId, procId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { MAX_FRAME_BYTES } from '../../src/limits.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { decode, typeByte } from '../../src/wire/codec.js'
import { FrameSplitter, HEADER_BYTES, writeFrame } from '../../src/wire/frame.js'
import type { Seal } from '../../src/wire/seal.js'
import { bodyOf, refused } from './encoded.js'
import { anyMessage, runs, small } from './generators.js'

const ended: Message = { type: 'ended', proc: procId(3) }

/** The frames of all messages, one behind the other. */
function streamOf(messages: readonly Message[]): Uint8Array {
  const writer = new ByteWriter()
  for (const message of messages) writeFrame(writer, message)
  return writer.subarray().slice()
}

/** What a receiver does: each chunk goes through the same buffer. */
function receive(splitter: FrameSplitter, chunks: readonly Uint8Array[]): Message[] {
  const messages: Message[] = []
  for (const chunk of chunks) {
    const buffer = chunk.slice()
    splitter.push(buffer)
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      // A copy: a diff is a view of the body, which is valid until the splitter is used again.
      messages.push(decode(frame.type, frame.body.slice(), small))
    }
    buffer.fill(0xee)
  }
  return messages
}

const cut = (bytes: Uint8Array, at: readonly number[]): Uint8Array[] => {
  const marks = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return marks.slice(1).map((end, i) => bytes.subarray(marks[i], end))
}

test('a frame is length, type and body', () => {
  assert.deepEqual(streamOf([ended]), Uint8Array.of(1, 0, 0, 0, typeByte(ended), 3))
  const writer = new ByteWriter()
  writeFrame(writer, ended)
  assert.deepEqual(writeFrame(writer, { ...ended, proc: procId(4) }), Uint8Array.of(1, 0, 0, 0, typeByte(ended), 4))
})

test('messages come through every chunking', () => {
  const property = fc.property(
    fc.array(anyMessage(small), { maxLength: 6 }),
    fc.array(fc.nat(), { maxLength: 30 }),
    (messages, at) => {
      const splitter = new FrameSplitter()
      assert.deepEqual(receive(splitter, cut(streamOf(messages), at)), messages)
      assert.equal(splitter.pending, 0)
    },
  )
  fc.assert(property, runs(400))
})

test('messages come through in chunks of every one size', () => {
  const messages = fc.sample(anyMessage(small), { seed: 3, numRuns: 20 })
  const stream = streamOf(messages)
  for (let size = 1; size < 100; size++) {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    assert.deepEqual(receive(new FrameSplitter(), chunks), messages)
  }
})

test('a frame that lies whole in a chunk is not copied', () => {
  const chunk = streamOf([ended, ended])
  const splitter = new FrameSplitter()
  splitter.push(chunk)
  for (const at of [HEADER_BYTES, 2 * HEADER_BYTES + 1]) {
    const body = splitter.next()?.body
    assert.equal(body?.buffer, chunk.buffer)
    assert.equal(body?.byteOffset, at)
  }
  assert.equal(splitter.next(), undefined)
})

test('a frame in pieces is copied, and the one behind it is not', () => {
  const stream = streamOf([ended, ended])
  const splitter = new FrameSplitter()
  assert.deepEqual(receive(splitter, [stream.subarray(0, 3)]), [])
  assert.equal(splitter.pending, 3)
  const chunk = stream.slice(3)
  splitter.push(chunk)
  assert.notEqual(splitter.next()?.body.buffer, chunk.buffer)
  assert.equal(splitter.next()?.body.buffer, chunk.buffer)
})

test('too long a frame is refused by its length alone', () => {
  const header = (length: number): Uint8Array => {
    const writer = new ByteWriter()
    writer.u32(length)
    writer.u8(1)
    return writer.subarray()
  }
  for (const length of [MAX_FRAME_BYTES + 1, 2 ** 31, 2 ** 32 - 1]) {
    const whole = new FrameSplitter()
    whole.push(header(length))
    refused(() => whole.next(), new RegExp(`announces ${length} bytes, at most ${MAX_FRAME_BYTES}`))
    // It stays refused.
    refused(() => whole.next(), /announces/)
    const pieces = new FrameSplitter()
    for (const byte of header(length).subarray(0, 4)) {
      pieces.push(Uint8Array.of(byte))
      assert.equal(pieces.next(), undefined)
    }
    pieces.push(Uint8Array.of(1))
    refused(() => pieces.next(), /announces/)
  }
})

test('an announced length takes no memory until the bytes come', () => {
  const before = process.memoryUsage().arrayBuffers
  const splitters = Array.from({ length: 50 }, () => {
    const splitter = new FrameSplitter()
    const writer = new ByteWriter()
    writer.u32(MAX_FRAME_BYTES)
    writer.u8(1)
    writer.bytes(new Uint8Array(1000))
    splitter.push(writer.subarray())
    assert.equal(splitter.next(), undefined)
    return splitter
  })
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 ** 2)
  for (const splitter of splitters) assert.equal(splitter.pending, 1000 + HEADER_BYTES)
})

test('a frame of the greatest length comes through', () => {
  const body = new Uint8Array(MAX_FRAME_BYTES)
  body[0] = 1
  body[MAX_FRAME_BYTES - 1] = 2
  const writer = new ByteWriter()
  writer.u32(body.length)
  writer.u8(9)
  writer.bytes(body)
  const stream = writer.subarray()
  const splitter = new FrameSplitter()
  let found = 0
  for (let at = 0; at < stream.length; at += 65_536) {
    splitter.push(stream.subarray(at, at + 65_536))
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      found++
      assert.equal(frame.type, 9)
      assert.equal(frame.body.length, body.length)
      assert.equal(frame.body[0], 1)
      assert.equal(frame.body[body.length - 1], 2)
    }
  }
  assert.equal(found, 1)
  assert.equal(splitter.pending, 0)
})

test('a message that fits no frame is not written', () => {
  const diff = { page: pageId(0), node: nodeId(0), index: intervalIndex(1), bytes: new Uint8Array(9216) }
  const message: Message = { type: 'diffReply', diffs: new Array(9_000).fill(diff) }
  refused(() => writeFrame(new ByteWriter(), message), /diffReply of .* does not fit/, 'ERR_TM_INTERNAL')
})

test('chunks are split before the next is pushed', () => {
  const splitter = new FrameSplitter()
  splitter.push(streamOf([ended]))
  refused(() => splitter.push(streamOf([ended])), /before more bytes/, 'ERR_TM_INTERNAL')
})

test('a seal stands between splitter and decoder, and may make frames longer', () => {
  const mask = 0x5a
  const seal: Seal = {
    seal(frame) {
      const sealed = new Uint8Array(frame.length + 1)
      sealed.set(frame.map((byte, i) => (i < HEADER_BYTES ? byte : byte ^ mask)))
      sealed[0] = (frame[0] as number) + 1
      return sealed
    },
    open: (frame) => frame.subarray(0, -1).map((byte, i) => (i < HEADER_BYTES ? byte : byte ^ mask)),
  }
  const sealed = seal.seal(streamOf([ended]))
  assert.deepEqual(sealed, Uint8Array.of(2, 0, 0, 0, typeByte(ended), 3 ^ mask, 0))
  const splitter = new FrameSplitter(seal)
  const frames = [sealed.subarray(0, 3), sealed.subarray(3)].flatMap((chunk) => {
    splitter.push(chunk)
    const frame = splitter.next()
    return frame === undefined ? [] : [frame]
  })
  assert.deepEqual(frames, [{ type: typeByte(ended), body: bodyOf(ended) }])
})
