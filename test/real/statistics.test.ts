/**
 * Statistics of real runs: phases, kinds of messages and allocations each divide the same total.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run, runs } from './run.js'

test('a phase has what was counted while it was the last that had begun', async (t) => {
  const text = `${prelude}
    const a = tm.alloc(Float64Array, 1024)
    tm.withLock(1, () => {})
    for (const [name, locks] of [['warm', 3], ['wärm "it" \\u{1f525}', 0], ['cold', 2], ['warm', 4]]) {
      tm.phase(name)
      for (let i = 0; i < locks; i++) tm.withLock(2, () => a[0]++)
    }
    tm.barrier()
    assert.equal(a[0], 9 * n)
  `
  const { stats } = await runs(t, text, { nodes: 3 })
  assert.deepEqual(Object.keys(stats.phases), ['warm', 'wärm "it" \u{1f525}', 'cold'])
  assert.equal(stats.total.lockAcquires, 30)
  assert.deepEqual(
    Object.values(stats.phases).map(({ lockAcquires, barriers }) => [lockAcquires, barriers]),
    [
      [21, 3],
      [0, 0],
      [6, 0],
    ],
  )
  await runs(t, `${prelude} tm.phase('warm'); tm.phase('warm')`, { nodes: 1 })
  await runs(t, `${prelude} tm.phase('warm'); tm.phase('warm')`, {})
})

test('what phase refuses, and how it says it', async (t) => {
  const text = `${prelude}
    const wrong = [['', "''"], ['x'.repeat(65), 'one of 65'], [undefined, 'undefined'], [7, '7'], [{}, 'Object']]
    for (const [name, shown] of wrong)
      fails('ERR_TM_ARGUMENT', new RegExp('^phase: name must be a string of 1 to 64 characters, not ' + shown + '$'), () => tm.phase(name))
    for (let i = 0; i < 1000; i++) tm.phase('p' + i)
    fails('ERR_TM_ARGUMENT', /^phase\\("one more"\\): there are 1000 different phases already/, () => tm.phase('one more'))
    tm.phase('p7')
  `
  const { stats } = await runs(t, text, { nodes: 2 })
  assert.equal(Object.keys(stats.phases).length, 1000)
  const wrong = await run(t, `${prelude} tm.phase(me === 0 ? 'warm' : 'cold')`, { nodes: 2 })
  assert.equal(wrong.code, 1, described(wrong))
  assert.match(wrong.stderr, /process [01] begins phase "(warm|cold)", but process [01] begins phase "(warm|cold)"/)
  assert.match(wrong.stderr, /ERR_TM_MEETING/)
})

test('a run that fails has its phases as well', async (t) => {
  const text = `${prelude}
    tm.phase('first')
    tm.withLock(0, () => {})
    tm.phase('second')
    if (me === 1) throw new Error('on purpose')
    tm.barrier()
  `
  const { code, stats } = await run(t, text, { nodes: 2 })
  assert.equal(code, 1)
  assert.deepEqual(Object.keys(stats.phases), ['first', 'second'])
  assert.equal(stats.phases.first?.lockAcquires, 2)
})
