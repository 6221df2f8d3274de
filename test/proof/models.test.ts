/**
 * The formal models of models/ under Spin: each size is searched completely and nothing is found, and each planted
 * error is. Without Spin this is left out with a word of it, but not where all is asked for.
 */
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { amount } from './amount.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const full = amount(0, 1) === 1

function models(args: readonly string[], env: NodeJS.ProcessEnv = process.env): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['scripts/models.mjs', ...args], { cwd: root, encoding: 'utf8', env })
}

interface Listed {
  readonly name: string
  /** What is wrong with it on purpose; empty for the real thing. */
  readonly planted: string
  readonly quick: boolean
}

const runs = JSON.parse(models(['--list']).stdout) as readonly Listed[]
const installed = spawnSync('spin', ['-V']).error === undefined
const skip = installed || full ? false : 'spin is not installed: apt-get install spin'

for (const { name, planted } of runs.filter(({ quick }) => full || quick)) {
  const what = planted === '' ? `${name} has no error` : `${name}, ${planted}: it is found`
  test(what, { skip, timeout: 300_000 }, () => {
    const { status, stdout, stderr } = models(['--only', name])
    assert.equal(status, 0, stdout + stderr)
    const [, outcome] = /^\S+ +\S+ +\S+ +(\w+) +[1-9]\d* /m.exec(stdout) ?? []
    assert.notEqual(outcome, undefined, stdout)
    assert.equal(outcome === 'nothing', planted === '', stdout)
  })
}

test('each model has at least three planted errors', () => {
  for (const model of ['lazy-release-consistency', 'page-states']) {
    const planted = runs.filter((run) => run.name.startsWith(`${model}/`) && run.planted !== '')
    assert.ok(planted.length >= 3, model)
  }
})

test('where spin is missing the command says so and fails, or not if that is allowed', () => {
  const empty = mkdtempSync(join(tmpdir(), 'treadmarks-models-'))
  try {
    symlinkSync(process.execPath, join(empty, 'node'))
    const without = { ...process.env, PATH: empty }
    const { status, stdout } = models([], without)
    assert.deepEqual([status, stdout], [1, 'spin is not installed: apt-get install spin\n'])
    assert.equal(models(['--if-installed'], without).status, 0)
  } finally {
    rmSync(empty, { recursive: true })
  }
})

test('a run or an option that does not exist is told, with those that do', () => {
  for (const args of [['--only', 'page-states/pages'], ['--al']]) {
    const { status, stderr } = models(args)
    assert.equal(status, 2)
    assert.match(stderr, /--only MODEL\/RUN/)
  }
  assert.match(models(['--only', 'page-states/pages']).stderr, /there is no such run; there are\n {2}lazy-/)
})
