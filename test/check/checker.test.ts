/** The checker against traces made by hand: what the memory model allows passes, anything else is told with its reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checker } from '../../src/check/checker.js'
import { Violation } from '../../src/check/violation.js'

const X = 0
const Y = 1

const raceFree = (procs: number): Checker => new Checker(procs, 8, { raceFree: true })
const racy = (procs: number): Checker => new Checker(procs, 8, { raceFree: false })

function violation(act: () => void): Violation {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Violation, String(error))
    return error
  }
  throw new Error('nothing was found wrong')
}

function section(c: Checker, proc: number, lock: number, act: () => void): void {
  c.acquired(proc, lock)
  act()
  c.releases(proc, lock)
}

function meet(c: Checker, procs: number): void {
  for (let proc = 0; proc < procs; proc++) c.arrives(proc)
  for (let proc = 0; proc < procs; proc++) c.departs(proc)
}

/** The values 0 … 9 that a read may return now. */
function allowed(c: Checker, proc: number, address: number): number[] {
  const values: number[] = []
  for (let value = 0; value < 10; value++) {
    try {
      c.loaded(proc, address, value)
      values.push(value)
    } catch (error) {
      assert.equal((error as Violation).kind, 'wrong value')
    }
  }
  return values
}

test('a byte that nobody wrote is zero', () => {
  const c = raceFree(2)
  c.loaded(0, X, 0)
  assert.equal(violation(() => c.loaded(1, X, 3)).kind, 'wrong value')
})

test('one’s own write is seen at once', () => {
  const c = raceFree(2)
  c.stored(0, X, 5)
  c.loaded(0, X, 5)
  assert.deepEqual(violation(() => c.loaded(0, X, 0)).details, [
    'allowed: 5',
    'process 0 wrote 5: the last before the read',
    '  process 0 wrote it itself',
  ])
})

test('a stale read is told with the chain that should have made the write visible', () => {
  const c = raceFree(3)
  section(c, 0, 7, () => c.stored(0, X, 5))
  section(c, 1, 7, () => {})
  c.acquired(1, 8)
  c.releases(1, 8)
  c.acquired(2, 8)
  const found = violation(() => c.loaded(2, X, 0))
  assert.equal(found.message, 'process 2 read 0 from byte 0')
  assert.deepEqual(found.details, [
    'allowed: 5',
    'process 0 wrote 5: the last before the read',
    '  process 0 releases lock 7',
    '  process 1 acquires lock 7',
    '  process 1 releases lock 7',
    '  process 1 acquires lock 8',
    '  process 1 releases lock 8',
    '  process 2 acquires lock 8',
  ])
})

test('a program that is said to be race-free and is not: the race is told, not blamed on the memory', () => {
  const c = raceFree(2)
  c.stored(0, X, 1)
  assert.equal(violation(() => c.loaded(1, X, 0)).kind, 'race')
  assert.equal(violation(() => c.stored(1, X, 2)).kind, 'race')
  section(c, 0, 3, () => {})
  section(c, 1, 4, () => assert.equal(violation(() => c.loaded(1, X, 1)).kind, 'race'))
  section(c, 1, 3, () => c.loaded(1, X, 1))
})

test('racy: an unordered write may be read or not', () => {
  const c = racy(2)
  c.stored(0, X, 1)
  assert.deepEqual(allowed(c, 1, X), [0, 1])
  c.stored(0, X, 2)
  assert.deepEqual(allowed(c, 1, X), [0, 1, 2])
  assert.deepEqual(allowed(c, 0, X), [2])
})

test('racy: what was overwritten before a release is not read after its acquire', () => {
  const c = racy(2)
  section(c, 0, 0, () => {
    c.stored(0, X, 1)
    c.stored(0, X, 2)
  })
  c.acquired(1, 0)
  assert.deepEqual(allowed(c, 1, X), [2])
  c.stored(0, X, 3)
  assert.deepEqual(allowed(c, 1, X), [2, 3])
})

test('racy: of two unordered writes that both happened before, either may be the last, and none that went before them', () => {
  const c = racy(3)
  c.stored(0, X, 9)
  meet(c, 3)
  c.stored(0, X, 1)
  c.stored(1, X, 2)
  meet(c, 3)
  for (const proc of [0, 1, 2]) assert.deepEqual(allowed(c, proc, X), [1, 2])
})

