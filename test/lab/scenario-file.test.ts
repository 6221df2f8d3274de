/** What a scenario file may look like, what its mistakes are called, and how its output is replaced. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseScenario } from '../../src/lab/scenario/file.js'
import { runScenario } from '../../src/lab/scenario/run.js'
import { checkScenario, differences, rewriteScenario } from '../../src/lab/scenario/suite.js'

const HEAD = '# Title\n#\n# What is seen.\n\n'
/** Lines before the first command of a file made with HEAD. */
const BEFORE = 4

const mistake = (text: string): string => {
  try {
    runScenario(parseScenario('x.txt', text))
  } catch (error) {
    return (error as Error).message
  }
  return 'no mistake'
}
/** Commands in one block, as a file. */
const block = (...commands: string[]): string => `${HEAD}${commands.join('\n')}\n----\n`
const two = 'cluster nodes=2 pages=2'

test('a scenario has a title, an opening, and blocks of commands and output', () => {
  const text = `${HEAD}${two}\n----\n2 nodes, 2 pages of 64 bytes\n\n# And then\n0: store 0 1\n0: load 0\n----\nx\ny\n`
  const scenario = parseScenario('x.txt', text)
  assert.equal(scenario.title, 'Title')
  assert.equal(scenario.opening, 'What is seen.')
  assert.deepEqual(
    scenario.blocks.map(({ commands, divider, expected }) => [commands.map((line) => line.text), divider, expected]),
    [
      [[two], 6, ['2 nodes, 2 pages of 64 bytes']],
      [['0: store 0 1', '0: load 0'], 12, ['x', 'y']],
    ],
  )
})

test('mistakes in the form of a file name file, line, and what was expected', () => {
  const cases: [text: string, message: string][] = [
    ['', "x.txt:1: expected a title, '# What is seen', found an empty line"],
    ['cluster nodes=2\n', "x.txt:1: expected a title, '# What is seen', found 'cluster nodes=2'"],
    [
      '# Title\n\ncluster nodes=2\n----\n',
      "x.txt:2: expected a paragraph in '#' lines that says what is seen, found an empty line",
    ],
    [HEAD, "x.txt:5: expected commands, then '----', then what they print"],
    [`${HEAD}${two}\n\n`, "x.txt:6: expected '----' after the commands, found an empty line"],
    [`${HEAD}${two}`, "x.txt:5: expected '----' after the commands, found an empty line"],
    [`${HEAD}----\nx\n`, "x.txt:5: expected a command, found '----'"],
  ]
  for (const [text, message] of cases) assert.equal(mistake(text), message)
})

test('mistakes in a command name file, line, and what was expected', () => {
  const known = 'cluster, deliver, forge, messages, count, pages, intervals, counters, lock'
  const acts = 'load, store, acquire, release, barrier, wait, signal, broadcast, malloc, free, distribute, end'
  const kinds = 'lockRequest, lockForward, lockGrant, condWake, arrive, depart, ended, diffRequest, diffReply, diffPush'
  const forge = 'expected forge FROM TO KIND FIELD=VALUE …; found'
  const cases: [command: string, message: string][] = [
    ['deliver', 'expected deliver FROM TO, or deliver all; found nothing more'],
    ['deliver 0 x', "expected deliver FROM TO, or deliver all; found 'x'"],
    ['deliver all now', "expected deliver FROM TO, or deliver all; found 'now'"],
    ['deliver 0 1', 'nothing is on its way from 0 to 1'],
    ['deliver 0 2', 'expected a node below 2, found 2'],
    ['delivr 0 1', `expected a process and what it does ('1: load 64'), or one of ${known}; found 'delivr'`],
    ['pages', 'expected pages NODE; found nothing more'],
    ['messages 1', "expected messages; found '1'"],
    ['cluster nodes=17', 'expected nodes from 1 to 16, found 17'],
    ['cluster nods=2', "expected cluster nodes=N [pages=N] [page-bytes=N] [protocol=NAME]; found 'nods=2'"],
    ['cluster nodes=two', "expected nodes=N, found 'two'"],
    ['cluster nodes=2 page-bytes=60', 'expected page-bytes to be a multiple of 8, found 60'],
    ['0: stor 0 1', `expected something that a process does, one of ${acts}; found 'stor'`],
    ['x: load 0', "expected a process, or all, before the colon, found 'x'"],
    ['2: load 0', 'expected a node below 2, found 2'],
    ['0: load', 'expected load ADDRESS; found nothing more'],
    ['0: load -1', "expected load ADDRESS; found '-1'; an ADDRESS is a number, or an offset into a block: a+8"],
    ['0: load 128', 'expected an address below 128, the size of the heap; found 128'],
    ['0: load a+0', 'there is no block a; malloc makes one'],
    ['0: store 0 256', 'expected at most 255, found 256'],
    ['0: release 1', 'process 0 does not hold lock 1'],
    ['0: wait 1 0', 'process 0 does not hold lock 1'],
    ['0: signal 1 0', 'process 0 does not hold lock 1'],
    ['0: free a', 'there is no block a; malloc makes one'],
    ['forge 0 1 lockGrunt', `${forge} 'lockGrunt'; a KIND is one of ${kinds}`],
    ['forge 0 1 lockGrant lock=0', 'expected lockGrant with lock=… time=… intervals=…; time is missing'],
    ['forge 0 1 lockGrant lok=0', `${forge} 'lok=0'`],
    ['forge 0 1 lockRequest lock=0 node=0 time=0', 'expected 2 entries in a time, found 1'],
    ['forge 0 1 depart time=0,0 intervals=1', "expected an interval such as 1.1{0,2}@0,1,0, found '1'"],
    ['forge 0 1 diffRequest wants=1', "expected the name of a diff such as 1.1/0, found '1'"],
    ['forge 0 1 diffReply diffs=1.1/0:zz', "expected bytes in hexadecimal, found 'zz'"],
  ]
  for (const [command, message] of cases) assert.equal(mistake(block(two, command)), `x.txt:${BEFORE + 2}: ${message}`)
})

