/**
 * `treadmarks compare` with real runs of small programs: what is printed when outputs agree and when they do not, runs that
 * fail, files, interruptions, and what is refused before anything is run. A program knows its protocol here from the command
 * line of its launcher.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { main } from '../../src/cli/main.js'
import { parseCommand } from '../../src/cli/options.js'
import { chart } from '../../src/compare/chart.js'
import { difference, sortedLines } from '../../src/compare/lines.js'
import { measures } from '../../src/compare/measures.js'
import { type Result, Results } from '../../src/compare/result.js'
import { table } from '../../src/compare/table.js'
import { type ErrorCode, TreadMarksError } from '../../src/errors.js'
import { builtProtocols } from '../../src/protocols/table.js'
import { directory, type Outcome, prelude, Run, root, type Scope } from '../real/run.js'

const withProtocol = `${prelude}
import fs from 'node:fs'
const isHome = fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8').includes('home-lrc')
`
/** Its lines come in an order that nobody knows. */
const agreeing = `${prelude}
  const words = tm.alloc(Int32Array, n)
  words[me] = me + 1
  tm.barrier()
  console.log('process ' + me + ' sees ' + words.reduce((a, b) => a + b))
  console.log('so do all')`

const two = ['--protocols', 'treadmarks,home-lrc', '-n', '2']

