/** The tests written in C, which need no Node: compiled with the address and undefined-behaviour sanitizers. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the C tests pass', { timeout: 300_000 }, () => {
  const script = fileURLToPath(new URL('../../scripts/build-native.mjs', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--test'], { encoding: 'utf8' })
  const bad = stdout.split('\n').filter((line) => line.startsWith('not ok'))
  assert.deepEqual(bad, [], stdout + stderr)
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /\n\d+ passed, 0 failed\n$/)
})