test('commands that make no sense where they stand are mistakes, too', () => {
  assert.equal(mistake(block('messages')), 'x.txt:5: expected cluster nodes=N as the first command')
  assert.equal(mistake(block(two, '0: acquire 0', '0: acquire 0')), 'x.txt:7: process 0 holds lock 0')
  assert.equal(
    mistake(block(two, '1: acquire 0', '1: load 0')),
    'x.txt:7: process 1 waits for lock 0 and can do nothing else before',
  )
  assert.equal(
    mistake(block(two, '0: malloc a 8', '0: malloc a 8')),
    "x.txt:7: expected a new name, found 'a', a block in use",
  )
  assert.equal(mistake(block(two, '0: malloc a 8', '1: free a')), 'x.txt:7: block a is freed by process 0 alone')
  const over = ['forge 0 1 depart time=0,0 intervals=-', 'deliver all', '1: load 0']
  assert.equal(mistake(block(two, ...over)), 'x.txt:8: the run of node 1 is over')
})

test('a difference is shown with the lines of the file', () => {
  const scenario = parseScenario(
    'x.txt',
    `${block(two, '0: load 0')}2 nodes, 2 pages of 64 bytes\n0: reads 1 at 0\nmore\n`,
  )
  assert.deepEqual(differences(scenario, runScenario(scenario)), [
    `x.txt:9: '${two}; 0: load 0' prints something else (- the file says, + was printed)`,
    '     8   2 nodes, 2 pages of 64 bytes',
    '     9 - 0: reads 1 at 0',
    '    10 - more',
    '       + 0: reads 0 at 0',
  ])
})

test('to rewrite is to put in what is printed, and to leave the rest as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'treadmarks-scenario-'))
  try {
    const file = join(folder, 'one.txt')
    const start = `${HEAD}${two}\n----\nold\nolder\n\n# Why\n0: load 0\n----\n\n0: store 0 9\n----\n`
    writeFileSync(file, start)
    assert.equal(checkScenario(file).length > 0, true)
    let changes = 0
    assert.deepEqual(
      rewriteScenario(file, () => changes++),
      [],
    )
    assert.equal(
      readFileSync(file, 'utf8'),
      `${HEAD}${two}\n----\n2 nodes, 2 pages of 64 bytes\n\n# Why\n0: load 0\n----\n0: reads 0 at 0\n\n0: store 0 9\n----\n` +
        '0: write fault, page 0: CLEAN → DIRTY, twin made\n0: writes 9 at 0\n',
    )
    assert.deepEqual(checkScenario(file), [])
    rewriteScenario(file, () => changes++)
    assert.equal(changes, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the command line: exit codes, an unknown option lists the known ones, a missing file is named', () => {
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', 'src/lab/scenario/main.ts', ...args], { encoding: 'utf8' })
  const good = run('scenarios/write-fault.txt')
  assert.deepEqual([good.status, good.stdout], [0, 'ok  scenarios/write-fault.txt\n1 passed, 0 failed\n'])
  const unknown = run('--rewrit')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /scenarios: unknown option --rewrit; known are --rewrite, --help/)
  const missing = run('scenarios/nowhere.txt')
  assert.deepEqual(
    [missing.status, missing.stdout],
    [1, 'scenarios/nowhere.txt: there is no such file\n0 passed, 1 failed\n'],
  )
})
