/** Diffs that come by themselves: pushed at an arrival, fetched ahead at a departure, brought along by a miss. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Coherence, CoherenceContext } from '../../src/core/coherence.js'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { PART_BYTES } from '../../src/limits.js'
import { TreadMarks, treadmarks } from '../../src/protocols/treadmarks.js'
import { Cluster } from '../../src/sim/cluster.js'
import { acquire, barrier, cluster, lastSent, load, node, PAGE, release, sent, store } from './cluster-helpers.js'

const state = (c: ReturnType<typeof cluster>, n: number, page: number): PageState =>
  c.node(n).memory.state(pageId(page))

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

test('push: who asked for diffs of a page gets the next ones unasked, with one message, and nobody faults any more', () => {
  const c = cluster(2)
  write(c, 4, 1)
  assert.equal(meetAndRead(c, 4, 1).length, 8)
  for (let value = 2; value < 4; value++) {
    write(c, 4, value)
    assert.deepEqual(meetAndRead(c, 4, value), ['diffPush 0→1'])
  }
  assert.equal(c.node(1).memory.readFaults, 4)
  // The writer faults when its page is new, and when its diff was asked for; a page that was pushed stays open.
  assert.equal(c.node(0).memory.writeFaults, 8)
})

test('push: of pages whose trust is at its end one is closed; if it is missed the writer is told of all', () => {
  const c = cluster(2)
  const told: number[] = []
  for (let value = 1; value <= 40; value++) {
    write(c, 4, value)
    sent(c)
    barrier(c)
    const keeps = c.sent.flatMap(({ message }) => (message.type === 'diffKeep' ? [message.pages] : []))
    for (const pages of keeps) assert.deepEqual(pages, [0, 1, 2, 3])
    for (let p = 0; p < 4; p++) assert.equal(load(c, 1, p * PAGE), value)
    const diffs = sent(c).filter((line) => line.startsWith('diff'))
    if (value > 1)
      assert.deepEqual(
        diffs.filter((line) => line !== 'diffKeep 1→0'),
        ['diffPush 0→1'],
      )
    if (diffs.includes('diffKeep 1→0')) told.push(value)
  }
  assert.deepEqual(told, [5, 12, 27])
  assert.equal(c.node(1).memory.readFaults, 4 + told.length)
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

test('push: a page out of use costs no more diffs than it has saved', () => {
  const c = cluster(2)
  for (let round = 1; round <= 40; round++) {
    write(c, 1, round)
    meetAndRead(c, 1, round)
  }
  const pushes = (rounds: number): number => {
    sent(c)
    for (let round = 0; round < rounds; round++) {
      write(c, 1, 100 + round)
      barrier(c)
    }
    return sent(c).filter((line) => line.startsWith('diff')).length
  }
  // Told in round 27 that it was in use, the writer trusts that for 32 rounds.
  assert.equal(pushes(100), 32 - (40 - 27))
  assert.equal(pushes(10), 0)
  assert.equal(load(c, 1, 0), 109)
})

test('push: a page that two write takes the other one’s diffs in place, and neither faults any more', () => {
  const c = cluster(2)
  const faults: number[] = []
  for (let round = 1; round < 40; round++) {
    const { memory } = c.node(1)
    faults.push(memory.readFaults + memory.writeFaults)
    store(c, 0, 0, round)
    store(c, 1, 1, round)
    barrier(c)
    for (const n of [0, 1]) assert.deepEqual([load(c, n, 0), load(c, n, 1)], [round, round])
  }
  assert.equal(faults.at(-1), faults[5])
})

test('push: a diff that comes after its notice is found by the miss, which asks nobody', () => {
  const c = cluster(3)
  write(c, 1, 1)
  meetAndRead(c, 1, 1)
  store(c, 0, 0, 2)
  // Node 0's push to node 1 waits in the queue, while the notice reaches node 1 by way of node 2 and its lock.
  c.attempt(0, { type: 'barrier', id: 0 })
  const [push] = c.queues[1]?.splice(0, 1) ?? []
  assert.equal(push?.type, 'diffPush')
  acquire(c, 2, 0)
  release(c, 2, 0)
  acquire(c, 1, 0)
  assert.equal(state(c, 1, 0), PageState.INVALID)
  c.queues[1]?.push(push as never)
  c.settle()
  sent(c)
  assert.equal(load(c, 1, 0), 2)
  assert.deepEqual(sent(c), [])
})

test('push: a diff that everybody was sent is held by nobody, once it is in the page', () => {
  const held = (c: Cluster): number[] => [0, 1, 2].map((n) => c.node(n).core.footprint().diffs)
  const c = cluster(3)
  const round = (value: number, readers: readonly number[]): void => {
    write(c, 2, value)
    barrier(c)
    for (const n of readers) for (let p = 0; p < 2; p++) assert.equal(load(c, n, p * PAGE), value)
  }
  round(1, [1, 2])
  assert.deepEqual(held(c), [2, 2, 2])
  for (let value = 2; value < 20; value++) round(value, [1, 2])
  assert.deepEqual(held(c), [2, 2, 2])
  // When one of them reads no longer, the others' trust in it ends, and then somebody must hold them.
  for (let value = 20; value < 60; value++) round(value, [1])
  const [writer = 0, reader = 0] = held(c)
  assert.ok(writer > 2 && reader > 2, `${held(c)}`)
  assert.equal(load(c, 2, 0), 59)
})

test('push: who asks for a diff that everybody was sent is told that it is on its way, and waits for it', () => {
  const c = cluster(3)
  for (let value = 1; value < 4; value++) {
    write(c, 1, value)
    barrier(c)
    for (const n of [1, 2]) assert.equal(load(c, n, 0), value)
  }
  store(c, 0, 0, 4)
  c.attempt(0, { type: 'barrier', id: 0 })
  const at = c.queues[1]?.findIndex(({ type }) => type === 'diffPush') ?? -1
  const [push] = c.queues[1]?.splice(at, 1) ?? []
  acquire(c, 2, 0)
  release(c, 2, 0)
  acquire(c, 1, 0)
  sent(c)
  assert.equal(c.attempt(1, { type: 'load', address: 0 }), undefined)
  c.settle()
  assert.deepEqual(sent(c), ['diffRequest 1→0', 'diffReply 0→1'])
  assert.equal(c.attempt(1, { type: 'load', address: 0 }), undefined, 'it has not come')
  c.queues[1]?.push(push as never)
  c.settle()
  assert.equal(load(c, 1, 0), 4)
})

test('push: a malformed diff is not written in place, and is refused', () => {
  const c = cluster(2)
  write(c, 1, 1)
  meetAndRead(c, 1, 1)
  const bytes = Uint8Array.of(9)
  const diffs = [{ page: pageId(0), node: node(0), index: intervalIndex(2), bytes, all: false }]
  c.step(1, { type: 'message', from: node(0), message: { type: 'diffPush', diffs } })
  const rider = {
    time: Uint32Array.of(2, 0),
    intervals: [{ ...diffs[0], time: Uint32Array.of(2, 0), pages: [pageId(0)] }],
  }
  c.attempt(1, { type: 'barrier', id: 0 })
  const depart = {
    type: 'message',
    from: node(0),
    message: { type: 'depart', rider, payload: new Uint8Array(0) },
  } as never
  assert.throws(() => c.node(1).core.step(depart), /the diff of page 0 by node 0 is malformed/)
  assert.equal(c.node(1).memory.bytes[0], 1)
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
  store(c, 1, 1, 7)
  assert.equal(load(c, 1, 0), 2)
})

test('a large push comes in parts', () => {
  // Each diff is a quarter of a part, and a little more.
  const pageBytes = PART_BYTES / 4
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

test('what is remembered for later is bounded by the pages there are', () => {
  const protocols: TreadMarks[] = []
  const coherence = (context: CoherenceContext): Coherence => {
    const protocol = new TreadMarks(context)
    protocols[context.self] = protocol
    return protocol
  }
  const c = new Cluster({ nodes: 2, pages: 8, pageBytes: PAGE, coherence })
  for (let i = 0; i < 50; i++) {
    const n = i % 2
    acquire(c, n, 0)
    assert.equal(load(c, n, 0), i)
    store(c, n, 0, i + 1)
    release(c, n, 0)
  }
  const { closedBy } = protocols[1] as unknown as { closedBy: Map<unknown, number[]> }
  assert.equal(closedBy.size, 0)
})

test('ahead: when trust has run out, one miss proves the use of all pages that one interval closed', () => {
  const c = cluster(2)
  const missed: number[] = []
  for (let round = 1; round <= 20; round++) {
    const before = c.node(1).memory.readFaults
    write(c, 4, round)
    meetAndRead(c, 4, round)
    missed.push(c.node(1).memory.readFaults - before)
  }
  assert.equal(missed[0], 4)
  assert.ok(missed.slice(1).every((faults) => faults <= 1))
})
