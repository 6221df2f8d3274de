/** The launcher against fake nodes: how runs end, what is said about it, and that nobody is left. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, describe, test } from 'node:test'
import { helpText } from '../../src/cli/help.js'
import { main } from '../../src/cli/main.js'
import { nodeFlags } from '../../src/cli/node-flags.js'
import { counterNames } from '../../src/core/counters.js'
import type { Table } from '../../src/core/tally.js'
import { type Given, isAlive, launchApart, launchHere, type Outcome, Running } from './fixtures/runner.js'

/** The contract says two seconds; the rest is for a loaded machine. */
const SOON_MS = 5_000

const folder = mkdtempSync(join(tmpdir(), 'treadmarks-stats-'))
after(() => rmSync(folder, { recursive: true }))

async function ends(given: Given, code: number, started: number, launch = launchHere): Promise<Outcome> {
  const outcome = await launch(given)
  assert.deepEqual(outcome.alive, [], 'no node is left')
  assert.equal(outcome.code, code, outcome.stderr)
  assert.equal(outcome.started, started)
  return outcome
}

/** Exactly one message, which begins like this. */
function says(outcome: Outcome, text: string): void {
  const messages = outcome.stderr.split('\n').filter((line) => line.startsWith('treadmarks: '))
  assert.equal(messages.length, 1, outcome.stderr)
  assert.ok(outcome.stderr.includes(text), outcome.stderr)
}

interface StatsFile {
  readonly nodes: number
  readonly wallMs: number
  readonly total: Record<string, number>
  readonly perNode: readonly Record<string, number>[]
  readonly phases: Table
  readonly kinds: Table
  readonly allocations: Table
  readonly phaseKinds: Record<string, Table>
  readonly phaseAllocations: Record<string, Table>
}

function readStats(path: string): StatsFile {
  const statistics = JSON.parse(readFileSync(path, 'utf8')) as StatsFile & { version: number; threads: number }
  const run = ['version', 'nodes', 'threads', 'wallMs']
  const counted = ['total', 'perNode', 'phases', 'kinds', 'allocations', 'phaseKinds', 'phaseAllocations']
  const traffic = ['pages', 'sharing', 'phasePages', 'phaseSharing']
  assert.deepEqual(Object.keys(statistics), [...run, ...counted, ...traffic])
  assert.equal(statistics.version, 1)
  assert.equal(statistics.threads, 1)
  for (const counters of [statistics.total, ...statistics.perNode, ...Object.values(statistics.phases)])
    for (const name of counterNames) assert.equal(typeof counters[name], 'number', name)
  return statistics
}

describe('a run that ends well', { concurrency: 2 }, () => {
  test('says nothing and ends with 0', async () => {
    const { stdout, stderr } = await ends({ options: ['-n', '3'] }, 0, 3, launchApart)
    assert.equal(stdout + stderr, '')
  })
  test('does not mind that a node sees the others leave before it', async () => {
    const { stderr } = await ends({ options: ['-n', '3'], plan: { 1: 'complainsAtFinish' } }, 0, 3)
    assert.equal(stderr, '')
  })
  test('gives the nodes what they need, and the secret to nobody else', async () => {
    const given = {
      options: ['-n', '2', '--port', '23456', '--heap', '1MiB'],
      plan: { '1': 'tells' },
      args: ['--', '-x'],
    }
    const { stdout } = await ends(given, 0, 2, launchApart)
    const told = JSON.parse(stdout) as Record<string, unknown>
    assert.equal(told.node, 1)
    assert.equal(told.nodes, 2)
    assert.equal(told.heapBytes, 1024 ** 2)
    assert.match(String(told.secret), /^[0-9a-f]{64}$/)
    assert.deepEqual((told.args as string[]).slice(1), ['--', '-x'])
    assert.deepEqual(told.addresses, [
      { host: '127.0.0.1', port: 23_456 },
      { host: '127.0.0.1', port: 23_457 },
    ])
    assert.deepEqual([told.argv, told.execArgv], [[], nodeFlags(availableParallelism(), 2)])
  })
  test('standard input goes to process 0', async () => {
    const { stdout } = await ends({ options: ['-n', '2'], plan: { '0': 'reads' }, input: 'hello' }, 0, 2, launchApart)
    assert.equal(stdout, 'read: hello')
  })
  test('leaves the descriptors as they are, so that a slow reader only slows it', async () => {
    const { stdout, stderr } = await ends(
      { options: ['-n', '2'], plan: { all: 'printsMuch' }, deafMs: 1000 },
      0,
      2,
      launchApart,
    )
    assert.equal(stderr, '')
    assert.equal(stdout.length, 2 * 2_000_000)
  })
  test('the exit code is that of the first program, in time, that ended with one', async () => {
    await ends({ options: ['-n', '3'], plan: { '0': 'code4', '2': 'code3' } }, 3, 3)
    // The operating system would make it 0.
    await ends({ options: ['-n', '1'], plan: { '0': 'code256' } }, 1, 1)
  })
})

