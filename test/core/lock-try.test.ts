/** tryLock by single steps: it takes what is free wherever the token is, and never waits, overtakes or loses a request. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C } from '../../src/core/counters.js'
import { lockId, procId } from '../../src/core/ids.js'
import { ABSENT, FREE, HELD } from '../../src/core/lock-words.js'
import type { Cluster } from '../../src/sim/cluster.js'
import { acquire, cluster, load, release, sent, store } from './cluster-helpers.js'

const LOCK = 0

/** Process n tries; its answer when it has one at once. */
function begin(c: Cluster, n: number): boolean | undefined {
  c.step(n, { type: 'lockTry', proc: procId(n), lock: lockId(LOCK) })
  return took(c, n)
}

/** What came of process n's try, once. */
function took(c: Cluster, n: number): boolean | undefined {
  const answer = c.takeAnswer(n)
  return answer === undefined ? undefined : answer.value === 1
}

function tries(c: Cluster, n: number): boolean | undefined {
  const now = begin(c, n)
  if (now !== undefined) return now
  c.settle()
  return took(c, n)
}

const word = (c: Cluster, n: number): number => c.node(n).words[c.node(n).wordOf(lockId(LOCK))] as number

test('a free lock is taken: here without a message, from its manager with two, by way of the manager with four', () => {
  const c = cluster(3)
  assert.equal(tries(c, 0), true)
  assert.deepEqual(sent(c), [])
  release(c, 0, LOCK)
  assert.equal(tries(c, 1), true)
  assert.deepEqual(sent(c), ['lockTry 1→0', 'lockGrant 0→1'])
  release(c, 1, LOCK)
  assert.equal(tries(c, 2), true)
  assert.deepEqual(sent(c), ['lockTry 2→0', 'lockTryForward 0→1', 'lockTried 1→0', 'lockGrant 1→2'])
  assert.equal(c.node(2).counters[C.remoteLockAcquires], 1)
  assert.deepEqual([word(c, 0), word(c, 1), word(c, 2)], [ABSENT, ABSENT, HELD])
})

test('a held lock is not taken, and its holder notices nothing', () => {
  const c = cluster(3)
  acquire(c, 1, LOCK)
  sent(c)
  assert.equal(tries(c, 2), false)
  assert.deepEqual(sent(c), ['lockTry 2→0', 'lockTryForward 0→1', 'lockTried 1→0', 'lockBusy 0→2'])
  assert.equal(tries(c, 0), false)
  assert.equal(c.node(2).counters[C.remoteLockAcquires], 0)
  release(c, 1, LOCK)
  assert.equal(word(c, 1), FREE)
  acquire(c, 1, LOCK)
  release(c, 1, LOCK)
  assert.equal(tries(c, 2), true)
})

test('what was written under the lock is read after a try that took it', () => {
  const c = cluster(3)
  acquire(c, 1, LOCK)
  store(c, 1, 7, 42)
  release(c, 1, LOCK)
  assert.equal(load(c, 2, 7), 0)
  assert.equal(tries(c, 2), true)
  assert.equal(load(c, 2, 7), 42)
})

test('a lock on its way to one who waits is not free', () => {
  const c = cluster(3)
  acquire(c, 1, LOCK)
  c.attempt(2, { type: 'acquire', lock: LOCK })
  c.settle()
  // Node 1 gives the token away; until it has come, a try reaches a node that waits.
  release(c, 1, LOCK)
  assert.equal(begin(c, 0), undefined)
  assert.ok(c.deliver(0, 2))
  assert.ok(c.deliver(2, 0))
  assert.equal(took(c, 0), false)
  c.settle()
  assert.equal(c.attempt(2, { type: 'acquire', lock: LOCK }), 0)
})

test('who waits is served before a try of the same node', () => {
  const c = cluster(2)
  acquire(c, 0, LOCK)
  c.attempt(1, { type: 'acquire', lock: LOCK })
  c.settle()
  release(c, 0, LOCK)
  assert.equal(begin(c, 0), undefined)
  c.settle()
  assert.equal(took(c, 0), false)
})

