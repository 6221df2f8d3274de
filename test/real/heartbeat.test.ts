/** Nodes that stand still: for a while, and the run goes on; for ever, and it ends with a word on who is missing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount } from '../proof/amount.js'
import { described, prelude, run } from './run.js'

/** The node says when it stops, and a child of it lets it go on. */
const stops = (seconds: number): string => `
  import { spawn } from 'node:child_process'
  function stop() {
    const again = 'setTimeout(() => process.kill(' + process.pid + ', "SIGCONT"), ${seconds * 1000})'
    spawn(process.execPath, ['-e', again], { stdio: 'ignore' })
    process.kill(process.pid, 'SIGSTOP')
  }
`

test('a node that is stopped for ever is lost after the limit', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 1)
    tm.barrier()
    console.log(me)
    if (me === 1) process.kill(process.pid, 'SIGSTOP')
    tm.barrier()
  `
  const outcome = await run(t, text, { nodes: 3, options: ['--heartbeat', '2'] })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(
    outcome.stderr,
    /^treadmarks: process [02] \(node [02]\): node 1 has not been heard of for 2 s\n {2}ERR_TM_NODE_LOST: [^\n]*\n$/,
  )
  assert.deepEqual(outcome.stdout.trim().split('\n').sort(), ['0', '1', '2'])
})

test('a node that is stopped and continued is waited for, by locks, pages and barriers', async (t) => {
  const text = `${prelude} ${stops(amount(3, 20))}
    const words = tm.alloc(Int32Array, 1024)
    if (me === 1) { words[0] = 7; tm.lockAcquire(1) }
    tm.barrier()
    if (me === 1) { stop(); tm.lockRelease(1) }
    if (me === 0) assert.equal(words[0], 7)
    if (me === 2) tm.withLock(1, () => words[512]++)
    tm.barrier()
    assert.equal(words[512], 1)
    if (me === 0) console.log('done')
  `
  const outcome = await run(t, text, { nodes: 3 })
  assert.equal(outcome.code, 0, described(outcome))
  assert.equal(outcome.stdout, 'done\n')
})

test('who computes for longer than the limit is not lost, nor who is idle', async (t) => {
  const text = `${prelude}
    tm.barrier()
    if (me === 0) for (const end = performance.now() + 3000; performance.now() < end; );
    tm.barrier()
  `
  const outcome = await run(t, text, { nodes: 2, options: ['--heartbeat', '1'] })
  assert.equal(outcome.code, 0, described(outcome))
})