describe('a run that fails', { concurrency: 2 }, () => {
  test('by an exception in the program', async () => {
    const outcome = await ends({ options: ['-n', '3'], plan: { '2': 'throws', all: 'waits' } }, 7, 3)
    assert.equal(
      outcome.stderr,
      'treadmarks: process 2 (node 2): uncaught exception\n' +
        '  Error: boom\n' +
        '      at somewhere (program.ts:3:7)\n' +
        '  ERR_TM_THREW: The stack above shows where.\n',
    )
  })
  test('while the nodes are still starting', async () => {
    const outcome = await ends({ options: ['-n', '3'], plan: { '1': 'throwsAtStart', all: 'neverListens' } }, 7, 3)
    says(outcome, 'treadmarks: process 1 (node 1): uncaught exception')
  })
  test('by a node that is killed', async () => {
    const outcome = await ends({ options: ['-n', '3'], plan: { '1': 'dies', all: 'waits' } }, 137, 3)
    says(outcome, 'treadmarks: process 1 (node 1): killed by SIGKILL\n  ERR_TM_NODE_LOST: ')
  })
  test('by a node that just exits', async () => {
    const outcome = await ends({ options: ['-n', '2'], plan: { '1': 'exits5', all: 'waits' } }, 5, 2)
    says(outcome, 'process 1 (node 1): its process ended unexpectedly, with exit code 5')
    says(await ends({ options: ['-n', '2'], plan: { '0': 'exits0', all: 'waits' } }, 1, 2), 'with exit code 0')
  })
  test('by nodes that crash at start-up', async () => {
    const outcome = await ends({ options: ['-n', '2'], env: { FAKE_CRASH: '13' } }, 13, 2)
    says(outcome, 'its process ended unexpectedly before it joined the run, with exit code 13')
    const plan = { '1': 'exits5AtStart' }
    says(await ends({ options: ['-n', '3'], plan }, 5, 3), 'process 1 (node 1): its process ended unexpectedly before')
  })
  test('by a node that a SIGTERM finds before it listens to any', async () => {
    says(
      await ends({ options: ['-n', '2'], plan: { '1': 'termAtStart' } }, 143, 2),
      'node 1): killed by SIGTERM before',
    )
  })
  test('with nodes that never answer: they are killed', async () => {
    const from = Date.now()
    const outcome = await ends({ options: ['-n', '3'], plan: { '1': 'throws', all: 'hangs' } }, 7, 3)
    says(outcome, 'uncaught exception')
    assert.ok(Date.now() - from < SOON_MS)
  })
  test('after a program has ended with a code: that came first', async () => {
    says(await ends({ options: ['-n', '2'], plan: { '0': 'code3', '1': 'diesLater' } }, 3, 2), 'killed by SIGKILL')
  })
  test('the complaints of others do not hide the cause', async () => {
    const plan = { '0': 'diesLater', all: 'complains' }
    says(await ends({ options: ['-n', '4'], plan }, 137, 4), 'process 0 (node 0): killed by SIGKILL')
    const outcome = await ends({ options: ['-n', '2'], plan: { all: 'complainsAndLeaves' } }, 1, 2)
    says(outcome, ': lost node 2\n  ERR_TM_NODE_LOST: Look at it.')
  })
  test('by a complaint that nothing explains', async () => {
    const outcome = await ends({ options: ['-n', '2'], plan: { '1': 'complains', all: 'waits' } }, 1, 2)
    says(outcome, 'process 1 (node 1): lost node 0\n  ERR_TM_NODE_LOST: Look at it.')
  })
  test('while it is ending', async () => {
    says(
      await ends({ options: ['-n', '2'], plan: { '1': 'diesAtFinish' } }, 139, 2),
      'SIGSEGV while the run was ending',
    )
    says(await ends({ options: ['-n', '2'], plan: { '1': 'exits9AtFinish' } }, 9, 2), 'exit code 9')
  })
  test('by nodes that do not join, or do not leave, in time', async () => {
    const env = { FAKE_JOIN_MS: '5000' }
    const [late, lonely, sticky] = await Promise.all([
      ends({ options: ['-n', '3'], plan: { '1': 'neverListens' }, env }, 1, 3),
      ends({ options: ['-n', '3'], plan: { '2': 'neverJoins' }, env }, 1, 3),
      ends({ options: ['-n', '2'], plan: { '1': 'neverFinishes' }, env }, 1, 2),
    ])
    says(late, 'process 1 (node 1): did not start in time; missing: 1 of 3 nodes (1)\n  ERR_TM_JOIN: ')
    says(lonely, 'process 2 (node 2): did not connect to the others in time; missing: 1 of 3 nodes (2)')
    says(sticky, 'process 1 (node 1): did not leave after all programs had ended')
  })
  test('by a node that talks nonsense', async () => {
    const outcome = await ends({ options: ['-n', '2'], plan: { '1': 'talksNonsense', '0': 'waits' } }, 1, 2)
    says(outcome, 'process 1 (node 1): failed without saying why\n  ERR_TM_INTERNAL: ')
  })
})

