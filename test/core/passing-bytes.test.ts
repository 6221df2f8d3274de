/** Bytes that are held for a short time: intact while they are held, and in memory that is used again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PassingBytes } from '../../src/core/passing-bytes.js'
import { Random } from '../../src/sim/random.js'

test('bytes stay what they were until they are let go, in whatever order that is', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed)
    const passing = new PassingBytes()
    const held: { copy: Uint8Array; bytes: Uint8Array }[] = []
    for (let step = 0; step < 2_000; step++) {
      if (held.length > 0 && random.chance(0.5)) {
        for (const { copy } of held.splice(random.below(held.length), 1)) passing.letGo(copy)
        continue
      }
      const bytes = new Uint8Array(random.chance(0.01) ? 100_000 : random.below(5_000)).fill(random.below(256))
      held.push({ copy: passing.hold(bytes), bytes })
    }
    for (const { copy, bytes } of held) assert.deepEqual(copy, bytes)
  }
})

test('rounds of bytes take no new memory', () => {
  const passing = new PassingBytes()
  const buffers = new Set<ArrayBufferLike>()
  for (let round = 0; round < 50; round++) {
    const held = Array.from({ length: 100 }, () => passing.hold(new Uint8Array(4_000)))
    for (const { buffer } of held) buffers.add(buffer)
    for (const copy of held) passing.letGo(copy)
  }
  const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
  assert.ok(bytes < 2 * 100 * 4_000, `${bytes} bytes`)
})

test('one that stays keeps no buffer but its own', () => {
  const passing = new PassingBytes()
  const stays = passing.hold(Uint8Array.of(7))
  const buffers = new Set<ArrayBufferLike>()
  for (let i = 0; i < 1_000; i++) {
    const copy = passing.hold(new Uint8Array(4_000))
    buffers.add(copy.buffer)
    passing.letGo(copy)
  }
  assert.deepEqual(stays, Uint8Array.of(7))
  assert.equal(buffers.size, 2)
})

test('nothing at all can be held, too', () => {
  const passing = new PassingBytes()
  const copy = passing.hold(new Uint8Array(0))
  assert.equal(copy.length, 0)
  passing.letGo(copy)
})

test('what is not held cannot be let go', () => {
  const passing = new PassingBytes()
  const copy = passing.hold(Uint8Array.of(1))
  passing.letGo(copy)
  assert.throws(() => passing.letGo(copy), /not held/)
  assert.throws(() => passing.letGo(Uint8Array.of(1)), /not held/)
})