/** The command in a process of its own; it must leave no other. */
function comparing(
  t: Scope,
  text: string,
  options: readonly string[] = two,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Run {
  const given = [join(root, 'bin/treadmarks.js'), 'compare', ...options]
  return new Run(t, text, { options: given, args, env })
}

const compared = (t: Scope, text: string, options?: readonly string[], args?: readonly string[]): Promise<Outcome> =>
  comparing(t, text, options, args).ended

/** Cells of a row of the table, without its title. */
function row({ lines }: Outcome, title: string): string[] {
  const line = lines.find((one) => one.startsWith(`  ${title} `)) ?? assert.fail(`no row ${title}`)
  return line
    .slice(title.length + 2)
    .trim()
    .split(/ {2,}/)
}

interface Report {
  readonly good: boolean
  readonly comparedWith: string
  readonly options: readonly string[]
  readonly arguments: readonly string[]
  readonly runs: readonly {
    readonly protocol: string
    readonly exitCode: number
    readonly wallMs: number
    readonly counters: Readonly<Record<string, number>>
    readonly lines: number
    readonly agrees: boolean | null
    readonly difference?: unknown
  }[]
}

describe('comparisons', () => {
  test('outputs that agree, in whatever order: a table, numbers and a chart', async (t) => {
    const folder = directory(t)
    const [json, svg] = [join(folder, 'numbers.json'), join(folder, 'chart.svg')]
    const options = [...two, '--heap', '1MiB', '--no-bind', '--json', json, '--chart', svg]
    const outcome = await compared(t, agreeing, options, ['--', '-x'])
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout)
    assert.equal(outcome.stderr, 'treadmarks: running under treadmarks …\ntreadmarks: running under home-lrc …\n')
    assert.equal(outcome.lines[0], 'treadmarks: program.mjs -- -x, 2 nodes')
    assert.match(outcome.lines[1] ?? '', /^ +treadmarks +home-lrc$/)
    assert.deepEqual(row(outcome, 'output'), ['4 lines', 'the same'])
    assert.equal(outcome.lines.length, 3 + measures.length)

    const report = JSON.parse(readFileSync(json, 'utf8')) as Report
    assert.deepEqual([report.good, report.comparedWith], [true, 'treadmarks'])
    assert.deepEqual(report.options, ['--nodes=2', '--heap=1MiB', '--no-bind'])
    assert.deepEqual(report.arguments, ['--', '-x'])
    const [first, second] = report.runs
    assert.ok(first !== undefined && second !== undefined)
    assert.deepEqual([first.protocol, second.protocol], ['treadmarks', 'home-lrc'])
    assert.deepEqual([first.lines, first.agrees, second.agrees], [4, true, true])
    for (const name of ['messages', 'twins'])
      assert.deepEqual(
        row(outcome, name).map(Number),
        report.runs.map(({ counters }) => counters[name]),
      )
    assert.ok((first.counters.messages ?? 0) > 0 && first.wallMs > 0)
    assert.equal(row(outcome, 'kilobytes')[0], ((first.counters.bytes ?? 0) / 1000).toFixed(1))

    const drawn = readFileSync(svg, 'utf8')
    assert.match(drawn, /^<svg [\s\S]*<\/svg>\n$/)
    for (const { title } of measures) assert.ok(drawn.includes(`>${title}<`), title)
    assert.deepEqual(readdirSync(folder).sort(), ['chart.svg', 'numbers.json'])
  })

  test('outputs that disagree: the first line that only each has, and exit code 1', async (t) => {
    const text = `${withProtocol}
      if (me === 0) for (const word of ['alpha', isHome ? 'gamma' : 'beta', 'omega']) console.log(word)`
    const outcome = await compared(t, text)
    assert.equal(outcome.code, 1)
    assert.deepEqual(row(outcome, 'output'), ['3 lines', 'differs'])
    assert.ok(
      outcome.stdout.endsWith(
        'treadmarks: outputs under treadmarks and home-lrc disagree; sorted, the first lines that differ are\n' +
          '  only under treadmarks  beta\n  only under home-lrc    gamma\n',
      ),
      outcome.stdout,
    )
  })

  test('a run that fails is told, and the others go on', async (t) => {
    const text = `${withProtocol}
      if (!isHome && me === 1) {
        console.error('about to end')
        tm.exit(7)
      }
      console.log('here')`
    const outcome = await compared(t, text)
    assert.equal(outcome.code, 1)
    assert.equal(
      outcome.stderr,
      'treadmarks: running under treadmarks …\n' +
        'treadmarks: the run under treadmarks failed with exit code 7; the last it said was\n' +
        '  | [1] about to end\n' +
        'treadmarks: running under home-lrc …\n',
    )
    assert.deepEqual(row(outcome, 'exit code'), ['7', '0'])
    assert.deepEqual(row(outcome, 'output'), ['failed', '2 lines'])
    assert.equal(row(outcome, 'messages')[0], '–')
  })

  test('a failed run has its message, and what it printed is compared with nothing', async (t) => {
    const text = `${withProtocol}
      if (isHome && me === 0) throw new Error('boom \\x1b[2J')
      console.log('here')`
    const outcome = await compared(t, text)
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, /the run under home-lrc failed with exit code 1; the last it said was\n/)
    assert.match(outcome.stderr, /\n {2}\| treadmarks: process 0 \(node 0\): uncaught Error: boom /)
    assert.match(outcome.stderr, /\| {3}Error: boom \\u\{1b\}\[2J\n/)
    assert.deepEqual(row(outcome, 'output'), ['2 lines', 'failed'])
    assert.ok(!outcome.stdout.includes('disagree'))
  })

  test('a program that says nothing and has no input agrees with itself', async (t) => {
    const outcome = await compared(t, `process.stdin.resume()`, ['-n', '1'])
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.deepEqual(row(outcome, 'output'), ['0 lines', ...builtProtocols.slice(1).map(() => 'the same')])
  })

  test('numbers can go to standard output, after the table', async (t) => {
    const outcome = await compared(t, agreeing, ['--protocols=home-lrc', '-n2', '--json', '/dev/stdout'])
    assert.equal(outcome.code, 0, outcome.stderr)
    const report = JSON.parse(outcome.stdout.slice(outcome.stdout.indexOf('\n{\n'))) as Report
    assert.equal(report.runs.length, 1)
  })

  test('lines longer than a pipe takes at once do not mix', async (t) => {
    const text = `${prelude}
      for (let i = 0; i < 100; i++) process.stdout.write((String(me).repeat(9_999) + '\\n').repeat(3) + i + '\\n')
      process.stdout.write('the end, without one')`
    const outcome = await compared(t, text)
    assert.equal(outcome.code, 0, outcome.stdout.slice(-1000))
    assert.deepEqual(row(outcome, 'output'), ['802 lines', 'the same'])
  })

  test('a table that cannot be written is told', async (t) => {
    const folder = directory(t)
    writeFileSync(join(folder, 'program.mjs'), '')
    const command = [process.execPath, join(root, 'bin/treadmarks.js'), 'compare', join(folder, 'program.mjs')]
    const { status, stderr } = spawnSync('sh', ['-c', '"$@" > /dev/full', 'sh', ...command], { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /treadmarks: the table could not be written: ENOSPC/)
  })

  test('a file that cannot be written in the end is told, and the table is there', async (t) => {
    const folder = directory(t)
    const json = join(folder, 'gone', 'numbers.json')
    execFileSync('mkdir', [join(folder, 'gone')])
    const text = `import fs from 'node:fs'
      fs.rmSync(process.argv[2], { recursive: true, force: true })`
    const outcome = await compared(t, text, ['-n', '1', '--json', json], [join(folder, 'gone')])
    assert.equal(outcome.code, 1)
    assert.match(outcome.stderr, /treadmarks: --json .*numbers\.json could not be written: ENOENT/)
    assert.equal(row(outcome, 'messages')[0], '0')
  })
})

describe('an interruption', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    test(`${signal} ends the run that goes on, and all with it`, async (t) => {
      const folder = directory(t)
      const temporary = directory(t)
      const mark = join(folder, 'started')
      const files = [join(folder, 'numbers.json'), join(folder, 'chart.svg')]
      const text = `${prelude}
        import fs from 'node:fs'
        tm.barrier()
        if (me === 0) fs.writeFileSync(process.argv[2], '')
        for (;;) tm.barrier()`
      const options = [...two, '--json', files[0] as string, '--chart', files[1] as string]
      const run = comparing(t, text, options, [mark], { TMPDIR: temporary })
      for (const until = Date.now() + 30_000; !existsSync(mark) && Date.now() < until; )
        await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(run.alive().length, 4, 'the command, a launcher, two nodes')
      run.kill(run.pid, signal)
      const outcome = await run.ended
      assert.equal(outcome.code, code)
      assert.equal(outcome.stdout, '')
      assert.equal(outcome.stderr, `treadmarks: running under treadmarks …\ntreadmarks: interrupted (${signal})\n`)
      assert.deepEqual(readdirSync(folder), ['started'])
      // What remains is the cache of tsx.
      assert.deepEqual(
        readdirSync(temporary).filter((name) => !name.startsWith('tsx-')),
        [],
      )
    })
})

