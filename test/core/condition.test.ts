/** Condition variables by single steps: who sleeps travels with the token, and nobody is forgotten or woken twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C } from '../../src/core/counters.js'
import { condId, lockId, nodeId, procId } from '../../src/core/ids.js'
import { ABSENT, FREE, HELD, WANTED } from '../../src/core/lock-words.js'
import type { Message } from '../../src/core/messages.js'
import type { Cluster } from '../../src/sim/cluster.js'
import type { Operation } from '../../src/sim/operation.js'
import { acquire, cluster, lastSent, load, release, sent, store } from './cluster-helpers.js'
import { Several } from './several.js'

const LOCK = 0
const FULL = 1
const EMPTY = 2
const sleep = (cond = FULL): Operation => ({ type: 'wait', lock: LOCK, cond })
const signal = (cond = FULL): Operation => ({ type: 'signal', lock: LOCK, cond })
const broadcast = (cond = FULL): Operation => ({ type: 'broadcast', lock: LOCK, cond })

/** Node n takes the lock and falls asleep. */
function fallAsleep(c: Cluster, n: number, cond = FULL): void {
  acquire(c, n, LOCK)
  assert.equal(c.attempt(n, sleep(cond)), undefined)
}

/** Node n does it with the lock held. */
function locked(c: Cluster, n: number, operation: Operation): void {
  acquire(c, n, LOCK)
  assert.equal(c.attempt(n, operation), 0)
  release(c, n, LOCK)
  c.settle()
}

const word = (c: Cluster, n: number): number => c.node(n).words[c.node(n).wordOf(lockId(LOCK))] as number

/** Those of the nodes, all fallen asleep, whose wait is over; they give the lock up again. */
function woken(c: Cluster, nodes: readonly number[]): number[] {
  const order: number[] = []
  for (let found = true; found; ) {
    const next = nodes.find((n) => !order.includes(n) && c.attempt(n, sleep()) === 0)
    found = next !== undefined
    if (next === undefined) continue
    order.push(next)
    release(c, next, LOCK)
    c.settle()
  }
  return order
}

test('a wait gives the lock up and costs no message; nor does a signal on the same node, or for nobody', () => {
  const c = cluster(2)
  fallAsleep(c, 0)
  assert.equal(word(c, 0), FREE)
  acquire(c, 1, LOCK)
  release(c, 1, LOCK)
  sent(c)
  for (const operation of [signal(EMPTY), broadcast(EMPTY), signal(EMPTY)]) {
    assert.equal(c.attempt(1, { type: 'acquire', lock: LOCK }), 0)
    assert.equal(c.attempt(1, operation), 0)
    release(c, 1, LOCK)
  }
  assert.deepEqual(sent(c), [])
  assert.equal(c.attempt(0, sleep()), undefined)
})

test('sleepers go with the token; the signal is one message, after which the sleeper asks for the lock', () => {
  const c = cluster(3)
  fallAsleep(c, 1)
  sent(c)
  acquire(c, 2, LOCK)
  assert.deepEqual(sent(c), ['lockRequest 2→0', 'lockForward 0→1', 'lockGrant 1→2'])
  assert.equal(c.attempt(2, signal()), 0)
  assert.deepEqual(sent(c), ['condWake 2→1'])
  c.settle()
  // Woken, but the one who signalled still holds the lock.
  assert.deepEqual(sent(c), ['lockRequest 1→0', 'lockForward 0→2'])
  assert.equal(c.attempt(1, sleep()), undefined)
  assert.equal(word(c, 2), HELD | WANTED)
  release(c, 2, LOCK)
  assert.deepEqual(sent(c), ['lockGrant 2→1'])
  c.settle()
  assert.equal(c.attempt(1, sleep()), 0)
  assert.equal(word(c, 1), HELD)
  assert.equal(c.node(1).counters[C.lockAcquires], 2)
})

test('what was written before the signal is read after the wait', () => {
  const c = cluster(3)
  fallAsleep(c, 1)
  acquire(c, 2, LOCK)
  store(c, 2, 7, 42)
  assert.equal(c.attempt(2, signal()), 0)
  store(c, 2, 8, 43)
  release(c, 2, LOCK)
  c.settle()
  assert.equal(c.attempt(1, sleep()), 0)
  assert.equal(load(c, 1, 7), 42)
  assert.equal(load(c, 1, 8), 43)
})

