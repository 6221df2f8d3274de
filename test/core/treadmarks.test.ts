/** The rules of lazy release consistency as published (Keleher, Cox, Dwarkadas, Zwaenepoel, USENIX 1994), one test each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C } from '../../src/core/counters.js'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import { PageState } from '../../src/core/memory.js'
import { minimalWriters, treadmarks } from '../../src/protocols/treadmarks.js'
import { Cluster } from '../../src/sim/cluster.js'
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

/** All meet, and node 1 reads what node 0 wrote to the first `pages` pages; returns the messages with diffs that this took. */
function meetAndRead(c: ReturnType<typeof cluster>, pages: number, value: number): string[] {
  sent(c)
  barrier(c)
  for (let p = 0; p < pages; p++) assert.equal(load(c, 1, p * PAGE), value)
  return sent(c).filter((line) => line.startsWith('diff'))
}

function write(c: ReturnType<typeof cluster>, pages: number, value: number): void {
  for (let p = 0; p < pages; p++) store(c, 0, p * PAGE, value)
}

/** The interval ends when node 2 gets the lock, so nothing is pushed at the barrier. */
function writeUnderLock(c: ReturnType<typeof cluster>, pages: number, value: number): void {
  acquire(c, 0, 0)
  write(c, pages, value)
  release(c, 0, 0)
  acquire(c, 2, 0)
  release(c, 2, 0)
}

test('push: who asked for diffs of a page gets the next ones unasked, with one message, and faults no more', () => {
  const c = cluster(2)
  write(c, 4, 1)
  assert.equal(meetAndRead(c, 4, 1).length, 8)
  for (let value = 2; value < 10; value++) {
    write(c, 4, value)
    assert.deepEqual(meetAndRead(c, 4, value), ['diffPush 0→1'])
  }
  assert.equal(c.node(1).memory.readFaults, 4)
})

test('push: only to those who asked, and only the pages that they asked for', () => {
  const c = cluster(3)
  write(c, 4, 1)
  meetAndRead(c, 2, 1)
  write(c, 4, 2)
  assert.deepEqual(meetAndRead(c, 2, 2), ['diffPush 0→1'])
  const { diffs } = lastSentOf(c, 3)
  assert.deepEqual(diffs, [0, 1])
})

/** Writes once more and tells which pages are pushed. */
function lastSentOf(c: ReturnType<typeof cluster>, value: number): { diffs: number[] } {
  write(c, 4, value)
  barrier(c)
  const diffs = lastSent(c, 'diffPush').diffs.map((diff) => diff.page)
  return { diffs }
}

test('push: sixteen times, then the page must be missed again; what nobody uses costs no more', () => {
  const c = cluster(2)
  const faults: number[] = []
  for (let round = 1; round <= 35; round++) {
    write(c, 1, round)
    meetAndRead(c, 1, round)
    faults.push(c.node(1).memory.readFaults)
  }
  assert.deepEqual([faults[0], faults[16], faults[17], faults[33], faults[34]], [1, 1, 2, 2, 3])
  for (let round = 0; round < 16; round++) {
    write(c, 1, 100 + round)
    barrier(c)
  }
  sent(c)
  for (let round = 0; round < 10; round++) {
    write(c, 1, 200 + round)
    barrier(c)
  }
  assert.deepEqual(
    sent(c).filter((line) => line.startsWith('diff')),
    [],
  )
  assert.equal(load(c, 1, 0), 209)
})

test('push: a page with writes of our own takes the diff by the usual way', () => {
  const c = cluster(2)
  for (let round = 1; round < 40; round++) {
    store(c, 0, 0, round)
    store(c, 1, 1, round)
    barrier(c)
    for (const n of [0, 1]) assert.deepEqual([load(c, n, 0), load(c, n, 1)], [round, round])
  }
})

