/** The fuzzers by hand: a line for each, and a word on what is mistaken. */
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./fuzz/main.ts', import.meta.url))
const fuzz = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['--import', 'tsx', main, ...args], { encoding: 'utf8' })

test('each fuzzer prints what came of it, the same for the same seed', { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = fuzz('--seed', '9', '--cases', '50')
  assert.equal(status, 0, stdout + stderr)
  assert.deepEqual(stdout.match(/^\w+/gm), ['frames', 'handshakes', 'core', 'mixed', 'values', 'recordings'])
  assert.equal(fuzz('--seed', '9', '--cases', '50').stdout, stdout)
  assert.notEqual(fuzz('--seed', '10', '--cases', '50').stdout, stdout)
  // One alone, and only a part of its cases.
  assert.match(
    fuzz('--seed', '9', '--only', 'frames', '--from', '10', '--cases', '40').stdout,
    /^frames +\d+ spoilt.*\n$/,
  )
})

test('what is mistaken is named', { timeout: 60_000 }, () => {
  const cases: [args: string[], message: RegExp][] = [
    [['--seeds', '9'], /'--seeds'[\s\S]*--seed N/],
    [['--seed', 'x'], /^--seed must be a whole number, not x/],
    [['--only', 'bytes'], /^--only bytes is unknown; there are: frames, handshakes, core, mixed, values, recordings/],
  ]
  for (const [args, message] of cases) {
    const { status, stderr } = fuzz(...args)
    assert.equal(status, 2)
    assert.match(stderr, message)
  }
})
