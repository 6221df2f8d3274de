/** Multiple writers, twins and diffs as published: docs/paper.md has the table of rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyDiff, makeDiff } from '../../src/core/diff.js'
import { pageId } from '../../src/core/ids.js'
import { acquire, barrier, cluster, lastSent, load, PAGE, release, sent, store } from '../core/cluster-helpers.js'
import { counter, state } from './looks.js'

test('§2.3 two writers of different bytes of one page between two barriers lose nothing, at every byte offset', () => {
  for (let offset = 0; offset < PAGE; offset++) {
    const c = cluster(2)
    for (let a = 0; a < PAGE; a++) store(c, a <= offset ? 0 : 1, a, 100 + a)
    barrier(c)
    for (let a = 0; a < PAGE; a++) {
      assert.equal(load(c, 0, a), 100 + a)
      assert.equal(load(c, 1, a), 100 + a)
    }
    // And alternating bytes.
    for (let a = 0; a < PAGE; a++) store(c, (a + offset) % 2, a, a)
    barrier(c)
    for (let a = 0; a < PAGE; a++) assert.deepEqual([load(c, 0, a), load(c, 1, a)], [a, a])
  }
})

test('§2.3 writers of one page exchange nothing before they synchronise', () => {
  const c = cluster(4)
  for (let round = 1; round <= 8; round++) for (const n of [0, 1, 2, 3]) store(c, n, n, round)
  assert.deepEqual(sent(c), [])
  barrier(c)
  assert.deepEqual(
    [0, 1, 2, 3].map((a) => load(c, 2, a)),
    [8, 8, 8, 8],
  )
})

test('§2.3 the diffs of concurrent writers may be applied in any order', () => {
  const twin = Uint8Array.from({ length: PAGE }, (_, i) => i)
  const one = twin.map((value, i) => (i % 3 === 0 ? value + 100 : value))
  const two = twin.map((value, i) => (i % 3 === 1 ? value + 150 : value))
  const diffs = [makeDiff(twin, one), makeDiff(twin, two)]
  const applied = (order: Uint8Array[]): Uint8Array => {
    const page = twin.slice()
    for (const diff of order) assert.ok(applyDiff(page, diff))
    return page
  }
  assert.deepEqual(applied(diffs), applied([...diffs].reverse()))
  assert.deepEqual(
    [...applied(diffs)],
    [...twin].map((value, i) => [value + 100, value + 150, value][i % 3]),
  )
})

test('§2.4 the first write to a page makes its twin, and later ones do not', () => {
  const c = cluster(2)
  c.node(0).memory.bytes[5] = 5
  for (let a = 0; a < 10; a++) store(c, 0, a, 90 + a)
  const { memory } = c.node(0)
  assert.equal(memory.writeFaults, 1)
  assert.equal(memory.twinsMade, 1)
  assert.deepEqual([...(memory.twin(pageId(0)) ?? [])].slice(0, 10), [0, 0, 0, 0, 0, 5, 0, 0, 0, 0])
})

test('§2.4 a diff is what differs from the twin: unchanged and restored bytes are not in it', () => {
  const c = cluster(2)
  store(c, 0, 9, 4)
  store(c, 0, 20, 1)
  store(c, 0, 20, 0)
  barrier(c)
  load(c, 1, 0)
  const [diff] = lastSent(c, 'diffReply').diffs
  const page = new Uint8Array(PAGE).fill(77)
  assert.ok(diff !== undefined && applyDiff(page, diff.bytes))
  assert.deepEqual(
    [...page.entries()].filter(([, value]) => value !== 77),
    [[9, 4]],
  )
})

test('§2.4 a diff is made when it is asked for, not when the interval ends', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  barrier(c)
  assert.equal(counter(c, 0, 'diffsCreated'), 0)
  assert.equal(state(c, 0, 0), 'NOTED')
  load(c, 1, 0)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
  assert.equal(state(c, 0, 0), 'CLEAN')
})

test('§2.4 a notice for a page with a twin makes the diff first, and closes the page', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  store(c, 1, 1, 2)
  barrier(c)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
  assert.equal(counter(c, 1, 'diffsCreated'), 1)
  assert.equal(state(c, 0, 0), 'INVALID')
  for (const n of [0, 1]) assert.deepEqual([load(c, n, 0), load(c, n, 1)], [1, 2])
})

test('§2.4 making the diff protects the page and drops the twin: the next write faults and makes a new one', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  barrier(c)
  load(c, 1, 0)
  assert.equal(c.node(0).memory.twin(pageId(0)), undefined)
  store(c, 0, 1, 2)
  const { memory } = c.node(0)
  assert.deepEqual([memory.writeFaults, memory.twinsMade, memory.twin(pageId(0))?.[0]], [2, 2, 1])
})

test('§2.4 a diff that is made late also holds the later writes', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 0, 1)
  release(c, 0, 0)
  acquire(c, 1, 0)
  // In an interval of its own, which has no notice, because the page is open still.
  store(c, 0, 1, 2)
  assert.deepEqual([load(c, 1, 0), load(c, 1, 1)], [1, 2])
  assert.equal(counter(c, 0, 'intervals'), 1)
})

test('§3.1 a diff is made once and kept: whoever asks next gets the same', () => {
  const c = cluster(3)
  store(c, 0, 0, 1)
  barrier(c)
  load(c, 1, 0)
  store(c, 0, 0, 2)
  load(c, 2, 0)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
  assert.deepEqual([load(c, 1, 0), load(c, 2, 0)], [1, 1])
})