test('Ctrl-C, which reaches all at once, is one interruption', async (t) => {
  const run = new Run(t, `${prelude}for (;;) tm.barrier()`, {
    options: [join(root, 'bin/treadmarks.js'), 'compare', ...two],
    group: true,
  })
  await run.complained(/running under treadmarks/)
  for (const until = Date.now() + 30_000; run.alive().length < 4 && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 20))
  process.kill(-run.pid, 'SIGINT')
  const outcome = await run.ended
  assert.deepEqual([outcome.code, outcome.stdout], [130, ''])
  assert.equal(outcome.stderr, 'treadmarks: running under treadmarks …\ntreadmarks: interrupted (SIGINT)\n')
})

describe('what is refused before anything is run', () => {
  const program = join(root, 'test/cli/fixtures/program.mjs')

  function refuses(argv: readonly string[], code: ErrorCode, message: RegExp): void {
    assert.throws(
      () => parseCommand(['compare', ...argv]),
      (error: unknown) => {
        assert.ok(error instanceof TreadMarksError)
        assert.equal(error.code, code, error.message)
        assert.match(error.message, message)
        return true
      },
    )
  }

  test('protocols', () => {
    refuses(
      ['--protocols', 'treadmarks,home-lcr', program],
      'ERR_TM_USAGE',
      /^--protocols 'home-lcr' is not known, did you mean home-lrc\?; known are treadmarks, home-lrc, /,
    )
    refuses(['--protocols', 'treadmarks,munin', program], 'ERR_TM_NOT_YET', /^--protocols munin is not built yet; /)
    refuses(['--protocols', 'home-lrc,home-lrc', program], 'ERR_TM_USAGE', /^--protocols names home-lrc twice$/)
    refuses(['--protocols', 'home-lrc,', program], 'ERR_TM_USAGE', /^--protocols 'home-lrc,' has an empty name/)
    refuses(['--protocols'], 'ERR_TM_USAGE', /^--protocols needs a value$/)
  })

  test('what a run would refuse, and options that are not for this', () => {
    refuses([], 'ERR_TM_USAGE', /^there is no program: treadmarks compare \[options\] program\.ts/)
    refuses(['none.ts'], 'ERR_TM_PROGRAM_NOT_FOUND', /^program none\.ts does not exist/)
    refuses(['-n', '0', program], 'ERR_TM_USAGE', /^nodes \(-n\) '0' is out of range/)
    refuses(['--heap', 'much', program], 'ERR_TM_USAGE', /^--heap 'much' is not a size/)
    refuses(['--page-size', '17', program], 'ERR_TM_USAGE', /^--page-size '17'/)
    refuses(
      ['--protocol', 'home-lrc', program],
      'ERR_TM_USAGE',
      /^unknown option --protocol, did you mean --protocols\?/,
    )
    for (const option of ['--stats', '--stats-file=x', '--label', '--record=x'])
      refuses([option, program], 'ERR_TM_USAGE', /^unknown option /)
    refuses(['--json', 'a', '--chart', './a', program], 'ERR_TM_USAGE', /^--json and --chart are both a;/)
  })

  test('files that cannot be written', async () => {
    for (const option of ['--json', '--chart']) {
      const io = { stdout: new PassThrough(), stderr: new PassThrough() }
      assert.equal(await main(['compare', option, '/no/such/file', program], io), 2)
      const said = String(io.stderr.read())
      assert.match(said, new RegExp(`^treadmarks: ${option} /no/such/file cannot be written: ENOENT`))
      assert.equal(io.stdout.read(), null)
    }
  })

  test('a command that is nearly this one', () => {
    assert.throws(() => parseCommand(['compair', program]), {
      message: /did you mean: treadmarks compare program\.ts\?/,
    })
  })
})

