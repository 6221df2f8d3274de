/**
 * Condition variables between real processes: a bounded buffer, a broadcast to all, the order of waking, what is
 * refused, and how a run ends in which somebody sleeps.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, Run, run, runs, total } from './run.js'

test('a bounded buffer: everything that is put in comes out once, with what was written before', async (t) => {
  const text = `${prelude}
    const LOCK = 5, NOT_FULL = 1, NOT_EMPTY = 2, ROOM = 3, THINGS = 150
    const state = tm.alloc(Int32Array, 16)
    const slots = tm.alloc(Float64Array, ROOM * 1024)
    const taken = tm.alloc(Uint8Array, n * THINGS)
    const PUT = 0, GOT = 1
    for (let i = 0; i < THINGS; i++) {
      // Everybody puts one in and takes one out.
      tm.withLock(LOCK, () => {
        while (state[PUT] - state[GOT] === ROOM) tm.condWait(LOCK, NOT_FULL)
        slots[(state[PUT] % ROOM) * 1024 + me] = 1 + me * THINGS + i
        state[PUT]++
        tm.condSignal(LOCK, NOT_EMPTY)
      })
      tm.withLock(LOCK, () => {
        while (state[PUT] === state[GOT]) tm.condWait(LOCK, NOT_EMPTY)
        const slot = slots.subarray((state[GOT] % ROOM) * 1024, (state[GOT] % ROOM) * 1024 + n)
        const found = slot.findIndex((thing) => thing > 0)
        assert.ok(found >= 0, 'the slot is empty')
        taken[slot[found] - 1]++
        slot[found] = 0
        state[GOT]++
        tm.condSignal(LOCK, NOT_FULL)
      })
    }
    tm.barrier()
    assert.ok(taken.every((times) => times === 1))
    assert.deepEqual([state[PUT], state[GOT]], [n * THINGS, n * THINGS])
  `
  for (const nodes of [2, 4]) await runs(t, text, { nodes })
})

test('a broadcast wakes all who sleep on the condition, and nobody who sleeps on another', async (t) => {
  const text = `${prelude}
    const LOCK = 2 ** 32 - 1, ALL = 0, OTHER = 2 ** 32 - 1, ROUNDS = 30
    const state = tm.alloc(Int32Array, 16)
    const ASLEEP = 0, ROUND = 1, WOKEN = 2, OTHERS = 3
    for (let round = 1; round <= ROUNDS; round++) {
      if (me === 0) {
        for (let all = false; !all; ) all = tm.withLock(LOCK, () => {
          if (state[ASLEEP] < n - 1) return false
          state[ASLEEP] = 0
          state[ROUND] = round
          tm.condBroadcast(LOCK, ALL)
          return true
        })
        for (let all = false; !all; ) all = tm.withLock(LOCK, () => state[WOKEN] === (n - 2) * round)
        // The last process has slept through it.
        tm.withLock(LOCK, () => {
          assert.equal(state[OTHERS], round - 1)
          tm.condSignal(LOCK, ALL)
          tm.condSignal(LOCK, OTHER)
        })
      } else {
        tm.withLock(LOCK, () => {
          state[ASLEEP]++
          const cond = me === n - 1 ? OTHER : ALL
          tm.condWait(LOCK, cond)
          assert.equal(state[ROUND], round)
          state[cond === OTHER ? OTHERS : WOKEN]++
        })
      }
      tm.barrier()
    }
    assert.equal(state[OTHERS], ROUNDS)
  `
  await runs(t, text, { nodes: 4 })
})

test('each signal wakes the one that has slept longest', async (t) => {
  const text = `${prelude}
    const LOCK = 1, ROUNDS = 12
    const state = tm.alloc(Int32Array, 64)
    const TURN = 0, WOKEN = 1, ORDER = 16
    for (let round = 0; round < ROUNDS; round++) {
      // In another order each time, and with another process to wake them.
      const sleepers = Array.from({ length: n - 1 }, (_, i) => (round + 1 + ((i * (round % 2 ? 1 : n - 2)) % (n - 1))) % n)
      if (me === round % n) {
        for (let all = false; !all; ) all = tm.withLock(LOCK, () => state[TURN] === n - 1)
        for (let i = 1; i < n; i++) {
          tm.withLock(LOCK, () => tm.condSignal(LOCK, 7))
          for (let awake = false; !awake; ) awake = tm.withLock(LOCK, () => state[WOKEN] === i)
        }
        tm.withLock(LOCK, () => assert.deepEqual([...state.subarray(ORDER, ORDER + n - 1)], sleepers))
      } else {
        const turn = sleepers.indexOf(me)
        for (let slept = false; !slept; ) slept = tm.withLock(LOCK, () => {
          if (state[TURN] !== turn) return false
          state[TURN]++
          tm.condWait(LOCK, 7)
          state[ORDER + state[WOKEN]++] = me
          return true
        })
      }
      tm.barrier()
      if (me === 0) state[TURN] = state[WOKEN] = 0
      tm.barrier()
    }
  `
  await runs(t, text, { nodes: 4 })
})

test('a wait that is over counts as a lock taken', async (t) => {
  const text = `${prelude}
    const state = tm.alloc(Int32Array, 1)
    if (me === 1) tm.withLock(0, () => { state[0] = 1; tm.condWait(0, 0) })
    else for (let done = false; !done; ) done = tm.withLock(0, () => (tm.condSignal(0, 0), state[0] === 1))
    tm.barrier()
    assert.equal(tm.stats().lockAcquires >= (me === 1 ? 2 : 1), true)
    console.log('locks', me, tm.stats().lockAcquires)
  `
  const outcome = await run(t, text, { nodes: 2 })
  assert.equal(outcome.code, 0, described(outcome))
  assert.ok(outcome.lines.includes('locks 1 2'), described(outcome))
  assert.ok(total(outcome, 'lockAcquires') >= 3)
})

const refused = `${prelude}
  const calls = { condWait: /waits for condition 3 of lock 9/, condSignal: /signals condition 3 of lock 9/, condBroadcast: /signals condition 3 of lock 9/ }
  for (const [name, text] of Object.entries(calls)) {
    for (const wrong of [-1, 0.5, 2 ** 32, Number.NaN, '1', undefined, null]) {
      fails('ERR_TM_ARGUMENT', new RegExp(name + ': lock must be an integer from 0 to 4294967295'), () => tm[name](wrong, 0))
      fails('ERR_TM_ARGUMENT', new RegExp(name + ': cond must be an integer from 0 to 4294967295'), () => tm[name](0, wrong))
    }
    fails('ERR_TM_LOCK_NOT_HELD', new RegExp('process ' + me + ' ' + text.source + ', which it does not hold'), () => tm[name](9, 3))
    tm.withLock(8, () => fails('ERR_TM_LOCK_NOT_HELD', /of lock 9, which/, () => tm[name](9, 3)))
  }
`

test('what is refused: wrong ids, and a lock that is not held', async (t) => {
  await runs(t, `${refused} tm.barrier()`, { nodes: 2 })
})

test('in a run of one a wait is an error at once, signals do nothing, and the lock stays held', async (t) => {
  const text = `${refused}
    tm.withLock(9, () => {
      tm.condSignal(9, 3)
      tm.condBroadcast(9, 3)
      fails('ERR_TM_DEADLOCK', /condWait\\(9, 3\\): process 0 is the only one/, () => tm.condWait(9, 3))
      fails('ERR_TM_LOCK_HELD', /which it holds/, () => tm.lockAcquire(9))
    })
    tm.lockAcquire(9)
    tm.lockRelease(9)
  `
  await runs(t, text, {})
  await runs(t, text, { nodes: 1 })
})

/** Process 1 sleeps; the others know it, and do what the test wants. */
const asleep = (act: string): string => `${prelude}
  const state = tm.alloc(Int32Array, 1)
  if (me === 1) {
    tm.withLock(0, () => { state[0] = 1; tm.condWait(0, 0); console.log('never') })
  } else {
    for (let sleeps = false; !sleeps; ) sleeps = tm.withLock(0, () => state[0] === 1)
    ${act}
  }
`

test('who sleeps does not hold up the end of a run: of one that fails, and of one that is interrupted', async (t) => {
  const failed = await run(t, asleep("if (me === 0) throw new Error('enough'); else for (;;);"), { nodes: 3 })
  assert.equal(failed.code, 1, described(failed))
  assert.match(failed.stderr, /^treadmarks: process 0 \(node 0\): uncaught Error: enough$/m)
  assert.equal(failed.stdout, '')

  // The others have ended; nobody looks for deadlocks, and the run waits as it does for a lock that is never released.
  const waiting = new Run(t, asleep("if (me === 0) process.on('exit', () => console.log('NOW'))"), { nodes: 3 })
  await waiting.printed(/^NOW$/m)
  waiting.kill(waiting.pid, 'SIGINT')
  const outcome = await waiting.ended
  assert.equal(outcome.code, 130, described(outcome))
  assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
  assert.equal(outcome.stdout, 'NOW\n')
})
