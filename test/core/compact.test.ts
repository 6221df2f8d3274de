/** What is held for long keeps nothing else in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compact } from '../../src/core/compact.js'

test('bytes that are most of their buffer stay where they are', () => {
  const own = Uint8Array.of(1, 2, 3)
  assert.equal(compact(own), own)
  const most = new Uint8Array(100).subarray(20, 80)
  assert.equal(compact(most), most)
})

test('a view of something larger is copied, small ones together, and holds none of it', () => {
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
