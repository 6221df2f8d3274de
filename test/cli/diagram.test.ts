/** `--diagram` on real runs: what is drawn, what is left behind (nothing), and what a diagram that cannot be drawn changes. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { builtProtocols } from '../../src/protocols/table.js'
import { described, directory, type Outcome, prelude, Run, run, type Spec } from '../real/run.js'

interface Drawn {
  readonly outcome: Outcome
  /** Undefined when there is none. */
  readonly svg: string | undefined
}

/** Runs a program with `--diagram`; nothing but the file may stay, also not where temporary things go. */
async function draws(t: TestContext, text: string, spec: Spec = {}, file = 'run.svg'): Promise<Drawn> {
  const folder = directory(t)
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  const path = join(folder, file)
  const options = ['--diagram', path, ...(spec.options ?? [])]
  const outcome = await run(t, prelude + text, { nodes: 2, ...spec, options, env: { TMPDIR: temporary } })
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('treadmarks-')),
    [],
  )
  const svg = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  assert.deepEqual(readdirSync(folder).sort(), svg === undefined ? ['tmp'] : [file, 'tmp'].sort())
  return { outcome, svg }
}

const ends = ({ outcome }: Drawn, code: number): void => assert.equal(outcome.code, code, described(outcome))
const count = (text: string | undefined, part: RegExp): number => text?.match(part)?.length ?? 0

const sharing = `
const words = tm.alloc(Int32Array, 16)
words[me] = me + 1
tm.barrier(5)
assert.equal(words.slice(0, n).reduce((a, b) => a + b), (n * (n + 1)) / 2)
tm.barrier(6)
for (let i = 0; i < 2; i++) tm.withLock(3, () => words[9]++)
tm.barrier(7)
assert.equal(words[9], 2 * n)
`

for (const protocol of builtProtocols) {
  test(`a small run under ${protocol}`, async (t) => {
    const drawn = await draws(t, sharing, { nodes: 3, options: ['--protocol', protocol] })
    ends(drawn, 0)
    const { svg, outcome } = drawn
    const arrows = count(svg, /<title>node \d → node \d: /g)
    // Counters are told before the last messages of the end.
    const sent = outcome.stats.total.messages ?? 0
    assert.ok(arrows >= sent && arrows <= sent + 6, `${arrows} arrows, ${sent} messages`)
    assert.ok(svg?.includes(`program.mjs, 3 nodes, ${protocol}`))
    for (const barrier of [5, 6, 7]) {
      assert.equal(count(svg, new RegExp(`>arrives at barrier ${barrier}<`, 'g')), 3)
      assert.equal(count(svg, new RegExp(`>departs from barrier ${barrier}<`, 'g')), 3)
    }
    assert.ok(count(svg, />acquires lock 3</g) >= 3)
    assert.ok(count(svg, />misses p0</g) >= 2)
    const open = protocol.startsWith('ivy')
      ? ['SHARED', 'EXCLUSIVE']
      : ['CLEAN', 'CLEAN, and DIRTY from some moment on']
    // Which node has which state goes by who comes first.
    for (const state of ['INVALID', 'FETCHING', ...open])
      assert.match(svg ?? '', new RegExp(`page 0 on node \\d: ${state}<`))
    assert.equal(count(svg, /has not arrived/g) <= 2, true)
  })
}

test('a run of one', async (t) => {
  const drawn = await draws(t, 'tm.barrier(1)', { nodes: 1 })
  ends(drawn, 0)
  assert.match(drawn.svg ?? '', /1 node, treadmarks/)
})

test('a run that fails is drawn as far as it went, and keeps its exit code', async (t) => {
  const drawn = await draws(t, 'tm.barrier(1); if (me === 1) tm.exit(7); tm.barrier(2)')
  ends(drawn, 7)
  assert.equal(count(drawn.svg, />arrives at barrier 1</g), 2)
})

test('a killed node too', async (t) => {
  const drawn = await draws(t, `tm.barrier(1); if (me === 1) process.kill(process.pid, 'SIGKILL'); tm.barrier(2)`)
  ends(drawn, 137)
  assert.equal(count(drawn.svg, />arrives at barrier 1</g), 2)
})

test('an interrupted run too', async (t) => {
  const folder = directory(t)
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  const path = join(folder, 'run.svg')
  const text = `${prelude} tm.barrier(1); if (me === 0) console.log('met'); for (;;);`
  const running = new Run(t, text, { nodes: 2, options: ['--diagram', path], env: { TMPDIR: temporary } })
  await running.printed(/met/)
  running.kill(running.pid, 'SIGINT')
  const outcome = await running.ended
  assert.equal(outcome.code, 130, described(outcome))
  assert.equal(count(readFileSync(path, 'utf8'), />departs from barrier 1</g), 2)
  assert.deepEqual(readdirSync(temporary), [])
})

const long = 'for (let i = 0; i < 300; i++) tm.barrier(i); if (me === 0) console.log("done")'

test('a run that is too long is refused when it has ended', async (t) => {
  const drawn = await draws(t, long)
  ends(drawn, 1)
  assert.equal(drawn.svg, undefined)
  assert.equal(drawn.outcome.stdout, 'done\n')
  assert.match(
    drawn.outcome.stderr,
    /^treadmarks: --diagram \S+ could not be written: .*it has 60\d messages between nodes, and there is room for 400\n {2}ERR_TM_DIAGRAM: .*fewer nodes/,
  )
})

test('and does not change an exit code of its own', async (t) => {
  ends(await draws(t, `${long}; tm.exit(9)`), 9)
})

test('a file that cannot be written is found before the run', async (t) => {
  const drawn = await draws(t, 'console.log("ran")', {}, join('missing', 'run.svg'))
  ends(drawn, 2)
  assert.equal(drawn.outcome.stdout, '')
  assert.match(drawn.outcome.stderr, /^treadmarks: --diagram \S+missing\/run\.svg cannot be written: ENOENT/)
})

test('with --record the recording stays', async (t) => {
  const folder = directory(t)
  const recording = join(folder, 'recording')
  const drawn = await draws(t, sharing, { options: ['--record', recording] })
  ends(drawn, 0)
  assert.ok(drawn.svg !== undefined)
  assert.deepEqual(readdirSync(recording).sort(), ['node-0.tmrec', 'node-1.tmrec'])
})
