/** Runs in which no process can go on: they end with one message that says who waits for what, and who has it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run } from './run.js'

const stuck: [name: string, nodes: number, program: string, lines: RegExp[]][] = [
  [
    'two who want each other’s lock',
    2,
    'tm.lockAcquire(me); tm.barrier(); tm.lockAcquire(1 - me)',
    [/process 0 waits for lock 1, which process 1 holds/, /process 1 waits for lock 0, which process 0 holds/],
  ],
  [
    'three, one of them at a barrier and one ended',
    3,
    `if (me === 2) process.exit()
     if (me === 1) { tm.lockAcquire(1); tm.send(0, new Uint8Array(1)); tm.recv(0) }
     else { tm.recv(1); tm.lockAcquire(1) }`,
    [
      /process 0 waits for lock 1, which process 1 holds/,
      /process 1 waits for a message of process 0/,
      /process 2 has ended/,
    ],
  ],
  [
    'a sleeper whom nobody is left to wake',
    2,
    'if (me === 0) { tm.lockAcquire(7); tm.condWait(7, 3) }',
    [/process 0 sleeps on condition 3 of lock 7/, /process 1 has ended/],
  ],
  ['one who waits for anybody', 2, 'if (me === 0) tm.probe()', [/process 0 waits for a message of any process/]],
  [
    'a lock that its holder keeps while it waits at a barrier',
    2,
    'if (me === 0) tm.lockAcquire(1); else { tm.recv(0) } tm.barrier(4)',
    [/process 0 waits at barrier 4/, /process 1 waits for a message of process 0/],
  ],
  [
    'two who send and do not receive',
    2,
    'for (;;) tm.send(1 - me, new Uint8Array(8 * 1024 ** 2))',
    [/process 0 waits until process 1 receives what it has sent/, /process 1 waits until process 0 receives/],
  ],
]

for (const [name, nodes, program, lines] of stuck) {
  test(name, async (t) => {
    const outcome = await run(t, `${prelude} ${program}`, { nodes })
    assert.equal(outcome.code, 1, described(outcome))
    assert.match(outcome.stderr, /^treadmarks: no process can go on, each waits for another:\n/, described(outcome))
    for (const line of lines) assert.match(outcome.stderr, line)
    assert.match(outcome.stderr, /\n {2}ERR_TM_DEADLOCK: [^\n]*\n$/)
  })
}

test('who computes, or waits for a timer or a file, is not stuck, and nobody who waits for it', async (t) => {
  const text = `${prelude}
    const long = 1500
    if (me === 0) tm.recv(1)
    else if (me === 1) { await new Promise((go) => setTimeout(go, long)); tm.send(0, new Uint8Array(1)) }
    else for (const end = performance.now() + long; performance.now() < end; );
    tm.barrier()
    if (me === 0) tm.withLock(1, () => { for (const end = performance.now() + long; performance.now() < end; ); })
    tm.withLock(1, () => 0)
  `
  const outcome = await run(t, text, { nodes: 3 })
  assert.equal(outcome.code, 0, described(outcome))
})