test('push: a diff that comes after its notice is found by the miss', () => {
  const c = cluster(3)
  write(c, 1, 1)
  meetAndRead(c, 1, 1)
  store(c, 0, 0, 2)
  // Node 0's push to node 1 waits in the queue, while the notice reaches node 1 by way of node 2 and its lock.
  c.attempt(0, { type: 'barrier', id: 0 })
  const [push] = c.queues[1]?.splice(0, 1) ?? []
  assert.equal(push?.type, 'diffPush')
  for (const n of [1, 2]) c.attempt(n, { type: 'barrier', id: 0 })
  assert.ok(c.deliver(1, 0) && c.deliver(2, 0))
  assert.ok(c.deliver(0, 1))
  assert.equal(state(c, 1, 0), PageState.FETCHING)
  c.queues[1]?.unshift(push as never)
  c.settle()
  assert.equal(state(c, 1, 0), PageState.CLEAN)
  assert.equal(c.node(1).memory.bytes[0], 2)
})

test('push: nobody may push the diffs of another', () => {
  const diff = { page: pageId(0), node: node(2), index: intervalIndex(1), bytes: new Uint8Array(0) }
  const push = { type: 'message', from: node(0), message: { type: 'diffPush', diffs: [diff] } } as never
  assert.throws(() => cluster(3).node(1).core.step(push), /node 0 pushed a diff of node 2/)
})

test('ahead: pages that were missed before are fetched at the departure, with one request', () => {
  const c = cluster(3)
  writeUnderLock(c, 4, 1)
  assert.equal(meetAndRead(c, 4, 1).length, 8)
  writeUnderLock(c, 4, 2)
  assert.deepEqual(meetAndRead(c, 4, 2), ['diffRequest 1→0', 'diffReply 0→1'])
  assert.equal(c.node(1).memory.readFaults, 4)
})

test('ahead: under a lock, a miss brings the other pages of its interval that are in use', () => {
  const c = cluster(2)
  const round = (value: number): string[] => {
    acquire(c, 0, 0)
    write(c, 3, value)
    release(c, 0, 0)
    acquire(c, 1, 0)
    sent(c)
    for (let p = 0; p < 3; p++) assert.equal(load(c, 1, p * PAGE), value)
    release(c, 1, 0)
    return sent(c)
  }
  assert.equal(round(1).length, 6)
  assert.deepEqual(round(2), ['diffRequest 1→0', 'diffReply 0→1'])
})

test('ahead: a thread that comes early waits for the fetch that is under way, also to write', () => {
  const c = cluster(3)
  writeUnderLock(c, 1, 1)
  meetAndRead(c, 1, 1)
  writeUnderLock(c, 1, 2)
  for (const n of [0, 1, 2]) c.attempt(n, { type: 'barrier', id: 0 })
  assert.ok(c.deliver(1, 0) && c.deliver(2, 0))
  assert.ok(c.deliver(0, 1))
  assert.equal(c.attempt(1, { type: 'barrier', id: 0 }), 0)
  assert.equal(state(c, 1, 0), PageState.FETCHING)
  assert.equal(c.attempt(1, { type: 'store', address: 1, value: 7 }), undefined)
  c.settle()
  assert.equal(state(c, 1, 0), PageState.DIRTY)
  assert.equal(load(c, 1, 0), 2)
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

test('a large push comes in parts', () => {
  const pageBytes = 1024 * 1024
  const c = new Cluster({ nodes: 2, pages: 7, pageBytes, coherence: treadmarks })
  const fill = (value: number): void => {
    for (let p = 0; p < 7; p++) {
      store(c, 0, p * pageBytes, value)
      c.node(0).memory.bytes.fill(value, p * pageBytes, (p + 1) * pageBytes)
    }
    barrier(c)
    for (let p = 0; p < 7; p++) assert.equal(load(c, 1, (p + 1) * pageBytes - 1), value)
  }
  fill(1)
  sent(c)
  fill(2)
  assert.deepEqual(
    sent(c).filter((line) => line.startsWith('diff')),
    ['diffPush 0→1', 'diffPush 0→1'],
  )
})

test('with locks alone, what is noted for the next meeting is bounded by the pages there are', () => {
  const c = cluster(2)
  for (let i = 0; i < 50; i++) {
    const n = i % 2
    acquire(c, n, 0)
    assert.equal(load(c, n, 0), i)
    store(c, n, 0, i + 1)
    release(c, n, 0)
  }
  const { coherence } = c.node(1).core as unknown as { coherence: { lately: Set<number> } }
  assert.deepEqual([...coherence.lately], [0])
})
