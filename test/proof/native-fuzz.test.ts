/**
 * The C part under the fuzzer: each target of native/fuzz takes a fixed number of inputs, the same each time, and
 * finds the errors that are planted for it. Without clang this is left out with a word of it, but not where all is
 * asked for; by chance alone, with the C compiler that is there, the targets run everywhere.
 */
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { amount } from './amount.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const full = amount(0, 1) === 1

function fuzz(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } } as const
  return spawnSync(process.execPath, ['scripts/fuzz.mjs', ...args], options)
}

/** What it printed, which must be no complaint about its options or its compiler. */
function fuzzed(args: readonly string[], code: number): string {
  const { status, stdout, stderr } = fuzz(args)
  assert.equal(status, code, stdout + stderr)
  return stdout
}

const targets = ['diff_apply', 'diff_make', 'diff_make_portable', 'page_set', 'mappings', 'pages']
const cameThrough = (stdout: string): string[] =>
  [...stdout.matchAll(/^(\w+) +came through (\d+) inputs/gm)].map(([, name, inputs]) => `${name} ${inputs}`)

const missing = /^No clang|cannot link/.exec(fuzz(['--runs', '1', '--target', 'page_set']).stderr)
const skip = missing && !full ? 'clang or its libFuzzer is not installed; see docs/fuzzing.md' : false

interface Planted {
  readonly name: string
  readonly file: string
  readonly find: string
}

test('every planted error fits the code', async () => {
  const { plantedErrors } = (await import(`${root}scripts/fuzz-planted.mjs`)) as { plantedErrors: readonly Planted[] }
  for (const { name, file, find } of plantedErrors)
    assert.equal(
      readFileSync(`${root}native/${file}`, 'utf8').split(find).length,
      2,
      `${name}: native/${file}: ${find}`,
    )
})

test('each target comes through', { skip, timeout: 600_000 }, () => {
  const runs = amount(3_000, 20_000)
  const expected = targets.map((name) => `${name} ${runs}`)
  assert.deepEqual(cameThrough(fuzzed(['--runs', String(runs)], 0)), expected)
})

test('planted errors are found, and shown again by the command that is printed', { skip, timeout: 600_000 }, () => {
  const stdout = fuzzed(['--runs', '200000', '--planted', full ? 'all' : 'run-past-the-page'], 0)
  assert.match(stdout, full ? /\n17 planted errors found, 0 not found\n$/ : /\n1 planted errors found, 0 not found\n$/)
  const again = /^ {2}npm run fuzz -- (--planted run-past-the-page --target diff_apply --show (\S+))$/m.exec(stdout)
  assert.ok(again?.[1] !== undefined && again[2] !== undefined, stdout)
  assert.ok(existsSync(`${root}${again[2]}`))
  assert.match(fuzzed(again[1].split(' '), 1), /heap-buffer-overflow[\s\S]*diff_apply FAILED\n$/)
  // Without the error the same input is harmless.
  assert.match(fuzzed(['--target', 'diff_apply', '--show', again[2]], 0), /diff_apply comes through\n$/)
})

test('the same seed gives the same inputs', { skip, timeout: 60_000 }, () => {
  const found = (): string | undefined =>
    /found after (\d+) inputs/.exec(fuzzed(['--runs', '50000', '--planted', 'run-past-the-diff'], 0))?.[1]
  assert.equal(found(), found())
})

test('an error that is not found is told, and counts', { skip, timeout: 60_000 }, () => {
  const stdout = fuzzed(['--runs', '2', '--planted', 'run-past-the-page'], 1)
  assert.match(stdout, /^run-past-the-page +NOT FOUND in 2 inputs.*\n0 planted errors found, 1 not found\n$/)
})

test('without clang the targets run by chance alone', { timeout: 300_000 }, () => {
  const names = targets.slice(0, amount(1, targets.length))
  const only = names.flatMap((name) => ['--target', name])
  const expected = names.map((name) => `${name} 2000`)
  assert.deepEqual(cameThrough(fuzzed(['--plain', '--runs', '2000', ...only], 0)), expected)
  const planted = fuzzed(['--plain', '--runs', '50000', '--planted', 'run-past-the-page'], 0)
  assert.match(planted, /found after \d+ inputs.*\n.*heap-buffer-overflow/)
  const again = /^ {2}npm run fuzz -- (.*)$/m.exec(planted)
  assert.match(fuzzed((again?.[1] ?? '').split(' '), 1), /heap-buffer-overflow/)
})

test('what is missing or mistaken is named, with the way out', () => {
  const cases: [args: string[], message: RegExp][] = [
    [['--second', '5'], /'--second'[\s\S]*--seconds N/],
    [['--runs', 'many'], /--runs must be a whole number from 1 on, not many/],
    [['--target', 'diff'], /--target diff is unknown; there are: diff_apply, diff_make,/],
    [['--planted', 'none'], /--planted none is unknown; there are: all, run-past-the-page,/],
    [['--show', 'x'], /--show needs one --target/],
    [['--show', 'no-such-file', '--target', 'pages'], /there is no file no-such-file/],
  ]
  for (const [args, message] of cases) {
    const { status, stderr } = fuzz(args)
    assert.equal(status, 2, stderr)
    assert.match(stderr, message)
  }
  const none = fuzz(['--runs', '1'], { CLANG: 'no-such-clang' })
  assert.equal(none.status, 2)
  assert.match(none.stderr, /^No clang was found \(no-such-clang\)[\s\S]*apt-get install clang-14[\s\S]*--plain/)
  const unable = fuzz(['--runs', '1'], { CLANG: 'true' })
  assert.equal(unable.status, 2)
  assert.match(unable.stderr, /^true is here, but cannot link a fuzzer[\s\S]*apt-get install libclang-rt-14-dev/)
})
