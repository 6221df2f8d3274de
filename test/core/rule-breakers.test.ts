/**
 * A member of the run that breaks rules: each case is one that fuzzing or reading showed to reach further than it
 * should. It must be refused as the peer's mistake, before any process is told something that it did not ask for.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeAllocated, encodeAllocation } from '../../src/core/allocator.js'
import type { Event } from '../../src/core/events.js'
import { intervalIndex, type PageId, pageId, procId } from '../../src/core/ids.js'
import type { Interval, Rider } from '../../src/core/interval.js'
import type { Message } from '../../src/core/messages.js'
import { asciiBytes, quoted } from '../../src/core/name.js'
import { MAX_EARLY_DIFFS, MAX_HOME_MOVES } from '../../src/limits.js'
import { homeLrc } from '../../src/protocols/home-lrc.js'
import type { Cluster } from '../../src/sim/cluster.js'
import type { Operation } from '../../src/sim/operation.js'
import { refused } from '../wire/encoded.js'
import { acquire, barrier, cluster, lastSent, load, node, store } from './cluster-helpers.js'

const from = (i: number, message: Message): Event => ({ type: 'message', from: node(i), message })
const nothing = new Uint8Array(0)
const noRider: Rider = { time: new Uint32Array(2), intervals: [] }
const memoryFor = (proc: number, address: number): Message => ({
  type: 'mallocReply',
  proc: procId(proc),
  address,
  used: false,
  free: 0,
  largest: 0,
  rider: noRider,
})

/** Node 1 of two has begun this, and waits for node 0. */
function waiting(operation: Operation): Cluster {
  const c = cluster(2)
  if (operation.type === 'acquire') acquire(c, 0, operation.lock)
  assert.equal(c.attempt(1, operation), undefined)
  return c
}

describe('an answer is one to what was asked', () => {
  const answers: [Operation, Message][] = [
    [{ type: 'acquire', lock: 0 }, memoryFor(1, 64)],
    [
      { type: 'acquire', lock: 0 },
      { type: 'freeReply', proc: procId(1), ok: true },
    ],
    [{ type: 'barrier', id: 0 }, memoryFor(1, 64)],
    [
      { type: 'barrier', id: 0 },
      { type: 'freeReply', proc: procId(1), ok: false },
    ],
    [
      { type: 'malloc', block: 0, bytes: 8 },
      { type: 'freeReply', proc: procId(1), ok: true },
    ],
    [{ type: 'malloc', block: 0, bytes: 8 }, memoryFor(0, 64)],
  ]
  for (const [operation, message] of answers) {
    test(`${message.type} at ${operation.type}`, () => {
      const c = waiting(operation)
      refused(() => c.step(1, from(0, message)), /an answer came for process \d, which has not asked for it/)
      assert.equal(c.answer(1), undefined)
    })
  }
})

describe('memory that was given can be what was asked for', () => {
  // A heap of 512 bytes in pages of 64; a page or more is whole pages.
  const cases: [bytes: number, address: number][] = [
    [8, 4],
    [8, 505],
    [8, 512],
    [16, 504],
    [64, 72],
    [65, 448],
  ]
  for (const [bytes, address] of cases) {
    test(`${bytes} bytes at ${address}`, () => {
      const c = waiting({ type: 'malloc', block: 0, bytes })
      refused(() => c.step(1, from(0, memoryFor(1, address))), /address \d+, where no block of \d+ bytes can be/)
      const all = waiting({ type: 'alloc', bytes })
      const payload = encodeAllocated({ address, used: false, free: 0, largest: 0 })
      refused(() => all.step(1, from(0, { type: 'depart', rider: noRider, payload })), /decides what nobody asked for/)
    })
  }

  test('the last block of the heap is one', () => {
    const c = waiting({ type: 'malloc', block: 0, bytes: 16 })
    c.step(1, from(0, memoryFor(1, 496)))
    assert.equal(c.answer(1)?.value, 496)
  })
})

