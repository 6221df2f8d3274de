/** Locks beside the rules of the papers, which are in test/paper: who comes first, what overtakes what, broken rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockId } from '../../src/core/ids.js'
import { ABSENT, FREE, HELD, WANTED } from '../../src/core/lock-words.js'
import { acquire, cluster, release, sent } from './cluster-helpers.js'

const word = (c: ReturnType<typeof cluster>, n: number, lock: number): number =>
  c.node(n).words[c.node(n).wordOf(lockId(lock))] as number

test('two messages when the manager itself wants it back', () => {
  const c = cluster(3)
  acquire(c, 1, 0)
  release(c, 1, 0)
  sent(c)
  acquire(c, 0, 0)
  assert.deepEqual(sent(c), ['lockForward 0→1', 'lockGrant 1→0'])
})

test('a held lock is granted at its release, to whoever asked first', () => {
  const c = cluster(4)
  acquire(c, 1, 0)
  for (const n of [3, 2, 0]) {
    assert.equal(c.attempt(n, { type: 'acquire', lock: 0 }), undefined)
    c.settle()
  }
  const order: number[] = []
  for (let holder = 1; order.length < 3; ) {
    release(c, holder, 0)
    c.settle()
    const next = [0, 2, 3].find((n) => !order.includes(n) && c.attempt(n, { type: 'acquire', lock: 0 }) === 0)
    assert.notEqual(next, undefined)
    order.push(next as number)
    holder = next as number
  }
  assert.deepEqual(order, [3, 2, 0])
})

test('a waiting remote request beats local re-acquire', () => {
  const c = cluster(2)
  acquire(c, 1, 0)
  assert.equal(c.attempt(0, { type: 'acquire', lock: 0 }), undefined)
  c.settle()
  assert.equal(word(c, 1, 0), HELD | WANTED)
  release(c, 1, 0)
  assert.equal(word(c, 1, 0), ABSENT)
  assert.equal(c.attempt(1, { type: 'acquire', lock: 0 }), undefined)
  c.settle()
  assert.equal(c.attempt(0, { type: 'acquire', lock: 0 }), 0)
  assert.equal(c.attempt(1, { type: 'acquire', lock: 0 }), undefined)
})

test('a forwarded request that overtakes the grant waits for it', () => {
  const c = cluster(3)
  acquire(c, 1, 0)
  release(c, 1, 0)
  assert.equal(c.attempt(2, { type: 'acquire', lock: 0 }), undefined)
  assert.ok(c.deliver(2, 0))
  // Node 0 wants it too: its request is forwarded to node 2, and arrives there before the token does.
  assert.equal(c.attempt(0, { type: 'acquire', lock: 0 }), undefined)
  assert.ok(c.deliver(0, 1))
  assert.ok(c.deliver(0, 2))
  assert.ok(c.deliver(1, 2))
  assert.equal(c.attempt(2, { type: 'acquire', lock: 0 }), 0)
  assert.equal(word(c, 2, 0), HELD | WANTED)
  release(c, 2, 0)
  c.settle()
  assert.equal(c.attempt(0, { type: 'acquire', lock: 0 }), 0)
  assert.equal(word(c, 0, 0), HELD)
  release(c, 0, 0)
  assert.equal(word(c, 0, 0), FREE)
})

test('a lock nobody waits for is free again after a contended episode', () => {
  const c = cluster(2)
  acquire(c, 1, 0)
  c.attempt(0, { type: 'acquire', lock: 0 })
  c.settle()
  release(c, 1, 0)
  c.settle()
  assert.equal(c.attempt(0, { type: 'acquire', lock: 0 }), 0)
  release(c, 0, 0)
  assert.equal(word(c, 0, 0), FREE)
  sent(c)
  acquire(c, 0, 0)
  assert.deepEqual(sent(c), [])
})

test('requests that break the rules are refused', () => {
  const c = cluster(3)
  acquire(c, 1, 0)
  const request = (requester: number): never =>
    ({ type: 'lockRequest', lock: 0, requester, time: new Uint32Array(3) }) as never
  const from = (n: number, message: never): never => ({ type: 'message', from: n, message }) as never
  assert.throws(() => c.node(0).core.step(from(1, request(1))), /requested lock 0 twice/)
  assert.throws(() => c.node(0).core.step(from(2, request(1))), /only node 1 may send/)
  assert.throws(() => c.node(1).core.step(from(2, request(2))), /does not manage/)
  const rider = { time: new Uint32Array(3), intervals: [] }
  const grant = { type: 'lockGrant', lock: 0, rider, sleepers: [] } as never
  assert.throws(() => c.node(2).core.step(from(1, grant)), /without a request/)
})

test('a node speaks only for its own processes, and answers only what was asked', () => {
  const c = cluster(2)
  const from = (n: number, message: object): never => ({ type: 'message', from: n, message }) as never
  const rider = { time: new Uint32Array(2), intervals: [] }
  const time = new Uint32Array(2)
  const request = { type: 'mallocRequest', proc: 0, bytes: 8, align: 0, time }
  assert.throws(() => c.node(0).core.step(from(1, request)), /only node 0 may send/)
  assert.throws(() => c.node(0).core.step(from(1, { type: 'ended', proc: 0 })), /only node 0 may send/)
  const reply = { type: 'mallocReply', proc: 1, address: 8, used: false, free: 0, largest: 0, rider }
  assert.throws(() => c.node(1).core.step(from(0, reply)), /process 1, which has not asked/)
  const forward = { type: 'lockForward', lock: 0, requester: 0, time }
  assert.throws(() => cluster(3).node(2).core.step(from(1, forward)), /only node 0 may send/)
})
