/** The rules of lazy release consistency as published (Keleher, Cox, Dwarkadas, Zwaenepoel, USENIX 1994), one test each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C } from '../../src/core/counters.js'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import { PageState } from '../../src/core/memory.js'
import { minimalWriters } from '../../src/protocols/treadmarks.js'
import { acquire, barrier, cluster, lastSent, load, node, PAGE, release, sent, store } from './cluster-helpers.js'

const state = (c: ReturnType<typeof cluster>, n: number, page: number): PageState =>
  c.node(n).memory.state(pageId(page))
const counter = (c: ReturnType<typeof cluster>, n: number, name: keyof typeof C): number =>
  c.node(n).counters[C[name]] as number

test('§2.1 a grant carries the write notices the acquirer lacks, and they invalidate its copy', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 3, 7)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.deepEqual(sent(c), ['lockRequest 1→0', 'lockGrant 0→1'])
  assert.equal(state(c, 1, 0), PageState.INVALID)
  assert.equal(state(c, 1, 1), PageState.CLEAN)
  assert.equal(load(c, 1, 3), 7)
  assert.deepEqual(sent(c), ['diffRequest 1→0', 'diffReply 0→1'])
})

test('§2.1 notices carry no data: nothing is fetched that nobody reads', () => {
  const c = cluster(3)
  for (let a = 0; a < 4; a++) store(c, 0, a * PAGE, 1)
  barrier(c)
  assert.equal(load(c, 1, PAGE), 1)
  assert.equal(counter(c, 1, 'pagesFetched'), 1)
  assert.equal(counter(c, 2, 'pagesFetched'), 0)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
})

test('§2.1 knowledge is transitive: the notices of a third node come along', () => {
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

test('a page that nobody wrote is never fetched', () => {
  const c = cluster(2)
  barrier(c)
  sent(c)
  for (let p = 0; p < 8; p++) assert.equal(load(c, 1, p * PAGE), 0)
  assert.deepEqual(sent(c), [])
})

test('§2.4 a diff is made when it is asked for, not when the interval ends', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  barrier(c)
  assert.equal(counter(c, 0, 'diffsCreated'), 0)
  assert.equal(state(c, 0, 0), PageState.NOTED)
  load(c, 1, 0)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
  assert.equal(state(c, 0, 0), PageState.CLEAN)
})

test('§2.4 a page written in many intervals is twinned, noted and diffed once while nobody asks', () => {
  const c = cluster(2)
  for (let i = 1; i <= 10; i++) {
    store(c, 0, 0, i)
    barrier(c)
  }
  assert.equal(c.node(0).memory.twinsMade, 1)
  assert.equal(counter(c, 0, 'intervals'), 1)
  assert.equal(counter(c, 0, 'writeNotices'), 1)
  assert.equal(counter(c, 0, 'diffsCreated'), 0)
  assert.equal(load(c, 1, 0), 10)
})

test('§2.4 after its diff was made, a page gets a notice again for later writes', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  barrier(c)
  assert.equal(load(c, 1, 0), 1)
  store(c, 0, 0, 2)
  barrier(c)
  assert.equal(counter(c, 0, 'writeNotices'), 2)
  assert.equal(load(c, 1, 0), 2)
})

test('§2.4 a notice for a page with a twin makes the diff first, and closes the page', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  store(c, 1, 1, 2)
  barrier(c)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
  assert.equal(counter(c, 1, 'diffsCreated'), 1)
  assert.equal(state(c, 0, 0), PageState.INVALID)
  for (const n of [0, 1]) assert.deepEqual([load(c, n, 0), load(c, n, 1)], [1, 2])
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

test('§3.2 no interval without writes', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  release(c, 0, 0)
  acquire(c, 1, 0)
  release(c, 1, 0)
  barrier(c)
  assert.equal(counter(c, 0, 'intervals') + counter(c, 1, 'intervals'), 0)
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
  assert.deepEqual(sent(c), ['diffRequest 0→3', 'diffReply 3→0'])
  assert.deepEqual([load(c, 0, 1), load(c, 0, 2), load(c, 0, 3)], [1, 2, 3])
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
  assert.equal(state(c, 0, 0), PageState.FETCHING)
  // Another thread of node 0 acquires lock 2 while the first one waits.
  assert.equal(c.deliver(0, 1), true)
  c.node(0).core.step({ type: 'lockAcquire', proc: 0 as never, lock: 2 as never })
  const request = { type: 'lockRequest', lock: 2, requester: 0, time: Uint32Array.of(0, 1, 0) } as never
  c.step(2, { type: 'message', from: node(0), message: request })
  assert.equal(c.deliver(2, 0), true)
  assert.equal(c.deliver(1, 0), true)
  assert.equal(state(c, 0, 0), PageState.FETCHING)
  c.settle()
  assert.equal(state(c, 0, 0), PageState.CLEAN)
  assert.deepEqual([load(c, 0, 0), load(c, 0, 1)], [1, 2])
})

test('§3.5 the minimal set: writers that another has seen are not asked', () => {
  const interval = (n: number, index: number, time: number[]): Interval => ({
    node: node(n),
    index: intervalIndex(index),
    time: Uint32Array.from(time),
    pages: [pageId(0)],
  })
  const names = (missing: Interval[]): string =>
    [...minimalWriters(missing)].map(([n, wants]) => `${n}:${wants.map((w) => `${w.node}.${w.index}`)}`).join(' ')
  const a = interval(1, 1, [0, 1, 0, 0])
  const b = interval(2, 1, [0, 1, 1, 0])
  const d = interval(3, 1, [0, 0, 0, 1])
  assert.equal(names([a, b]), '2:1.1,2.1')
  assert.equal(names([b, a]), '2:2.1,1.1')
  assert.equal(names([a, d]), '1:1.1 3:3.1')
  assert.equal(names([a, b, d]), '2:1.1,2.1 3:3.1')
  // Node 1's later interval is concurrent with b: both are asked, node 1 for its own.
  const a2 = interval(1, 2, [0, 2, 0, 0])
  assert.equal(names([a, a2, b]), '1:1.1,1.2 2:2.1')
})

test('§3.4 an arrival carries the own intervals the manager may lack; a departure what each client lacks', () => {
  const c = cluster(3)
  for (const n of [0, 1, 2]) store(c, n, n * PAGE, n)
  barrier(c)
  const arrive = lastSent(c, 'arrive')
  assert.deepEqual(
    arrive.rider.intervals.map((i) => i.node),
    [2],
  )
  assert.deepEqual(
    lastSent(c, 'depart').rider.intervals.map((i) => i.node),
    [0, 1],
  )
  sent(c)
  barrier(c)
  assert.equal(lastSent(c, 'depart').rider.intervals.length, 0)
})

test('two writers of different bytes of one page between two barriers lose nothing, at every byte offset', () => {
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

test('a whole chain of writers at different bytes, read by a node that saw only the last lock', () => {
  const c = cluster(4)
  for (let i = 0; i < 30; i++) {
    const n = i % 3
    acquire(c, n, i % 2)
    store(c, n, i, i + 1)
    release(c, n, i % 2)
    if (i % 5 === 4) barrier(c)
  }
  barrier(c)
  for (let i = 0; i < 30; i++) assert.equal(load(c, 3, i), i + 1)
})

test('a reply must hold exactly what was asked', () => {
  const reply = (diffs: object[]): never =>
    ({ type: 'message', from: node(0), message: { type: 'diffReply', diffs } }) as never
  const diff = { page: pageId(0), node: node(0), index: intervalIndex(1), bytes: new Uint8Array(0) }
  for (const diffs of [[], [diff, diff], [{ ...diff, page: pageId(1) }], [{ ...diff, index: intervalIndex(2) }]]) {
    const c = cluster(2)
    store(c, 0, 0, 1)
    barrier(c)
    c.attempt(1, { type: 'load', address: 0 })
    assert.throws(() => c.node(1).core.step(reply(diffs)), /that it was not asked for/)
  }
  assert.throws(
    () =>
      cluster(2)
        .node(1)
        .core.step(reply([diff])),
    /that it was not asked for/,
  )
})
