/**
 * Wrong command lines, with the real command: one clear message, exit code 2, at once, and nothing started.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, Run, runs } from './run.js'

const cases: readonly (readonly [options: readonly string[], message: RegExp])[] = [
  [['-n', '0'], /nodes \(-n\) '0' is out of range: it must be from 1 to 256/],
  [['-n', '1000'], /nodes \(-n\) '1000' is out of range: it must be from 1 to 256/],
  [['-n', 'four'], /nodes \(-n\) 'four' is not a whole number/],
  [['--nods', '4'], /unknown option --nods, did you mean --nodes\?/],
  [['--heap', '900GiB'], /--heap '900GiB' is larger than/],
  [['--heap', 'much'], /--heap 'much' is not a size/],
  [['--page-size', '1000'], /--page-size '1000': it must be a multiple of the machine's page/],
  [['--protocol', 'munin'], /--protocol munin is not built yet/],
  [['-t', '2'], /more than one thread in a node is not built yet/],
  [['--port', '65535', '-n', '2'], /--port 65535 leaves no room for 2 nodes/],
  [['--stats-file', '/nowhere/at/all.json'], /--stats-file \/nowhere\/at\/all\.json cannot be written/],
  [['absent.ts'], /program absent\.ts does not exist/],
]

test('a wrong command line is one message and exit code 2, and nothing is started', async (t) => {
  for (const [options, message] of cases) {
    const outcome = await new Run(t, "console.log('started')", { nodes: 1, options }).ended
    assert.equal(outcome.code, 2, described(outcome))
    assert.match(outcome.stderr, /^treadmarks: .*\n {2}ERR_TM_\w+: .*\n$/)
    assert.match(outcome.stderr, message)
    assert.equal(outcome.stdout, '')
    assert.ok(outcome.ms < 5_000)
  }
})

test('as many processes as a machine can start: 32 join, meet and leave', async (t) => {
  const text = `${prelude}
    const sum = tm.alloc(Int32Array, 1024)
    tm.withLock(7, () => { sum[0] += me })
    tm.barrier()
    assert.equal(sum[0], (n * (n - 1)) / 2)
  `
  const outcome = await runs(t, text, { nodes: 32, options: ['--heap', '1MiB'] })
  assert.equal(outcome.stderr, '')
})