test('racy: many writes to one byte are forgotten only when nobody may read them any more', () => {
  const c = racy(3)
  for (let value = 1; value <= 9; value++) section(c, 0, 0, () => c.stored(0, X, value))
  assert.deepEqual(allowed(c, 2, X), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  c.acquired(2, 0)
  assert.deepEqual(allowed(c, 2, X), [9])
  c.releases(2, 0)
  for (let i = 0; i < 20; i++) section(c, 0, 0, () => c.stored(0, X, 8))
  assert.deepEqual(allowed(c, 2, X), [8, 9])
  assert.ok(allowed(c, 1, X).includes(3))
})

test('message passing through a lock orders the data beside it, in racy programs too', () => {
  const c = racy(2)
  c.stored(0, X, 1)
  section(c, 0, 0, () => c.stored(0, Y, 1))
  c.acquired(1, 0)
  c.loaded(1, Y, 1)
  assert.deepEqual(allowed(c, 1, X), [1])
})

test('a lock that two processes hold at once', () => {
  const c = raceFree(2)
  c.acquired(0, 3)
  const found = violation(() => c.acquired(1, 3))
  assert.equal(found.kind, 'lock held twice')
  assert.match(found.message, /process 1 got lock 3, which process 0 holds/)
})

test('a barrier that opens before all have come', () => {
  const c = raceFree(3)
  c.arrives(0)
  c.arrives(1)
  assert.equal(violation(() => c.departs(0)).kind, 'barrier opened early')
  c.arrives(2)
  c.departs(0)
  // Who is fast may be at the next barrier while others have not left this one.
  c.arrives(0)
  c.departs(1)
  assert.equal(violation(() => c.departs(0)).kind, 'barrier opened early')
})

test('memory that was freed is ordered before its next owner, who finds zeros, and memory in use is given to nobody else', () => {
  const c = raceFree(2)
  c.allocated(0, 0, 4)
  c.stored(0, 1, 5)
  assert.equal(violation(() => c.allocated(1, 2, 6)).kind, 'memory given twice')
  c.frees(0, 0, 4)
  c.allocated(1, 0, 2)
  assert.equal(violation(() => c.loaded(1, 1, 5)).kind, 'wrong value')
  c.loaded(1, 1, 0)
})

test('a free of other memory orders nothing', () => {
  const c = raceFree(2)
  c.allocated(0, 0, 4)
  c.allocated(0, 4, 8)
  c.stored(0, 1, 1)
  c.frees(0, 0, 4)
  c.allocated(1, 8, 12)
  assert.equal(violation(() => c.loaded(1, 1, 1)).kind, 'race')
})

test('messages arrive once, in order, by sender and receiver', () => {
  const c = raceFree(3)
  for (const value of [7, 8, 9]) c.sends(0, 1, value)
  c.sends(2, 1, 5)
  c.receives(1, 0, 7)
  c.receives(1, 2, 5)
  assert.equal(violation(() => c.receives(1, 0, 9)).kind, 'wrong message')
  assert.equal(violation(() => c.receives(2, 0, 9)).kind, 'wrong message')
  assert.equal(violation(() => c.receives(1, 2, 5)).kind, 'wrong message')
})

test('a message orders no memory', () => {
  const c = raceFree(2)
  c.stored(0, 0, 1)
  c.sends(0, 1, 1)
  c.receives(1, 0, 1)
  assert.equal(violation(() => c.loaded(1, 0, 1)).kind, 'race')
})

const sequential = (procs: number): Checker => new Checker(procs, 8, { raceFree: false, sequential: true })

test('under sequential consistency a load finds the last store, whoever made it; the store before is wrong', () => {
  const c = sequential(2)
  c.loaded(1, X, 0)
  c.stored(0, X, 1)
  c.loaded(1, X, 1)
  c.stored(1, X, 2)
  c.loaded(0, X, 2)
  assert.equal(violation(() => c.loaded(0, X, 1)).kind, 'wrong value')
  assert.match(violation(() => c.loaded(0, X, 1)).details[0] ?? '', /process 1 stored 2 there last/)
})

test('what a program with races may read without it, it may not with it', () => {
  for (const [c, found] of [
    [racy(2), false],
    [sequential(2), true],
  ] as const) {
    c.stored(0, X, 1)
    c.stored(0, Y, 1)
    c.loaded(1, Y, 1)
    if (found) assert.match(violation(() => c.loaded(1, X, 0)).message, /process 1 read 0 from byte 0/)
    else c.loaded(1, X, 0)
  }
})

test('under sequential consistency, too, a byte that nobody stored is zero', () => {
  assert.match(violation(() => sequential(2).loaded(1, X, 3)).details[0] ?? '', /nobody has stored there yet/)
})