describe('a departure decides what was asked', () => {
  test('nothing, at a barrier', () => {
    const c = waiting({ type: 'barrier', id: 3 })
    const depart: Message = { type: 'depart', rider: noRider, payload: Uint8Array.of(1) }
    refused(
      () => c.step(1, from(0, depart)),
      /process 1 waits at barrier 3: the departure decides what nobody asked for/,
    )
  })

  test('an address, at an allocation', () => {
    for (const [payload, message] of [
      [nothing, /malformed/],
      [new Uint8Array(31), /malformed/],
      [encodeAllocated({ address: Number.NaN, used: false, free: 0, largest: 0 }), /nobody asked for/],
      [encodeAllocated({ address: 8.5, used: false, free: 0, largest: 0 }), /nobody asked for/],
      [encodeAllocated({ address: -8, used: false, free: 0, largest: 0 }), /nobody asked for/],
    ] as const) {
      const c = waiting({ type: 'alloc', bytes: 8 })
      refused(() => c.step(1, from(0, { type: 'depart', rider: noRider, payload })), message)
    }
  })
})

test('what an allocation is called cannot move the cursor of whoever reads the error', () => {
  const c = cluster(2)
  c.attempt(0, { type: 'alloc', bytes: 8 })
  const payload = encodeAllocation({ bytes: 8, align: 0, label: '\x1b[2J' })
  const arrive: Message = { type: 'arrive', kind: 'alloc', id: 0, rider: noRider, payload }
  refused(() => c.step(0, from(1, arrive)), /the description of an allocation is malformed/)
})

