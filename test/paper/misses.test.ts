/** Access misses as published: docs/paper.md has the table of rules. Diffs that come by themselves are in test/core/ahead.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import { minimalWriters } from '../../src/core/minimal-writers.js'
import { acquire, barrier, cluster, lastSent, load, node, PAGE, release, sent, store } from '../core/cluster-helpers.js'
import { all, counter, state } from './looks.js'

test('decision 3: a page that nobody wrote is never fetched', () => {
  const c = cluster(2)
  barrier(c)
  sent(c)
  for (let p = 0; p < 8; p++) assert.equal(load(c, 1, p * PAGE), 0)
  assert.deepEqual(sent(c), [])
})

test('§3.5 diffs of concurrent writers are asked for in parallel, from all of them', () => {
  const c = cluster(4)
  for (const n of [1, 2, 3]) store(c, n, n, n)
  barrier(c)
  sent(c)
  c.attempt(0, { type: 'load', address: 1 })
  assert.deepEqual(sent(c), ['diffRequest 0→1', 'diffRequest 0→2', 'diffRequest 0→3'])
  c.settle()
  assert.deepEqual([load(c, 0, 1), load(c, 0, 2), load(c, 0, 3)], [1, 2, 3])
})

test('§3.5 a chain of writers: only the last is asked, and it sends the diffs of all', () => {
  const c = cluster(4)
  for (const n of [1, 2, 3]) {
    acquire(c, n, 0)
    store(c, n, 0, n)
    store(c, n, n, n)
    release(c, n, 0)
  }
  acquire(c, 0, 0)
  sent(c)
  assert.equal(load(c, 0, 0), 3)
  assert.deepEqual(
    c.sent.map(({ message }) => message.type),
    ['diffRequest', 'diffReply'],
  )
  assert.deepEqual(
    lastSent(c, 'diffReply').diffs.map((diff) => `${diff.node}.${diff.index}`),
    ['1.1', '2.1', '3.1'],
  )
  assert.deepEqual(sent(c), ['diffRequest 0→3', 'diffReply 3→0'])
  assert.deepEqual([load(c, 0, 1), load(c, 0, 2), load(c, 0, 3)], [1, 2, 3])
})

test('§3.5 the minimal set: writers that another has seen are not asked', () => {
  const interval = (n: number, index: number, time: number[]): Interval => ({
    node: node(n),
    index: intervalIndex(index),
    time: Uint32Array.from(time),
    pages: [pageId(0)],
  })
  const asked = (missing: Interval[]): string =>
    [...minimalWriters(missing)].map(([n, wants]) => `${n}:${wants.map((w) => `${w.node}.${w.index}`)}`).join(' ')
  const a = interval(1, 1, [0, 1, 0, 0])
  const b = interval(2, 1, [0, 1, 1, 0])
  const d = interval(3, 1, [0, 0, 0, 1])
  assert.equal(asked([a, b]), '2:1.1,2.1')
  assert.equal(asked([b, a]), '2:2.1,1.1')
  assert.equal(asked([a, d]), '1:1.1 3:3.1')
  assert.equal(asked([a, b, d]), '2:1.1,2.1 3:3.1')
  // Node 1's later interval is concurrent with b: both are asked, node 1 for its own.
  const a2 = interval(1, 2, [0, 2, 0, 0])
  assert.equal(asked([a, a2, b]), '1:1.1,1.2 2:2.1')
})

test('§3.5 a request names page, process and interval of each diff', () => {
  const c = cluster(2)
  store(c, 0, 3 * PAGE, 1)
  barrier(c)
  c.attempt(1, { type: 'load', address: 3 * PAGE })
  assert.deepEqual(lastSent(c, 'diffRequest').wants, [{ page: 3, node: 0, index: 1 }])
})

test('§3.5 a miss asks for the diffs it lacks, and not for those it has applied', () => {
  const c = cluster(2)
  for (let round = 1; round <= 3; round++) {
    acquire(c, 0, 0)
    store(c, 0, 0, round)
    release(c, 0, 0)
    acquire(c, 1, 0)
    assert.equal(load(c, 1, 0), round)
    release(c, 1, 0)
    assert.deepEqual(lastSent(c, 'diffRequest').wants, [{ page: 0, node: 0, index: round }])
  }
  assert.equal(counter(c, 1, 'diffsApplied'), 3)
})

test('§3.5 diffs are applied in happened-before order, whatever order the notices are in', () => {
  const c = cluster(3)
  for (let round = 1; round <= 6; round++) {
    const n = 1 + (round % 2)
    acquire(c, n, 0)
    store(c, n, 5, round)
    release(c, n, 0)
  }
  acquire(c, 0, 0)
  assert.equal(load(c, 0, 5), 6)
})

test('§3.5 a notice that comes during a miss joins it; the page opens when nothing is missing', () => {
  const c = cluster(3)
  // Node 1's and node 2's writes are concurrent; node 0 learns of them by different locks.
  acquire(c, 1, 1)
  store(c, 1, 0, 1)
  release(c, 1, 1)
  acquire(c, 2, 2)
  store(c, 2, 1, 2)
  release(c, 2, 2)
  acquire(c, 0, 1)
  assert.equal(c.attempt(0, { type: 'load', address: 0 }), undefined)
  assert.equal(state(c, 0, 0), 'FETCHING')
  // Another thread of node 0 acquires lock 2 while the first one waits.
  assert.equal(c.deliver(0, 1), true)
  c.node(0).core.step({ type: 'lockAcquire', proc: 0 as never, lock: 2 as never })
  const request = { type: 'lockRequest', lock: 2, requester: 0, time: Uint32Array.of(0, 1, 0) } as never
  c.step(2, { type: 'message', from: node(0), message: request })
  assert.equal(c.deliver(2, 0), true)
  assert.equal(c.deliver(1, 0), true)
  assert.equal(state(c, 0, 0), 'FETCHING')
  c.settle()
  assert.equal(state(c, 0, 0), 'CLEAN')
  assert.deepEqual([load(c, 0, 0), load(c, 0, 1)], [1, 2])
})

test('Costa §3: a read miss opens the page for reading, a write miss with a twin for writing', () => {
  for (const write of [false, true]) {
    const c = cluster(2)
    store(c, 0, 0, 1)
    barrier(c)
    if (write) store(c, 1, 1, 2)
    else load(c, 1, 1)
    assert.equal(state(c, 1, 0), write ? 'DIRTY' : 'CLEAN')
    assert.equal(c.node(1).memory.twin(pageId(0))?.[0], write ? 1 : undefined)
    assert.equal(c.node(1).memory.writeFaults + c.node(1).memory.readFaults, 1)
  }
})

test('IEEE Computer 1996: a page that was fetched once is brought up to date by diffs alone', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  for (let a = 0; a < PAGE; a++) store(c, 0, a, 7)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.equal(load(c, 1, 0), 7)
  release(c, 1, 0)
  acquire(c, 0, 0)
  store(c, 0, 3, 8)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.equal(load(c, 1, 3), 8)
  const sizes = all(c, 'diffReply').map(({ diffs }) => diffs.map((diff) => diff.bytes.length))
  // Kind, gap and length before the bytes: all 64 of them, and then one.
  assert.deepEqual(sizes, [[3 + PAGE], [3 + 1]])
})