test('whoever waits for the lock gets it when its holder falls asleep', () => {
  const c = cluster(3)
  acquire(c, 1, LOCK)
  assert.equal(c.attempt(2, { type: 'acquire', lock: LOCK }), undefined)
  c.settle()
  assert.equal(c.attempt(1, sleep()), undefined)
  assert.equal(word(c, 1), ABSENT)
  assert.deepEqual(lastSent(c, 'lockGrant').sleepers, [{ cond: condId(FULL), proc: procId(1) }])
  c.settle()
  assert.equal(c.attempt(2, { type: 'acquire', lock: LOCK }), 0)
})

test('signals wake in the order of falling asleep, each condition by itself', () => {
  const c = cluster(6)
  for (const n of [3, 1, 4]) fallAsleep(c, n, FULL)
  for (const n of [0, 2]) fallAsleep(c, n, EMPTY)
  const asleep = new Set([0, 1, 2, 3, 4])
  const order: [number, number][] = [
    [FULL, 3],
    [EMPTY, 0],
    [FULL, 1],
    [FULL, 4],
    [EMPTY, 2],
  ]
  for (const [cond, n] of order) {
    locked(c, 5, signal(cond))
    assert.deepEqual(woken(c, [...asleep]), [n])
    asleep.delete(n)
  }
})

test('a broadcast wakes all who sleep on the condition, and nobody else, one after the other', () => {
  const c = cluster(5)
  for (const n of [2, 0, 3]) fallAsleep(c, n, FULL)
  fallAsleep(c, 1, EMPTY)
  sent(c)
  acquire(c, 4, LOCK)
  assert.equal(c.attempt(4, broadcast()), 0)
  assert.deepEqual(
    sent(c).filter((line) => line.startsWith('condWake')),
    ['condWake 4→2', 'condWake 4→0', 'condWake 4→3'],
  )
  release(c, 4, LOCK)
  c.settle()
  assert.deepEqual(woken(c, [0, 1, 2, 3]).sort(), [0, 2, 3])
  locked(c, 4, broadcast(EMPTY))
  assert.deepEqual(woken(c, [1]), [1])
})

test('two signals under one lock wake two; a process sleeps and is woken again and again', () => {
  const c = cluster(3)
  for (let round = 0; round < 5; round++) {
    for (const n of [0, 1]) fallAsleep(c, n)
    acquire(c, 2, LOCK)
    assert.equal(c.attempt(2, signal()), 0)
    assert.equal(c.attempt(2, signal()), 0)
    assert.equal(c.attempt(2, signal()), 0)
    release(c, 2, LOCK)
    c.settle()
    assert.deepEqual(woken(c, [0, 1]).sort(), [0, 1])
  }
})

test('the token may be back at the sleeper’s node before the wake-up is', () => {
  const s = new Several(3, 2)
  // Node 1 is processes 2 and 3. Process 2 sleeps, process 4 on node 2 signals, and its message is late.
  s.acquire(2, LOCK)
  s.settle()
  assert.ok(s.has(2))
  s.wait(2, LOCK, FULL)
  s.settle()
  s.acquire(4, LOCK)
  s.settle()
  assert.ok(s.has(4))
  s.signal(4, LOCK, FULL)
  s.serve(4)
  assert.ok(s.has(4))
  assert.deepEqual(s.underWay(), ['condWake 2→1'])
  // Meanwhile process 0 takes the token to node 0, and process 3 from there to node 1.
  s.release(4, LOCK)
  s.acquire(0, LOCK)
  s.serve(0)
  s.deliver(0, 2)
  s.deliver(2, 0)
  assert.ok(s.has(0))
  s.acquire(3, LOCK)
  s.serve(3)
  s.deliver(1, 0)
  s.release(0, LOCK)
  s.serve(0)
  s.deliver(0, 1)
  assert.ok(s.has(3))
  assert.deepEqual(s.underWay(), ['condWake 2→1'])
  assert.ok(!s.has(2))
  s.deliver(2, 1)
  assert.equal(s.word(1, LOCK), HELD | WANTED)
  s.release(3, LOCK)
  s.serve(3)
  assert.ok(s.has(2))
  assert.equal(s.word(1, LOCK), HELD)
})