test('requests that come while a try is under way wait for its outcome, in their order', () => {
  for (const granted of [true, false]) {
    const c = cluster(5)
    acquire(c, 1, LOCK)
    if (granted) release(c, 1, LOCK)
    assert.equal(begin(c, 2), undefined)
    assert.ok(c.deliver(2, 0))
    for (const n of [3, 4]) {
      assert.equal(c.attempt(n, { type: 'acquire', lock: LOCK }), undefined)
      assert.ok(c.deliver(n, 0))
    }
    sent(c)
    c.settle()
    assert.equal(took(c, 2), granted)
    const holder = granted ? 2 : 1
    assert.deepEqual(
      sent(c).filter((one) => one.startsWith('lockForward')),
      [`lockForward 0→${holder}`, 'lockForward 0→3'],
    )
    release(c, holder, LOCK)
    c.settle()
    assert.equal(c.attempt(3, { type: 'acquire', lock: LOCK }), 0)
    assert.equal(c.attempt(4, { type: 'acquire', lock: LOCK }), undefined)
    release(c, 3, LOCK)
    c.settle()
    assert.equal(c.attempt(4, { type: 'acquire', lock: LOCK }), 0)
  }
})

test('a request that is forwarded to one whose token is still on its way waits for its release', () => {
  const c = cluster(4)
  acquire(c, 1, LOCK)
  release(c, 1, LOCK)
  assert.equal(begin(c, 2), undefined)
  assert.ok(c.deliver(2, 0))
  assert.ok(c.deliver(0, 1))
  c.attempt(3, { type: 'acquire', lock: LOCK })
  assert.ok(c.deliver(3, 0))
  // The manager hears of the grant and forwards node 3's request before the token reaches node 2.
  assert.ok(c.deliver(1, 0))
  assert.ok(c.deliver(0, 2))
  assert.ok(c.deliver(1, 2))
  assert.equal(took(c, 2), true)
  assert.equal(c.attempt(3, { type: 'acquire', lock: LOCK }), undefined)
  release(c, 2, LOCK)
  c.settle()
  assert.equal(c.attempt(3, { type: 'acquire', lock: LOCK }), 0)
})

test('after a barrier a lock that somebody gave up before it is free', () => {
  for (let n = 0; n < 3; n++) {
    const c = cluster(3)
    acquire(c, 1, LOCK)
    assert.equal(tries(c, 2), false)
    release(c, 1, LOCK)
    assert.equal(tries(c, n), true)
  }
})

test('answers and questions that no correct node sends are refused', () => {
  const from = (n: number, message: object): never => ({ type: 'message', from: n, message }) as never
  const time = new Uint32Array(3)
  const refused = (n: number, event: never, message: RegExp): void => {
    assert.throws(() => cluster(3).node(n).core.step(event), message)
  }
  refused(0, from(1, { type: 'lockTry', lock: 0, requester: 2, time }), /only node 2 may send/)
  refused(1, from(2, { type: 'lockTry', lock: 0, requester: 2, time }), /does not manage/)
  refused(1, from(2, { type: 'lockTryForward', lock: 0, requester: 2, time }), /only node 0 may send/)
  refused(1, from(0, { type: 'lockTryForward', lock: 0, requester: 2, time }), /is not at node 1/)
  refused(1, from(0, { type: 'lockTryForward', lock: 0, requester: 1, time }), /out of turn/)
  refused(0, from(1, { type: 'lockTried', lock: 0, granted: false }), /that it did not get/)
  refused(1, from(0, { type: 'lockBusy', lock: 0 }), /nobody tried/)
  refused(1, from(2, { type: 'lockBusy', lock: 0 }), /only node 0 may send/)
  const c = cluster(3)
  acquire(c, 1, LOCK)
  assert.equal(begin(c, 2), undefined)
  assert.ok(c.deliver(2, 0))
  const again = from(2, { type: 'lockTry', lock: 0, requester: 2, time })
  assert.throws(() => c.node(0).core.step(again), /requested lock 0 twice/)
  assert.throws(() => c.node(0).core.step(from(2, { type: 'lockTried', lock: 0, granted: true })), /did not get/)
})
