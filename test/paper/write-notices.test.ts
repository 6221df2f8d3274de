/** Write notices and invalidation as published: docs/paper.md has the table of rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalIndex, lockId, nodeId, pageId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { writeFrame } from '../../src/wire/frame.js'
import { acquire, barrier, cluster, lastSent, load, PAGE, release, sent, store } from '../core/cluster-helpers.js'
import { counter, names, state } from './looks.js'

test('§2.2 a grant carries the write notices the acquirer lacks, and they invalidate its copy', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 3, 7)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.deepEqual(sent(c), ['lockRequest 1→0', 'lockGrant 0→1'])
  assert.equal(state(c, 1, 0), 'INVALID')
  assert.equal(state(c, 1, 1), 'CLEAN')
})

test('§2.2 the next access to an invalidated page faults and pulls the modifications', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 3, 7)
  release(c, 0, 0)
  acquire(c, 1, 0)
  sent(c)
  assert.equal(load(c, 1, 3), 7)
  assert.equal(c.node(1).memory.readFaults, 1)
  assert.deepEqual(sent(c), ['diffRequest 1→0', 'diffReply 0→1'])
  assert.equal(load(c, 1, 4), 0)
  assert.deepEqual(sent(c), [])
})

test('§2.2 notices carry no data: nothing is fetched that nobody reads', () => {
  const c = cluster(3)
  for (let a = 0; a < 4; a++) store(c, 0, a * PAGE, 1)
  barrier(c)
  assert.equal(load(c, 1, PAGE), 1)
  assert.equal(counter(c, 1, 'pagesFetched'), 1)
  assert.equal(counter(c, 2, 'pagesFetched'), 0)
  assert.equal(counter(c, 0, 'diffsCreated'), 1)
})

test('§2.2 without an acquire nothing is invalidated: a node reads its old copy', () => {
  const c = cluster(3)
  acquire(c, 0, 0)
  store(c, 0, 0, 1)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.equal(state(c, 2, 0), 'CLEAN')
  assert.equal(load(c, 2, 0), 0)
})

test('§3.2 an interval has one notice for each page that was twinned since the last', () => {
  const c = cluster(2)
  for (const page of [5, 2, 7, 2, 5]) for (let i = 0; i < 3; i++) store(c, 0, page * PAGE + i, 1)
  barrier(c)
  assert.deepEqual(names(lastSent(c, 'depart').rider.intervals), ['0.1{2,5,7}'])
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

test('§3.3 a notice is the number of a page: on the wire two bytes for a page on its own', () => {
  const grant = (pages: number): number => {
    const time = Uint32Array.of(1, 0)
    const every = Array.from({ length: pages }, (_, i) => pageId(3 * i))
    const intervals = [{ node: nodeId(0), index: intervalIndex(1), time, pages: every }]
    const message: Message = { type: 'lockGrant', lock: lockId(0), rider: { time, intervals }, sleepers: [] }
    return writeFrame(new ByteWriter(), message).length
  }
  assert.equal(grant(101) - grant(1), 200)
})
