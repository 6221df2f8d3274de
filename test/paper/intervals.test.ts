/** Intervals and vector timestamps as published: docs/paper.md has the table of rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import { covers, dominates, join } from '../../src/core/vector-time.js'
import { acquire, barrier, cluster, lastSent, load, PAGE, release, store } from '../core/cluster-helpers.js'
import { all, counter, names, state } from './looks.js'

/** Node `n` writes its own page under the lock; the interval ends when somebody else takes it. */
function tenure(c: ReturnType<typeof cluster>, n: number, lock = 0): void {
  acquire(c, n, lock)
  store(c, n, n * PAGE, counter(c, n, 'intervals') + 1)
  release(c, n, lock)
}

test('§2.2 intervals of one process are numbered in its own order, without gaps', () => {
  const c = cluster(2)
  for (let round = 0; round < 3; round++) {
    tenure(c, 0)
    acquire(c, 1, 0)
    // The read makes the diff, so that the next write is noticed again.
    assert.equal(load(c, 1, 0), round + 1)
    release(c, 1, 0)
  }
  const indices = all(c, 'lockGrant').flatMap(({ rider }) => rider.intervals.map(({ index }) => index))
  assert.deepEqual(indices, [1, 2, 3])
})

test('§2.2 an acquire makes the new time the pairwise maximum of both', () => {
  const c = cluster(3)
  tenure(c, 1, 1)
  tenure(c, 2, 2)
  acquire(c, 0, 1)
  acquire(c, 0, 2)
  // Node 0 has the time of both, and says so with its next request.
  release(c, 0, 1)
  release(c, 0, 2)
  acquire(c, 0, 4)
  assert.deepEqual([...lastSent(c, 'lockRequest').time], [0, 1, 1])
  const time = Uint32Array.of(3, 0, 2)
  join(time, Uint32Array.of(1, 4, 2))
  assert.deepEqual([...time], [3, 4, 2])
})

test('§2.2 release and acquire order intervals; without them neither covers the other', () => {
  const c = cluster(3)
  tenure(c, 1, 1)
  tenure(c, 2, 2)
  acquire(c, 0, 1)
  acquire(c, 0, 2)
  const [first, second] = all(c, 'lockGrant').flatMap(({ rider }) => rider.intervals)
  assert.ok(first !== undefined && second !== undefined)
  assert.ok(!dominates(first.time, second.time) && !dominates(second.time, first.time))
  store(c, 0, 0, 1)
  release(c, 0, 2)
  acquire(c, 1, 2)
  const later = lastSent(c, 'lockGrant').rider.intervals.at(-1)
  assert.ok(later !== undefined && later.node === 0)
  assert.ok(dominates(later.time, first.time) && dominates(later.time, second.time))
})

test('§2.2 knowledge is transitive: the notices of a third node come along', () => {
  const c = cluster(3)
  acquire(c, 0, 0)
  store(c, 0, 0, 9)
  release(c, 0, 0)
  acquire(c, 1, 0)
  release(c, 1, 0)
  acquire(c, 1, 1)
  release(c, 1, 1)
  acquire(c, 2, 1)
  assert.equal(load(c, 2, 0), 9)
})

test('§3.1 an interval is told with its creator, its vector timestamp and its write notices', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, PAGE, 1)
  store(c, 0, 3 * PAGE, 1)
  release(c, 0, 0)
  acquire(c, 1, 0)
  const [interval] = lastSent(c, 'lockGrant').rider.intervals
  assert.deepEqual(interval, { node: 0, index: 1, time: Uint32Array.of(1, 0), pages: [1, 3] })
})

test('§3.2 releasing ends no interval; only passing the lock to another node does', () => {
  const c = cluster(2)
  for (let i = 0; i < 5; i++) {
    acquire(c, 0, 0)
    store(c, 0, 0, i)
    release(c, 0, 0)
  }
  assert.equal(counter(c, 0, 'intervals'), 0)
  acquire(c, 1, 0)
  assert.equal(counter(c, 0, 'intervals'), 1)
})

test('§3.2 arriving at a barrier ends the interval', () => {
  const c = cluster(2)
  store(c, 1, 0, 1)
  c.attempt(1, { type: 'barrier', id: 0 })
  assert.equal(counter(c, 1, 'intervals'), 1)
  assert.deepEqual(names(lastSent(c, 'arrive').rider.intervals), ['1.1{0}'])
})

test('§3.2 no interval without writes', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  release(c, 0, 0)
  acquire(c, 1, 0)
  release(c, 1, 0)
  barrier(c)
  assert.equal(counter(c, 0, 'intervals') + counter(c, 1, 'intervals'), 0)
})

test('Costa §3: a notice for a page that is being written ends the interval first', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 0, 1)
  release(c, 0, 0)
  store(c, 1, 1, 2)
  store(c, 1, PAGE, 3)
  acquire(c, 1, 0)
  assert.equal(counter(c, 1, 'intervals'), 1)
  // All that was written so far belongs to it; the page without a notice stays open.
  assert.deepEqual([state(c, 1, 0), state(c, 1, 1)], ['INVALID', 'NOTED'])
})

test('Costa §3: the intervals of one process are sent in increasing order', () => {
  const c = cluster(3)
  for (let round = 0; round < 4; round++) {
    tenure(c, 0)
    acquire(c, 1, 0)
    load(c, 1, 0)
    release(c, 1, 0)
  }
  acquire(c, 2, 0)
  assert.deepEqual(names(lastSent(c, 'lockGrant').rider.intervals), ['0.1{0}', '0.2{0}', '0.3{0}', '0.4{0}'])
})

test('thesis p. 16: sent is what the releaser covers and the acquirer does not', () => {
  const c = cluster(3)
  tenure(c, 0)
  acquire(c, 1, 0)
  load(c, 1, 0)
  store(c, 1, PAGE, 1)
  release(c, 1, 0)
  tenure(c, 0, 3)
  acquire(c, 2, 3)
  // Node 2 knows 0.1 and 0.2; node 1 knows 0.1 and 1.1.
  acquire(c, 2, 0)
  assert.deepEqual(names(lastSent(c, 'lockGrant').rider.intervals), ['1.1{1}'])
  const time = Uint32Array.of(2, 0, 5)
  assert.ok(covers(time, nodeId(0), 2) && covers(time, nodeId(2), 1))
  assert.ok(!covers(time, nodeId(0), 3) && !covers(time, nodeId(1), 1))
})
