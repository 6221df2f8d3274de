/** What is wrong on a program's command line is one message that says what would work, from one process, and exit code 2. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

function together(nodes: number, options: readonly string[], program: string, ...args: string[]) {
  return run(path('bin/treadmarks.js'), 'run', '-n', String(nodes), ...options, path(`apps/${program}.ts`), ...args)
}
const alone = (program: string, ...args: string[]) => run('--import', 'tsx', path(`apps/${program}.ts`), ...args)

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(stdout, '')
  assert.equal(status, 2, stderr)
  return stderr
}

test('an unknown preset is answered with those that there are', () => {
  for (const stderr of [alone('is/sequential', '--preset', 'huge'), together(2, [], 'is/shared', '--preset', 'huge')]) {
    assert.match(stderr, /^unknown preset 'huge'; is has small, large, quick\n/)
    assert.match(stderr, /\n {2}--preset large +keys 1048576, buckets 32768/)
    assert.equal(stderr.match(/unknown preset/g)?.length, 1)
  }
})

test('a size that does not fit the heap says how large it must be', () => {
  const stderr = together(2, ['--heap', '1MiB'], 'sor/shared')
  const needs = /^this size needs (\d+) MiB of shared memory and the heap has 1: run with --heap (\d+)MiB/.exec(stderr)
  assert.ok(needs !== null && needs[1] === needs[2], stderr)
})

test('numbers that make no sense, and counts of processes that a program cannot use', () => {
  assert.match(
    together(3, [], 'fft/messages', '--preset', 'quick'),
    /^--side 32: 3 processes cannot have equal parts of it; 2 can\n/,
  )
  assert.match(together(4, [], 'sor/shared', '--rows', '3'), /^--rows 3: at least 3, and one for each of 4 processes/)
  assert.match(alone('sor/sequential', '--cols', '5'), /^--cols 5: must be even, at least 4/)
  assert.match(alone('jacobi/sequential', '--rows', 'many'), /^--rows 'many': expected a whole number/)
  assert.match(alone('jacobi/sequential', '--speed', '3'), /Unknown option '--speed'/)
})
