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
import type { Cluster } from '../../src/sim/cluster.js'
import type { Operation } from '../../src/sim/operation.js'
import { refused } from '../wire/encoded.js'
import { acquire, cluster, load, node } from './cluster-helpers.js'

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
