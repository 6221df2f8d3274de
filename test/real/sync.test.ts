/**
 * Barriers and locks between real processes: they order what they promise to order, and misuse is an error that
 * names who did what.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run, runs } from './run.js'

test('a lock is exclusive, and any id will do', async (t) => {
  const text = `${prelude}
    const ids = [0, 1, 5, n, 1000, 2 ** 31, 2 ** 32 - 1]
    const counts = tm.alloc(Int32Array, 1024)
    const before = tm.stats().lockAcquires
    for (let i = 0; i < 60; i++) for (const [slot, id] of ids.entries()) {
      tm.lockAcquire(id)
      counts[slot]++
      if (i % 10 === me) counts[slot] += tm.withLock((ids[(slot + 1) % ids.length] ^ 64) >>> 0, () => 0)
      tm.lockRelease(id)
    }
    assert.ok(tm.stats().lockAcquires - before >= 60 * ids.length)
    tm.barrier()
    assert.deepEqual([...counts.subarray(0, ids.length)], ids.map(() => 60 * n))
  `
  await runs(t, text, { nodes: 4 })
  await runs(t, text, {})
})

test('what locks and barriers refuse, and how they say it', async (t) => {
  const text = `${prelude}
    for (const wrong of [-1, 0.5, 2 ** 32, Number.NaN, '1', 1n, undefined, null, Object.create(null)]) {
      fails('ERR_TM_ARGUMENT', /lockAcquire: id must be an integer from 0 to 4294967295, not /, () => tm.lockAcquire(wrong))
      fails('ERR_TM_ARGUMENT', /lockRelease: id/, () => tm.lockRelease(wrong))
      fails('ERR_TM_ARGUMENT', /lockAcquire: id/, () => tm.withLock(wrong, () => assert.fail('ran')))
      if (wrong !== undefined) fails('ERR_TM_ARGUMENT', /barrier: id/, () => tm.barrier(wrong))
    }
    fails('ERR_TM_ARGUMENT', /, not '1'$/, () => tm.lockAcquire('1'))
    fails('ERR_TM_ARGUMENT', /, not 1n$/, () => tm.lockAcquire(1n))
    fails('ERR_TM_ARGUMENT', /, not '0'$/, () => tm.barrier('0'))
    for (const body of [undefined, 5, null, {}]) {
      fails('ERR_TM_ARGUMENT', /^withLock: the body must be a function, not /, () => tm.withLock(3, body))
      fails('ERR_TM_LOCK_NOT_HELD', /lock 3/, () => tm.lockRelease(3))
    }
    for (const code of ['abc', 1.5, null, 2 ** 31, 1n])
      fails('ERR_TM_ARGUMENT', /^exit: code must be an integer from /, () => tm.exit(code))
    const id = 7 + me
    tm.lockAcquire(id)
    fails('ERR_TM_LOCK_HELD', new RegExp('process ' + me + ' acquires lock ' + id + ', which it holds'), () => tm.lockAcquire(id))
    fails('ERR_TM_LOCK_HELD', /which it holds/, () => tm.withLock(id, () => 1))
    tm.lockRelease(id)
    fails('ERR_TM_LOCK_NOT_HELD', new RegExp('process ' + me + ' releases lock ' + id + ', which it does not hold'), () => tm.lockRelease(id))
    assert.equal(tm.withLock(3, () => 'result'), 'result')
    assert.throws(() => tm.withLock(3, () => { throw new RangeError('mine') }), RangeError)
    // The body has released the lock itself: what it throws counts, and a release too many when it throws nothing.
    assert.throws(() => tm.withLock(3, () => { tm.lockRelease(3); throw new RangeError('mine') }), RangeError)
    fails('ERR_TM_LOCK_NOT_HELD', /releases lock 3/, () => tm.withLock(3, () => tm.lockRelease(3)))
    assert.throws(() => tm.withLock(3, () => { tm.lockRelease(3); tm.lockAcquire(3); throw new RangeError('mine') }), RangeError)
    fails('ERR_TM_LOCK_NOT_HELD', /releases lock 3/, () => tm.lockRelease(3))
    fails('ERR_TM_LOCK_ASYNC', /withLock\\(3\\) got an async function/, () => tm.withLock(3, async () => 1))
    // After each of them the lock is free, for everybody.
    tm.barrier()
    tm.lockAcquire(3)
    tm.lockRelease(3)
  `
  await runs(t, text, { nodes: 2 })
  await runs(t, text, {})
})

test('a try takes a lock that is free, wherever it was last, and none that is held', async (t) => {
  const text = `${prelude}
    const count = tm.alloc(Int32Array, 1)
    for (let holder = 0; holder < n; holder++) {
      if (me === holder) assert.equal(tm.tryLock(5), true)
      tm.barrier()
      if (me !== holder) assert.equal(tm.tryLock(5), false)
      if (me === holder) {
        count[0]++
        fails('ERR_TM_LOCK_HELD', /acquires lock 5, which it holds/, () => tm.tryLock(5))
      }
      tm.barrier()
      if (me === holder) tm.lockRelease(5)
      tm.barrier()
    }
    // As a lock among others who spin on it.
    for (let i = 0; i < 50; i++) {
      while (!tm.tryLock(5)) ;
      count[0]++
      tm.lockRelease(5)
      if (i % 5 === 0) tm.withLock(5, () => count[0]++)
    }
    tm.barrier()
    assert.equal(count[0], n + n * 60)
    fails('ERR_TM_ARGUMENT', /^tryLock: id must be an integer/, () => tm.tryLock(-1))
  `
  await runs(t, text, { nodes: 3 })
  await runs(t, text, {})
})

test('different barriers can never meet: the message says who is where', async (t) => {
  const text = `${prelude} me === 2 ? tm.barrier(9) : tm.barrier(4)`
  const outcome = await run(t, text, { nodes: 3 })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(
    outcome.stderr,
    /process(es)? [012, ]+ waits? at barrier \d, but process \d waits at barrier \d: they can never meet/,
  )
  assert.match(outcome.stderr, /process 2 waits at barrier 9/)
  assert.match(outcome.stderr, /process(es)? [01, ]+ waits? at barrier 4/)
  const kinds = await run(t, `${prelude} me === 1 ? tm.distribute(1) : tm.alloc(Int8Array, 8)`, { nodes: 2 })
  assert.equal(kinds.code, 1, described(kinds))
  assert.match(kinds.stderr, /process 0 waits at alloc/)
  assert.match(kinds.stderr, /process 1 waits at distribute/)
})

test('a release that has to wait for the one before it does not take the answer to another call', async (t) => {
  // Two locks that others wait for, released one right after the other: the second is told to the service by a
  // call, after a call whose answer came with bytes.
  const text = `${prelude}
    const there = tm.alloc(Int32Array, 1024)
    for (let round = 0; round < 40; round++) {
      if (me === 0) {
        tm.lockAcquire(1)
        tm.lockAcquire(2)
      }
      assert.equal(tm.distribute('round ' + round), 'round ' + round)
      if (me === 0) {
        // Long enough for the others' requests to be here.
        for (const end = performance.now() + 3; performance.now() < end; );
        tm.lockRelease(1)
        tm.lockRelease(2)
      } else {
        tm.lockAcquire(me)
        there[me]++
        tm.lockRelease(me)
      }
      tm.barrier()
    }
    assert.deepEqual([...there.subarray(1, 3)], [40, 40])
  `
  await runs(t, text, { nodes: 3 })
})

test('more different locks than there is room for are an error with a way out', async (t) => {
  const text = `${prelude}
    for (let id = 0; id < 70_000; id++) tm.lockAcquire(id * 2), tm.lockRelease(id * 2)
  `
  const outcome = await run(t, text, { nodes: 1 })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(outcome.stderr, /process 0 \(node 0\): lock 131072 would be one more than 65536 different locks/)
  assert.match(outcome.stderr, /ERR_TM_TOO_MANY_LOCKS: Use fewer different lock ids/)
})
