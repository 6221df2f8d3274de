/** Barriers as published: docs/paper.md has the table of rules. What can go wrong with them is in test/core/meeting.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acquire, barrier, cluster, lastSent, PAGE, sent, store } from '../core/cluster-helpers.js'
import { all, names, state } from './looks.js'

test('§3.4 a barrier costs 2(n-1) messages', () => {
  for (const n of [1, 2, 4, 8]) {
    const c = cluster(n)
    barrier(c)
    assert.equal(sent(c).length, 2 * (n - 1))
  }
})

test('§3.4 all arrive at one manager, and it lets them go together', () => {
  const c = cluster(3)
  c.attempt(1, { type: 'barrier', id: 0 })
  c.attempt(0, { type: 'barrier', id: 0 })
  c.settle()
  assert.equal(c.attempt(1, { type: 'barrier', id: 0 }), undefined)
  assert.equal(c.attempt(0, { type: 'barrier', id: 0 }), undefined)
  c.attempt(2, { type: 'barrier', id: 0 })
  c.settle()
  assert.deepEqual(sent(c), ['arrive 1→0', 'arrive 2→0', 'depart 0→1', 'depart 0→2'])
  for (const n of [0, 1, 2]) assert.equal(c.attempt(n, { type: 'barrier', id: 0 }), 0)
})

test('§3.4 an arrival carries the own intervals the manager may lack; a departure what each client lacks', () => {
  const c = cluster(3)
  for (const n of [0, 1, 2]) store(c, n, n * PAGE, n)
  barrier(c)
  assert.deepEqual(
    all(c, 'arrive').map(({ rider }) => names(rider.intervals)),
    [['1.1{1}'], ['2.1{2}']],
  )
  assert.deepEqual(
    all(c, 'depart').map(({ rider }) => names(rider.intervals)),
    [
      ['0.1{0}', '2.1{2}'],
      ['0.1{0}', '1.1{1}'],
    ],
  )
})

test('§3.4 an interval goes to the manager once: the next barrier has nothing to tell', () => {
  const c = cluster(3)
  for (const n of [0, 1, 2]) store(c, n, n * PAGE, n + 1)
  barrier(c)
  sent(c)
  barrier(c)
  for (const { rider } of [...all(c, 'arrive'), ...all(c, 'depart')]) assert.deepEqual(rider.intervals, [])
})

test('§3.4 an arrival carries own intervals alone, not those that were learned from others', () => {
  const c = cluster(3)
  acquire(c, 1, 1)
  store(c, 1, 0, 1)
  c.attempt(1, { type: 'release', lock: 1 })
  acquire(c, 2, 1)
  store(c, 2, PAGE, 1)
  c.attempt(2, { type: 'barrier', id: 0 })
  assert.deepEqual(names(lastSent(c, 'arrive').rider.intervals), ['2.1{1}'])
})

test('§3.4 behind a barrier all nodes have the same time, and every page that others wrote is closed', () => {
  const c = cluster(4)
  for (const n of [0, 1, 2, 3]) store(c, n, n * PAGE, 1)
  barrier(c)
  for (const n of [0, 1, 2, 3]) {
    for (const page of [0, 1, 2, 3]) assert.equal(state(c, n, page), page === n ? 'NOTED' : 'INVALID')
  }
  barrier(c)
  for (const { rider } of all(c, 'arrive').slice(-3)) assert.deepEqual([...rider.time], [1, 1, 1, 1])
})