describe('a run that is interrupted', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    test(`by ${signal}`, async () => {
      const path = join(folder, `${signal}.json`)
      const running = new Running({ options: ['-n', '3', '--stats-file', path], plan: { '1': 'hangs', all: 'waits' } })
      await running.joined(3)
      const from = Date.now()
      running.child.kill(signal)
      const outcome = await running.outcome
      assert.ok(Date.now() - from < SOON_MS)
      assert.deepEqual(outcome.alive, [])
      assert.equal(outcome.code, code)
      assert.equal(outcome.stderr, `treadmarks: interrupted (${signal})\n`)
      assert.deepEqual(
        readStats(path).perNode.map(({ messages }) => messages),
        [10, 0, 12],
      )
    })
  test('by Ctrl-C, which reaches the nodes as well', async () => {
    const running = new Running({ options: ['-n', '3'], plan: { all: 'waits' }, group: true })
    await running.joined(3)
    process.kill(-(running.child.pid ?? assert.fail()), 'SIGINT')
    const outcome = await running.outcome
    assert.deepEqual([outcome.code, outcome.alive], [130, []])
    assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
  })
  test('by Ctrl-C while the nodes are starting', async () => {
    const running = new Running({ options: ['-n', '3'], plan: { all: 'neverListens' }, group: true })
    while (running.pids.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    process.kill(-(running.child.pid ?? assert.fail()), 'SIGINT')
    const outcome = await running.outcome
    assert.deepEqual([outcome.code, outcome.alive], [130, []])
    assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
  })
  test('twice', async () => {
    const running = new Running({ options: ['-n', '2'], plan: { all: 'hangs' } })
    await running.joined(2)
    running.child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 200))
    running.child.kill('SIGINT')
    const outcome = await running.outcome
    assert.deepEqual([outcome.code, outcome.alive], [130, []])
    assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
  })
  test('with a reader that has stopped reading', async () => {
    const running = new Running({ options: ['-n', '2', '--label'], plan: { all: 'printsMuch' }, deafMs: Infinity })
    await running.joined(2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const from = Date.now()
    running.child.kill('SIGINT')
    const outcome = await running.outcome
    assert.ok(Date.now() - from < SOON_MS)
    assert.deepEqual([outcome.code, outcome.alive], [130, []])
  })
  test('or fails with nobody left to read the message', async () => {
    const running = new Running({ options: ['-n', '2'], plan: { '0': 'diesLater', '1': 'waits' } })
    running.child.stderr?.destroy()
    const outcome = await running.outcome
    assert.deepEqual([outcome.code, outcome.alive], [137, []])
  })
  test('by the death of the launcher: the nodes see their channel close', async () => {
    const running = new Running({ options: ['-n', '3'], plan: { all: 'waits' } })
    await running.joined(3)
    const { pids } = running
    running.child.kill('SIGKILL')
    const until = Date.now() + SOON_MS
    while (pids.some(isAlive) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepEqual(pids.filter(isAlive), [])
    await running.outcome
  })
})