describe('the parts', () => {
  test('lines: how often counts, order does not, and a byte that is no text is one', () => {
    const sorted = (text: string): readonly string[] => sortedLines(text.replace(/^(?=.|\n)/gm, '[1] '))
    const differ = (a: string, b: string): unknown => difference(sorted(a), sorted(b))
    assert.equal(differ('b\na\n', 'a\nb\n'), undefined)
    assert.deepEqual(sortedLines('[2] b\n[0-3] a] [b\n[1] \n'), ['', 'a] [b', 'b'])
    assert.deepEqual(differ('a\na\nb\n', 'a\nb\n'), { first: 'a', other: undefined })
    assert.deepEqual(differ('', '\n'), { first: undefined, other: '' })
    assert.deepEqual(differ('a\nd\ne\n', 'a\nb\nc\n'), { first: 'd', other: 'b' })
    assert.deepEqual(differ('\xff\n', '\xfe\n'), { first: '\xff', other: '\xfe' })
  })

  const statistics = (messages: number, twins: number): Result['statistics'] =>
    ({ wallMs: 1234.56, total: { messages, twins, bytes: 1_234_567 } }) as unknown as Result['statistics']

  test('too much output is not called the same', () => {
    const results = new Results()
    for (const protocol of ['treadmarks', 'home-lrc'])
      results.add({ protocol, exitCode: 0, statistics: statistics(1, 1), stdout: undefined, stderr: '' })
    assert.equal(results.isGood, false)
    const text = table('program.ts', results)
    assert.match(text, /output +too long +too long\n/)
    assert.match(text, /outputs under home-lrc not compared: more than 64 MiB were printed\n/)
    assert.match(text, /time, ms +1,234\.6 +1,234\.6\n/)
    assert.match(text, /kilobytes +1,234\.6 +1,234\.6\n/)
  })

  test('chart: multiples of the first, broken bars, nothing of what is not there', () => {
    const one = (protocol: string, messages: number, twins: number, exitCode = 0): Result => {
      const told = { lines: 0, verdict: 'agrees', difference: undefined, stderr: '' } as const
      return { ...told, protocol, exitCode, statistics: statistics(messages, twins) }
    }
    const text = chart('a & b < c', [one('x', 10, 0), one('y', 1000, 5), one('z', 1, 1, 1)])
    assert.ok(text.includes('a &#38; b &#60; c'))
    assert.ok(text.includes('>10  (1.00 ×)<') && text.includes('>1,000  (100 ×)<'))
    assert.ok(text.includes('>5<'), 'a number without a multiple')
    assert.ok(text.includes('>z failed<') && !text.includes('>z<'))
    assert.equal(text.match(/stroke="white" stroke-width="2"/g)?.length, 4, 'two bars are broken')
    assert.ok(!/NaN|Infinity|undefined/.test(text))
    assert.ok(!/NaN|Infinity|undefined/.test(chart('all failed', [one('x', 1, 1, 1)])))
  })

  test('the help names it', async () => {
    const io = { stdout: new PassThrough(), stderr: new PassThrough() }
    assert.equal(await main(['compare', '--help'], io), 0)
    assert.match(String(io.stdout.read()), /treadmarks compare .*\n[\s\S]*--chart FILE/)
  })
})
