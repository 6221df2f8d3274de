/** What is held for long is a copy, and keeps nothing else in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compact } from '../../src/core/compact.js'

test('bytes are copied, small ones together, and hold nothing of what they were a view of', () => {
  const large = Uint8Array.from({ length: 1_000_000 }, (_, i) => i)
  const copies = Array.from({ length: 5_000 }, (_, i) => compact(large.subarray(i * 100, i * 100 + 60)))
  for (const [i, copy] of copies.entries()) assert.deepEqual(copy, large.subarray(i * 100, i * 100 + 60))
  const buffers = new Set(copies.map(({ buffer }) => buffer))
  assert.equal(buffers.has(large.buffer), false)
  const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
  assert.ok(bytes < 1.5 * 60 * copies.length, `${bytes} bytes for ${60 * copies.length}`)
  const half = compact(large.subarray(0, 400_000))
  assert.deepEqual(half, large.subarray(0, 400_000))
  assert.equal(half.buffer.byteLength, 400_000)
})

test('bytes that have a buffer of their own are copied, too: it may be used again', () => {
  const own = Uint8Array.of(1, 2, 3)
  const copy = compact(own)
  own.fill(0)
  assert.deepEqual(copy, Uint8Array.of(1, 2, 3))
})