test('a wake-up that arrives while the node’s own request is under way waits for the same token', () => {
  const s = new Several(3, 2)
  s.acquire(2, LOCK)
  s.settle()
  s.wait(2, LOCK, FULL)
  s.settle()
  s.acquire(4, LOCK)
  s.settle()
  s.acquire(3, LOCK)
  s.serve(3)
  s.signal(4, LOCK, FULL)
  s.serve(4)
  assert.ok(s.deliver(2, 1))
  assert.deepEqual(s.underWay(), ['lockRequest 1→0'])
  s.release(4, LOCK)
  s.settle()
  assert.ok(s.has(3))
  assert.equal(s.word(1, LOCK), HELD | WANTED)
  s.has(2)
  s.release(3, LOCK)
  s.settle()
  assert.ok(s.has(2))
  s.release(2, LOCK)
  s.settle()
  assert.equal(s.word(1, LOCK), FREE)
})

test('a signal wakes a process of the same node without a message, before others that came later', () => {
  const s = new Several(2, 3)
  s.acquire(0, LOCK)
  s.wait(0, LOCK, FULL)
  s.settle()
  assert.ok(s.acquire(1, LOCK))
  s.signal(1, LOCK, FULL)
  s.serve(1)
  s.acquire(2, LOCK)
  s.settle()
  assert.ok(s.has(1))
  assert.ok(!s.has(0) && !s.has(2))
  s.release(1, LOCK)
  s.serve(1)
  assert.ok(s.has(0))
  assert.ok(!s.has(2))
  assert.deepEqual(s.underWay(), [])
})

test('a local process takes the lock with the word alone once its holder sleeps', () => {
  const s = new Several(2, 2)
  assert.ok(s.acquire(0, LOCK))
  assert.ok(!s.acquire(1, LOCK))
  s.settle()
  assert.equal(s.word(0, LOCK), HELD | WANTED)
  s.wait(0, LOCK, FULL)
  s.settle()
  assert.ok(s.has(1))
  assert.equal(s.word(0, LOCK), HELD)
  s.release(1, LOCK)
  assert.ok(s.acquire(1, LOCK))
})

test('what breaks the rules is refused: a wake-up for nobody, a sleeper twice, or one that does not sleep', () => {
  const wake = (proc: number, lock = LOCK): Message => ({ type: 'condWake', lock: lockId(lock), proc: procId(proc) })
  const from = (n: number, message: Message) => ({ type: 'message', from: nodeId(n), message }) as const
  const asleep = (): Cluster => {
    const c = cluster(3)
    fallAsleep(c, 1)
    acquire(c, 2, LOCK)
    return c
  }
  const refusals: [number, Message, RegExp][] = [
    [0, wake(0), /node 2 woke process 0, which does not sleep on lock 0 at node 0/],
    [0, wake(1), /node 2 woke process 1, which does not sleep on lock 0 at node 0/],
    [1, wake(1, 3), /node 2 woke process 1, which does not sleep on lock 3 at node 1/],
  ]
  for (const [to, message, expected] of refusals) {
    assert.throws(() => asleep().step(to, from(2, message)), { code: 'ERR_TM_PROTOCOL', message: expected })
  }
  const again = asleep()
  again.step(1, from(2, wake(1)))
  assert.throws(() => again.step(1, from(2, wake(1))), {
    code: 'ERR_TM_PROTOCOL',
    message: /process 1, which does not/,
  })

  const grants: [readonly number[], RegExp][] = [
    [[2, 1, 2], /node 2 sent lock 0 with process 2 asleep, which it named before/],
    [[2, 0], /node 2 sent lock 0 with process 0 asleep, which does not sleep on it/],
  ]
  for (const [procs, expected] of grants) {
    const c = asleep()
    c.attempt(0, { type: 'acquire', lock: LOCK })
    const sleepers = procs.map((proc) => ({ cond: condId(FULL), proc: procId(proc) }))
    const rider = { time: new Uint32Array(3), intervals: [] }
    const grant = from(2, { type: 'lockGrant', lock: lockId(LOCK), rider, sleepers })
    assert.throws(() => c.step(0, grant), { code: 'ERR_TM_PROTOCOL', message: expected })
  }
})

test('a process that sleeps on another lock is no sleeper of this one', () => {
  const c = cluster(2)
  acquire(c, 0, 4)
  assert.equal(c.attempt(0, { type: 'wait', lock: 4, cond: FULL }), undefined)
  acquire(c, 1, LOCK)
  acquire(c, 1, 4)
  assert.deepEqual(lastSent(c, 'lockGrant').sleepers.length, 1)
  const wake: Message = { type: 'condWake', lock: lockId(LOCK), proc: procId(0) }
  assert.throws(() => c.step(0, { type: 'message', from: nodeId(1), message: wake }), /does not sleep on lock 0/)
})
