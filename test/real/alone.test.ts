/** A run of one is the same whether the launcher starts it or not: output, messages and exit code. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run } from './run.js'

const held =
  /^treadmarks: process 0 \(node 0\): the program ended holding lock 7( and 1 more)?\n {2}ERR_TM_LOCK_AT_END: Release every lock before the program ends; from inside `withLock`, return before you exit\.\n$/

const ends: readonly (readonly [name: string, program: string, code: number, stderr: RegExp])[] = [
  ['a lock held at the end', 'tm.lockAcquire(7)', 1, held],
  ['two of them, and an exit code', 'tm.lockAcquire(8); tm.lockAcquire(7); process.exit(4)', 4, held],
  ['one that is held when the program exits', 'tm.withLock(7, () => tm.exit(0))', 1, held],
  ['none', 'tm.lockAcquire(7); tm.lockRelease(7); tm.tryLock(8); tm.lockRelease(8)', 0, /^$/],
  ['one that a deadlock has kept from being taken', 'try { tm.recv(0) } catch {} tm.withLock(1, () => 0)', 0, /^$/],
]

for (const [name, program, code, stderr] of ends) {
  test(name, async (t) => {
    const [alone, launched] = [await run(t, prelude + program), await run(t, prelude + program, { nodes: 1 })]
    assert.equal(alone.code, code, described(alone))
    assert.equal(launched.code, code, described(launched))
    assert.match(alone.stderr, stderr)
    assert.equal(alone.stderr, launched.stderr)
  })
}

test('an error that nobody catches is told, and not the lock that was held then', async (t) => {
  for (const nodes of [undefined, 1]) {
    const outcome = await run(t, `${prelude} tm.lockAcquire(7); throw new Error('boom')`, { nodes })
    assert.equal(outcome.code, 1, described(outcome))
    assert.match(outcome.stderr, /boom/)
    assert.doesNotMatch(outcome.stderr, /LOCK_AT_END/)
  }
})
