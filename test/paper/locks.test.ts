/** Locks as published: docs/paper.md has the table of rules. Orders of arrival and broken rules are in test/core/lock.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C } from '../../src/core/counters.js'
import { lockId } from '../../src/core/ids.js'
import { managerOf } from '../../src/core/lock-manager.js'
import { acquire, cluster, lastSent, PAGE, release, sent, store } from '../core/cluster-helpers.js'
import { names } from './looks.js'

test('§3.3 the manager of lock l is node l mod n; its first acquire there costs no message', () => {
  const c = cluster(4)
  for (const lock of [0, 1, 2, 3, 7]) {
    assert.equal(managerOf(lockId(lock), 4), lock % 4)
    acquire(c, lock % 4, lock)
    release(c, lock % 4, lock)
  }
  assert.deepEqual(sent(c), [])
})

test('§3.3 two messages when the manager held it last', () => {
  const c = cluster(3)
  acquire(c, 2, 0)
  assert.deepEqual(sent(c), ['lockRequest 2→0', 'lockGrant 0→2'])
})

test('§3.3 three messages when somebody else held it last', () => {
  const c = cluster(3)
  acquire(c, 1, 0)
  release(c, 1, 0)
  sent(c)
  acquire(c, 2, 0)
  assert.deepEqual(sent(c), ['lockRequest 2→0', 'lockForward 0→1', 'lockGrant 1→2'])
})

test('§3.3 the last holder takes it again without a message and without the core', () => {
  const c = cluster(3)
  acquire(c, 1, 0)
  release(c, 1, 0)
  sent(c)
  for (let i = 0; i < 10; i++) {
    assert.equal(c.attempt(1, { type: 'acquire', lock: 0 }), 0)
    release(c, 1, 0)
  }
  assert.deepEqual(sent(c), [])
  assert.equal(c.node(1).counters[C.lockAcquires], 11)
  assert.equal(c.node(1).counters[C.remoteLockAcquires], 1)
})

test('§3.3 the manager forwards to whoever requested last, although that node has not got the lock yet', () => {
  const c = cluster(4)
  acquire(c, 1, 0)
  for (const n of [2, 3]) {
    assert.equal(c.attempt(n, { type: 'acquire', lock: 0 }), undefined)
    c.settle()
  }
  assert.deepEqual(sent(c).slice(2), ['lockRequest 2→0', 'lockForward 0→1', 'lockRequest 3→0', 'lockForward 0→2'])
})

test('§3.3 a request waits at the holder until the release', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  assert.equal(c.attempt(1, { type: 'acquire', lock: 0 }), undefined)
  c.settle()
  assert.equal(c.attempt(1, { type: 'acquire', lock: 0 }), undefined)
  assert.deepEqual(sent(c), ['lockRequest 1→0'])
  release(c, 0, 0)
  assert.deepEqual(sent(c), ['lockGrant 0→1'])
})

test('§3.3 the request carries what the acquirer has seen, and is answered with the rest', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  store(c, 0, 0, 1)
  release(c, 0, 0)
  acquire(c, 1, 0)
  release(c, 1, 0)
  assert.deepEqual([...lastSent(c, 'lockRequest').time], [0, 0])
  acquire(c, 0, 0)
  store(c, 0, PAGE, 1)
  release(c, 0, 0)
  acquire(c, 1, 0)
  assert.deepEqual([...lastSent(c, 'lockRequest').time], [1, 0])
  const { rider } = lastSent(c, 'lockGrant')
  assert.deepEqual(names(rider.intervals), ['0.2{1}'])
  assert.deepEqual([...rider.time], [2, 0])
})

test('§3.3 writes made after the request was sent, but before the release, are in the grant', () => {
  const c = cluster(2)
  acquire(c, 0, 0)
  c.attempt(1, { type: 'acquire', lock: 0 })
  c.settle()
  store(c, 0, 0, 1)
  release(c, 0, 0)
  assert.deepEqual(names(lastSent(c, 'lockGrant').rider.intervals), ['0.1{0}'])
})
