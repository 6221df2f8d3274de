/** `npm run litmus` as a command: what it prints, what it ends with, and what it says to a wrong command line. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/lab/litmus/main.js', import.meta.url))
const ours = fileURLToPath(new URL('../../litmus', import.meta.url))

function litmus(cwd: string, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

/** A folder with this file of ours in it, changed. */
function spoilt(t: TestContext, name: string, what: RegExp, by: string): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tm-litmus-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, `${name}.litmus`)
  const text = readFileSync(join(ours, `${name}.litmus`), 'utf8')
  assert.match(text, what)
  writeFileSync(path, text.replace(what, by))
  return { folder, path }
}

test('a table, a sum, and 0 when all is well', () => {
  const { code, out } = litmus('.', ours, '--only', 'SB+b*', '--schedules', '10')
  assert.equal(code, 0)
  assert.equal(
    out,
    [
      'test                      class      seen    allowed and never seen',
      'SB+barrier                race-free  1/1',
      '1 tests × 10 schedules of treadmarks: 1 of 1 allowed outcomes seen; nothing forbidden',
      '',
    ].join('\n'),
  )
})

test('an outcome that is allowed and never seen is reported', () => {
  const { code, out } = litmus('.', ours, '--only', 'CoRR', '--schedules', '10')
  assert.equal(code, 0)
  assert.match(out, /^CoRR +racy +\d\/4 .*\b1 0$/m)
})

test('a forbidden outcome ends with 1 and tells the command that shows it again', (t) => {
  const { path } = spoilt(t, 'SB', /^0 +0 .*/m, '0 0 | never never asked: neither sees the other')
  const { code, out } = litmus('.', path, '--schedules', '20')
  assert.equal(code, 1)
  assert.match(
    out,
    /^ {2}FORBIDDEN by lrc: r1 = 0, r2 = 0 \(neither sees the other\)\n {4}in \d+ of 20 schedules; once more:/m,
  )
  assert.match(out, /^ {2}NOT RIGHT in .*SB\.litmus: lrc allows r1 = 0, r2 = 0$/m)
  const again = /^ {4}npm run litmus -- (.*)$/m.exec(out)?.[1]?.replaceAll("'", '').split(' ') as string[]
  const traced = litmus('.', path, ...again)
  assert.equal(traced.code, 1)
  assert.match(traced.out, /^r1 = 0, r2 = 0, FORBIDDEN\nhash [0-9a-f]{16}\n$/m)
  assert.equal(litmus('.', path, ...again).out, traced.out)
})

test('--verbose tells each outcome with a seed that shows it', () => {
  const { out } = litmus('.', ours, '--only', 'SB', '--schedules', '50', '--verbose')
  const seed = /^ {2}r1 = 0, r2 = 0 +\d+ {2}first with seed (\d+) {2}never in sc \(neither sees the other\)$/m.exec(out)
  assert(seed !== null, out)
  const traced = litmus('.', ours, '--only', 'SB', '--trace', '--seed', seed[1] as string)
  assert.equal(traced.code, 0)
  assert.match(traced.out, /^r1 = 0, r2 = 0\n/m)
})

test('--rewrite writes what is right and says what it wrote', (t) => {
  const { folder, path } = spoilt(t, 'SB', /^0 +1 .*\n/m, '')
  const { code, out } = litmus('.', folder, '--rewrite')
  assert.equal(code, 0)
  assert.equal(out, `rewritten  ${path}\n1 files rewritten\n`)
  assert.equal(readFileSync(path, 'utf8'), readFileSync(join(ours, 'SB.litmus'), 'utf8'))
  assert.equal(litmus('.', folder, '--rewrite').out, '0 files rewritten\n')
})

test('--rewrite writes the table of the tests into the README beside them', (t) => {
  const { folder } = spoilt(t, 'SB', /$/, '')
  copyFileSync(join(ours, 'README.md'), join(folder, 'README.md'))
  for (const name of ['IRIW', 'Turns']) copyFileSync(join(ours, `${name}.litmus`), join(folder, `${name}.litmus`))
  assert.equal(litmus('.', folder, '--rewrite').out, `rewritten  ${join(folder, 'README.md')}\n1 files rewritten\n`)
  assert.equal((readFileSync(join(folder, 'README.md'), 'utf8').match(/\]\(\S+\.litmus\) \| r/g) ?? []).length, 3)
})

test('a mistake in a file ends with 2 and is told with file and line', (t) => {
  const { path } = spoilt(t, 'SB', /r1 = y/, 'r1 := y')
  const { code, out, err } = litmus('.', path)
  assert.equal(code, 2)
  assert.equal(out, '')
  assert.match(err, /SB\.litmus:\d+: expected a step, as 'x = 1', .*; found 'r1 := y'\n$/)
})

test('a wrong command line ends with 2 and says what is known', () => {
  for (const [args, said] of [
    [['--frob'], /unknown option --frob; known are --only, --schedules, --seed, --protocol, --verbose/],
    [['--protocol', 'none'], /--protocol 'none': known are treadmarks/],
    [['--schedules', '0'], /--schedules '0': expected 1 to 1000000/],
    [['--only', 'nothing'], /--only 'nothing': known are .*\bMP, /],
    [['--trace'], /--trace: expected one test; name it with --only/],
    [['nowhere'], /'nowhere': there is no such file or folder/],
    [['src'], /'src': there are no \.litmus files in this folder/],
  ] as const) {
    const { code, err } = litmus(fileURLToPath(new URL('../..', import.meta.url)), ...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, said)
  }
})
