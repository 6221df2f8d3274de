/** Who writes which bytes of a page, as diffs tell: false sharing is told from true, whatever form a diff has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedBits, makeDiff } from '../../src/core/diff.js'
import { nodeId, pageId } from '../../src/core/ids.js'
import { mergeRows, PageTraffic } from '../../src/core/page-traffic.js'

const BYTES = 4096

/** The diff of a writer that changed these bytes. */
function diffOf(...changed: number[]): Uint8Array {
  const page = new Uint8Array(BYTES)
  for (const i of changed) page[i] = 1
  return makeDiff(new Uint8Array(BYTES), page)
}

const every = (step: number, from: number): number[] =>
  Array.from({ length: Math.floor((BYTES - from + step - 1) / step) }, (_, i) => from + i * step)

test('the changed bytes of a diff, as runs and as a bitmap', () => {
  for (const changed of [[], [0], [0, 4095], [8, 9, 10, 4000], every(2, 0), every(3, 1), every(1, 0)]) {
    const bits = changedBits(diffOf(...changed), BYTES)
    const found = Array.from({ length: BYTES }, (_, i) => i).filter((i) => ((bits[i >> 3] as number) >> (i & 7)) & 1)
    assert.deepEqual(found, changed)
  }
  for (const malformed of [Uint8Array.of(7, 7), Uint8Array.of(1, 255), Uint8Array.of(0, 255, 255, 3, 1)])
    assert.ok(changedBits(malformed, BYTES).every((byte) => byte === 0))
})

test('two writers share truly when a byte is in the diffs of both, falsely otherwise', () => {
  const traffic = new PageTraffic(BYTES)
  const [a, b] = [nodeId(0), nodeId(1)]
  traffic.diff(pageId(1), a, diffOf(...every(2, 0)), false)
  traffic.diff(pageId(1), b, diffOf(...every(2, 1)), true)
  traffic.diff(pageId(1), b, diffOf(3, 5), true)
  traffic.diff(pageId(2), a, diffOf(10, 11), false)
  traffic.diff(pageId(2), b, diffOf(12), true)
  traffic.diff(pageId(2), a, diffOf(11, 12), false)
  traffic.diff(pageId(3), b, diffOf(5), true)
  traffic.diff(pageId(3), b, diffOf(5), true)
  traffic.came(pageId(4), BYTES)
  const rows = traffic.take(10)
  const of = (page: number) => rows.find((row) => row.page === page)
  assert.deepEqual([of(1)?.writers, of(1)?.overlap, of(1)?.transfers], [[0, 1], false, 2])
  assert.deepEqual([of(2)?.writers, of(2)?.overlap, of(2)?.transfers], [[0, 1], true, 1])
  assert.deepEqual([of(3)?.writers, of(3)?.overlap, of(3)?.bytes], [[1], false, 2 * diffOf(5).length])
  assert.deepEqual([of(4)?.writers, of(4)?.bytes, of(4)?.transfers], [[], BYTES, 1])
  assert.deepEqual(
    rows.map(({ page }) => page),
    [4, 1, 3, 2],
    'most bytes first',
  )
  assert.deepEqual(traffic.take(10), [])
})

test('rows of several nodes are one for each page', () => {
  const row = { page: 5, bytes: 10, transfers: 1, writers: [2], overlap: false }
  const merged = mergeRows([
    [row],
    [
      { ...row, bytes: 3, writers: [0, 2], overlap: true },
      { ...row, page: 6, bytes: 90 },
    ],
  ])
  assert.deepEqual(merged, [
    { ...row, page: 6, bytes: 90 },
    { page: 5, bytes: 13, transfers: 2, writers: [0, 2], overlap: true },
  ])
})