describe('labels', { concurrency: 2 }, () => {
  test('stand before each line, also a torn one and one without an end', async () => {
    const { stdout, stderr } = await ends(
      { options: ['-n', '2', '--label'], plan: { all: 'prints' } },
      0,
      2,
      launchApart,
    )
    for (const process of ['0', '1']) {
      const own = stdout.split('\n').filter((line) => line.startsWith(`[${process}] `))
      assert.deepEqual(
        own,
        [`first ${process}`, 'zwei äöü ☃ 🌊', 'no end of line'].map((line) => `[${process}] ${line}`),
      )
    }
    assert.equal(stdout.split('\n').length, 7)
    assert.deepEqual(stderr.trim().split('\n').sort(), ['[0] error of 0', '[1] error of 1'])
  })
  test('lose nothing of much output, nor of a node that is killed', async () => {
    const much = await ends({ options: ['-n', '3', '--label'], plan: { all: 'printsMuch' } }, 0, 3, launchApart)
    const lines = much.stdout.trimEnd().split('\n')
    assert.equal(lines.length, 60_000)
    for (const line of lines) assert.match(line, /^\[[012]\] x{99}$/)
    const killed = await ends({ options: ['-n', '2', '--label'], plan: { '1': 'printsThenDies' } }, 137, 2)
    assert.equal(killed.stdout, '[1] last words\n')
  })
})

describe('the command line', () => {
  const speak = async (...words: string[]): Promise<[number, string, string]> => {
    const io = { stdout: new PassThrough(), stderr: new PassThrough() }
    const code = await main(words, io)
    return [code, String(io.stdout.read() ?? ''), String(io.stderr.read() ?? '')]
  }
  test('shows the help: when asked for on stdout, when there is no command on stderr', async () => {
    assert.deepEqual(await speak('--help'), [0, helpText(), ''])
    assert.deepEqual(await speak(), [2, '', helpText()])
  })
  test('shows the version', async () => {
    const [code, text] = await speak('--version')
    assert.equal(code, 0)
    assert.match(text, /^\d+\.\d+\.\d+\S*\n$/)
  })
  test('says what to do when it has not been built', () => {
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    copyFileSync(new URL('../../bin/treadmarks.js', import.meta.url), join(folder, 'bin', 'treadmarks.js'))
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin', 'treadmarks.js'), '--help'])
    assert.equal(status, 1)
    assert.equal(String(stderr), 'treadmarks: it is not built yet: run `npm run build` first\n')
  })
  test('ends with 2 and a remedy when it is wrong', async () => {
    const [code, stdout, stderr] = await speak('run', '-n', '0', 'x.ts')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^treadmarks: nodes \(-n\) '0' .*\n {2}ERR_TM_USAGE: Run `treadmarks --help`.*\n$/)
    assert.equal((await speak('run', '-t', '2', 'x.ts'))[0], 2)
  })
})