test('a phase has no name that cannot be shown, and its departure decides nothing', () => {
  const meet: Event = { type: 'meet', proc: procId(0), kind: 'phase', id: 0, payload: asciiBytes(quoted('warm')) }
  const c = cluster(2)
  c.step(0, meet)
  const arrive: Message = { type: 'arrive', kind: 'phase', id: 0, rider: noRider, payload: asciiBytes('\x1b[2J') }
  refused(() => c.step(0, from(1, arrive)), /a phase's name is malformed/)
  const d = cluster(2)
  d.step(1, { ...meet, proc: procId(1) })
  d.settle()
  const depart: Message = { type: 'depart', rider: noRider, payload: Uint8Array.of(1) }
  refused(() => d.step(1, from(0, depart)), /waits at phase "warm": the departure decides what nobody asked for/)
})

test('§2.1: times that contradict each other are a peer’s mistake, also where it shows only at a miss', () => {
  const page = pageId(1)
  const interval = (of: number, ...time: number[]): Interval => ({
    node: node(of),
    index: intervalIndex(time[of] as number),
    time: Uint32Array.from(time),
    pages: [page as PageId],
  })
  // Node 3 has seen node 2, and node 2 has seen node 1; but node 3 says that it has not seen node 1.
  const intervals = [interval(1, 0, 1, 0, 0), interval(2, 0, 1, 1, 0), interval(3, 0, 0, 1, 1)]
  const c = cluster(4)
  const message: Message = {
    type: 'freeRequest',
    proc: procId(1),
    address: 8,
    rider: { time: new Uint32Array(4), intervals },
  }
  c.step(0, from(1, message))
  refused(() => load(c, 0, 64), /contradict/)
})

describe('where pages have homes', () => {
  const homes = (nodes: number): Cluster => cluster(nodes, 8, homeLrc)
  const is = (page: number, home: number, moves: number): Message => ({
    type: 'homeIs',
    homes: [{ page: pageId(page), home: node(home), moves }],
  })
  const request = (page: number, requester: number, moves = 0, take = false): Message => ({
    type: 'pageRequest',
    page: pageId(page),
    requester: node(requester),
    needs: [],
    take,
    moves,
  })
  const flush = (page: number, writer: number, index: number, after: number, moves: number): Message => ({
    type: 'homeFlush',
    diffs: [{ page: pageId(page), node: node(writer), index: intervalIndex(index), after, moves, bytes: nothing }],
  })
  /** Node 0 is the home of page 0, and keeps track of it. */
  function homeAt0(nodes: number): Cluster {
    const c = homes(nodes)
    store(c, 0, 0, 1)
    barrier(c)
    return c
  }

  test('who keeps track of a page says where its home is, and a home says so of itself; nobody else', () => {
    const c = homes(3)
    refused(() => c.step(2, from(1, is(0, 0, 1))), /node 1 says who is the home of page 0/)
    const d = homes(3)
    d.step(2, from(0, is(0, 1, 1)))
    d.step(0, from(1, is(0, 1, 2)))
  })

  test('a node waits for a page once at a time: where nobody knows the home, and at the home', () => {
    const c = homes(3)
    c.step(0, from(1, request(0, 1)))
    c.step(0, from(1, request(0, 2)))
    refused(() => c.step(0, from(1, request(0, 1))), /node 1 asked for page 0 twice in the name of node 1/)
    const d = homeAt0(3)
    const needs = [{ node: node(2), index: intervalIndex(9) }]
    const late = { ...request(0, 1, 1), needs } as Message
    d.step(0, from(1, late))
    refused(() => d.step(0, from(1, late)), /node 1 asked for page 0 twice in the name of node 1/)
  })

  test('so many diffs wait at the home for the one that they follow, of each writer, and each once', () => {
    const c = homeAt0(3)
    for (let i = 1; i <= MAX_EARLY_DIFFS; i++) c.step(0, from(1, flush(0, 1, i + 1, i, 1)))
    c.step(0, from(1, flush(0, 2, 2, 1, 1)))
    assert.equal(c.node(0).core.footprint().diffs, MAX_EARLY_DIFFS + 1)
    const more = flush(0, 1, MAX_EARLY_DIFFS + 2, MAX_EARLY_DIFFS + 1, 1)
    refused(() => c.step(0, from(1, more)), /node 1 sent diffs of page 0, node 1, without the one that they follow/)
    const d = homeAt0(2)
    d.step(0, from(1, flush(0, 1, 2, 1, 1)))
    refused(() => d.step(0, from(1, flush(0, 1, 3, 1, 1))), /node 1 sent the diff of page 0, node 1, interval 3 twice/)
  })

  test('two who were told that the other is the home do not pass a request round, nor a diff', () => {
    for (const message of [request(2, 2), flush(2, 2, 1, 0, 0)]) {
      const c = homes(3)
      c.step(0, from(2, is(2, 1, 5)))
      c.step(1, from(2, is(2, 0, 5)))
      c.step(0, from(2, message))
      refused(() => c.deliver(0, 1), /node 0 takes node 1 for the home of page 2/)
    }
  })

  test('who has claimed a page and hears of it from others first asks who keeps track', () => {
    const c = homes(3)
    store(c, 1, 0, 1)
    c.attempt(1, { type: 'barrier', id: 0 })
    c.step(1, from(2, request(0, 2, 1)))
    const { requester, moves } = lastSent(c, 'pageRequest')
    assert.deepEqual([requester, moves], [2, 0])
    while (c.deliver(1, 0));
    while (c.deliver(0, 1));
    assert.deepEqual(
      c.sent
        .filter(({ message }) => /^page/.test(message.type))
        .map(({ from, to, message }) => `${message.type} ${from}→${to}`),
      ['pageRequest 1→0', 'pageRequest 0→1', 'pageReply 1→2'],
    )
  })

  test('a home that is handed over has moved on; one that has moved as often as can be stays', () => {
    const c = homeAt0(2)
    load(c, 1, 0)
    c.step(1, from(0, { type: 'homeOffer', page: pageId(0) }))
    assert.equal(lastSent(c, 'pageRequest').take, true)
    const reply: Message = {
      type: 'pageReply',
      page: pageId(0),
      bytes: c.node(0).memory.contents(pageId(0)),
      moves: 1,
      yours: true,
      applied: [],
    }
    refused(() => c.step(1, from(0, reply)), /node 0 sent page 0, which it was not asked for/)
    const d = homes(2)
    d.step(0, from(1, is(1, 0, MAX_HOME_MOVES)))
    d.step(0, from(1, request(1, 1, MAX_HOME_MOVES, true)))
    const { yours, moves } = lastSent(d, 'pageReply')
    assert.deepEqual([yours, moves], [false, MAX_HOME_MOVES])
  })
})
