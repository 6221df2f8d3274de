/** `npm run sim` as a command: what it prints, what it ends with, and what it says to a wrong command line. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/lab/swarm/main.js', import.meta.url))

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'tm-sim-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function sim(cwd: string, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

/** A trial of two processes, with these sections in one phase. */
function trial(cwd: string, kind: string, ...sections: readonly string[]): string {
  const head = [
    `kind ${kind}`,
    'protocol treadmarks',
    'nodes 2',
    'threads 1',
    'pages 1',
    'page-bytes 64',
    'seed 1',
    'delay same 5',
    'pace burst 1 think 1 service 1 interrupt 0',
    'slowness 1 1',
    'max-steps 10000',
    'phase',
  ]
  const path = join(cwd, 'trial.txt')
  writeFileSync(path, [...head, ...sections, ''].join('\n'))
  return path
}

test('one seed: its configuration, what it cost, how it ended, its hash', (t) => {
  const { code, out } = sim(folder(t), '--seed', '7', '--operations', '300')
  assert.equal(code, 0, out)
  assert.match(out, /^seed 7: (race-free|racy), \d+ nodes × \d/)
  assert.match(out, /^\d+ operations, \d+ loads and stores checked, \d+ messages/m)
  assert.match(out, /^hash [0-9a-f]{16}$/m)
  assert.equal(sim(folder(t), '--seed', '7', '--operations', '300').out, out)
})

test('the kind can be said; the trace tells everything', (t) => {
  const { out } = sim(folder(t), '--seed', '7', '--kind', 'racy', '--operations', '100', '--trace')
  assert.match(out, /^seed 7: racy/)
  assert.match(out, /^process \d+ loads \d+: \d+$/m)
  assert.match(out, / \d+ → \d+ (arrive|lockRequest)$/m)
})

test('many seeds are summed up', (t) => {
  const { code, out } = sim(folder(t), '--seed', '10', '--seeds', '5', '--operations', '100')
  assert.equal(code, 0)
  assert.match(out, /^5 seeds: \d finished/m)
  assert.match(out, /loads and stores checked in [\d.]+ s of processor time: \d+ a second/)
})

test('a hang ends with 4, and says who waits for what', (t) => {
  const cwd = folder(t)
  const { code, out } = sim(cwd, '--program', trial(cwd, 'race-free', '0: acquire 1', '1: acquire 1'))
  assert.equal(code, 4)
  assert.match(out, /HANG: process \d waits at \{"type":"acquire","lock":1\}/)
})

test('a violation ends with 3: here of a program that is not free of races', (t) => {
  const cwd = folder(t)
  const { code, out } = sim(cwd, '--program', trial(cwd, 'race-free', '0: store 3 1', '1: store 3 2'))
  assert.equal(code, 3)
  assert.match(out, /RACE: process \d writes byte 3 without being ordered after process \d/)
  assert.equal(sim(cwd, '--program', trial(cwd, 'racy', '0: store 3 1', '1: store 3 2')).code, 0)
})

test('a crash ends with 5, and shows where', (t) => {
  const cwd = folder(t)
  const { code, out } = sim(cwd, '--program', trial(cwd, 'race-free', '0: free 4'))
  assert.equal(code, 5)
  assert.match(out, /CRASH: ERR_TM_INTERNAL: .*process 0 has no block 4\n {2} +at /)
})

test('failing seeds are kept where one says; nothing is kept when all is well', (t) => {
  const cwd = folder(t)
  const path = join(cwd, 'seeds.txt')
  writeFileSync(path, '# none\n')
  assert.equal(sim(cwd, '--seeds', '3', '--operations', '50', '--keep', path).code, 0)
  assert.equal(readFileSync(path, 'utf8'), '# none\n')
})

test('a wrong command line ends with 2 and says what is known', (t) => {
  const cwd = folder(t)
  const wrong = (pattern: RegExp, ...args: readonly string[]): void => {
    const { code, err } = sim(cwd, ...args)
    assert.equal(code, 2, err)
    assert.match(err, pattern)
    assert.match(err, /usage: npm run sim/)
  }
  wrong(/sim: unknown option --sed; known are --seed, --seeds, --kind, .*--help/, '--sed', '4')
  wrong(/sim: unknown option -s; known are --seed/, '-s')
  wrong(/--seed 'four': expected a whole number, at least 0/, '--seed', 'four')
  wrong(/--seed/, '--seed')
  wrong(/--seeds '0': expected a whole number, at least 1/, '--seeds', '0')
  wrong(/--kind 'wild': expected race-free or racy/, '--kind', 'wild')
  wrong(/--protocol 'mesi': known are treadmarks/, '--protocol', 'mesi')
  wrong(/'program.ts' is not expected here/, 'program.ts')
  wrong(/--nodes goes with --scale/, '--nodes', '8')
  wrong(/'-1'|argument is ambiguous/, '--seed', '-1')
  wrong(/nowhere\.txt cannot be read: ENOENT/, '--program', 'nowhere.txt')
  assert.equal(sim(cwd, '--help').code, 0)
})

test('--diagram draws a run, also one that fails', (t) => {
  const cwd = folder(t)
  const good = sim(cwd, '--program', trial(cwd, 'race-free', '0: store 1 7'), '--diagram', 'run.svg')
  assert.equal(good.code, 0, good.err)
  assert.match(good.out, /drawn in run\.svg/)
  assert.match(
    readFileSync(join(cwd, 'run.svg'), 'utf8'),
    /^<svg .*>trial\.txt, treadmarks<.*>store \[1\] = 7<.*<\/svg>\n$/s,
  )
  const bad = sim(cwd, '--program', trial(cwd, 'race-free', '0: acquire 1', '1: acquire 1'), '--diagram', 'bad.svg')
  assert.equal(bad.code, 4)
  assert.match(readFileSync(join(cwd, 'bad.svg'), 'utf8'), />wants lock 1</)
})

test('--diagram refuses what is too long, many runs, and a file that cannot be written', (t) => {
  const cwd = folder(t)
  const long = sim(cwd, '--seed', '2', '--diagram', 'run.svg')
  assert.equal(long.code, 1, long.err)
  assert.match(long.out, /every value right/)
  assert.match(long.err, /too long for a diagram: it has \d+ messages.*ERR_TM_DIAGRAM/s)
  assert.throws(() => readFileSync(join(cwd, 'run.svg')))
  for (const args of [['--seeds', '2'], ['--scale']]) {
    const many = sim(cwd, ...args, '--diagram', 'run.svg')
    assert.deepEqual([many.code, /--diagram/.test(many.err), many.out], [2, true, ''])
  }
  const nowhere = sim(cwd, '--diagram', join('missing', 'run.svg'))
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.err, /--diagram missing\/run\.svg cannot be written: ENOENT/)
})