describe('statistics', { concurrency: 2 }, () => {
  test('in a file', async () => {
    const path = join(folder, 'good.json')
    const { stderr } = await ends({ options: ['-n', '3', '--stats-file', path] }, 0, 3)
    assert.equal(stderr, '')
    const statistics = readStats(path)
    assert.equal(statistics.nodes, 3)
    assert.ok(statistics.wallMs >= 0)
    assert.equal(statistics.total.messages, 33)
    assert.equal(statistics.total.ownCounter, 3)
    assert.deepEqual(
      statistics.perNode.map(({ messages }) => messages),
      [10, 11, 12],
    )
    assert.deepEqual(Object.keys(statistics.phases), ['warm', '__proto__'])
    assert.equal(statistics.phases.warm?.messages, 3)
    assert.deepEqual(statistics.kinds.lockGrant, { messages: 33, bytes: 3000 })
    assert.deepEqual(statistics.allocations, { grid: { readFaults: 21, twins: 0 } })
    const phaseKinds = [...Object.entries(statistics.phaseKinds)]
    assert.deepEqual(phaseKinds, [
      ['warm', { lockGrant: { messages: 3, bytes: 24 } }],
      ['__proto__', {}],
    ])
    assert.deepEqual([...Object.entries(statistics.phaseAllocations)][1], ['__proto__', { grid: { readFaults: 15 } }])
    assert.ok(!readdirSync(folder).some((name) => name.endsWith('.tmp')))
  })
  test('in a file, when nodes have died: zeros', async () => {
    const path = join(folder, 'bad.json')
    await ends({ options: ['-n', '2', '--stats-file', path], plan: { '0': 'waits', '1': 'dies' } }, 137, 2)
    assert.deepEqual(
      readStats(path).perNode.map(({ messages }) => messages),
      [10, 0],
    )
    await ends({ options: ['-n', '2', '--stats-file', path], env: { FAKE_CRASH: '13' } }, 13, 2)
    assert.equal(readStats(path).wallMs, 0)
  })
  test('in a file that a link leads to, and in no other', async () => {
    const path = join(folder, 'real.json')
    writeFileSync(path, 'old')
    symlinkSync(path, join(folder, 'link.json'))
    await ends({ options: ['--stats-file', join(folder, 'link.json')] }, 0, 1)
    assert.equal(readStats(path).nodes, 1)
    await ends({ options: ['--stats-file', '/dev/null'] }, 0, 1)
    assert.ok(existsSync('/dev/null') && readFileSync('/dev/null').length === 0)
  })
  test('in a file that cannot be written: nothing is started', async () => {
    mkdirSync(join(folder, 'directory'))
    for (const path of [join(folder, 'directory'), join(folder, 'nowhere', 'x.json'), '/proc/x.json']) {
      const outcome = await ends({ options: ['--stats-file', path] }, 2, 0)
      says(outcome, `treadmarks: --stats-file ${path} cannot be written: `)
      assert.ok(outcome.stderr.includes('\n  ERR_TM_USAGE: '))
    }
  })
  test('as a table', async () => {
    const { stdout, stderr } = await ends({ options: ['-n', '2', '--stats'] }, 0, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /^treadmarks: 2 nodes, 2 processes, \d+\.\d ms\n {2}counter +total +node 0 +node 1\n/)
    assert.match(stderr, /^ {2}bytes +2,000 +1,000 +1,000$/m)
    assert.match(stderr, /^ {2}counter +warm/m)
    const many = await ends({ options: ['-n', '9', '--stats'] }, 0, 9)
    assert.match(many.stderr, /^ {2}counter +total$/m)
  })
})
