/** The command line: what is accepted, and that everything else is refused with a message that helps. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { helpText } from '../../src/cli/help.js'
import { nodeFlags } from '../../src/cli/node-flags.js'
import { type Machine, parseCommand, type RunOptions } from '../../src/cli/options.js'
import { formatSize, parseSize } from '../../src/cli/size.js'
import { nearest } from '../../src/cli/suggest.js'
import { type ErrorCode, TreadMarksError } from '../../src/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'treadmarks-options-'))
after(() => rmSync(folder, { recursive: true }))
const program = join(folder, 'program.ts')
writeFileSync(program, '')
writeFileSync(join(folder, 'program.txt'), '')
writeFileSync(join(folder, 'bare'), '')
mkdirSync(join(folder, 'folder.ts'))

const machine: Machine = { pageBytes: 4096, memoryBytes: 8 * 1024 ** 3 }

function run(...argv: string[]): RunOptions {
  const command = parseCommand(['run', ...argv], machine)
  assert.equal(command.kind, 'run')
  return command.kind === 'run' ? command.options : assert.fail()
}

function refuses(argv: string[], code: ErrorCode, ...words: (string | RegExp)[]): void {
  assert.throws(
    () => parseCommand(argv, machine),
    (error: unknown) => {
      assert.ok(error instanceof TreadMarksError)
      assert.equal(error.code, code, error.message)
      for (const word of words)
        assert.ok(typeof word === 'string' ? error.message.includes(word) : word.test(error.message), error.message)
      assert.ok(!error.message.includes('\n'))
      return true
    },
  )
}

test('garbage is collected on one thread where processes have few processors', () => {
  assert.deepEqual(nodeFlags(2, 2), ['--single-threaded-gc'])
  assert.deepEqual(nodeFlags(16, 8), [])
})

describe('what is accepted', () => {
  test('defaults', () => {
    assert.deepEqual(run(program), {
      nodes: 1,
      threads: 1,
      heapBytes: 256 * 1024 ** 2,
      pageBytes: 4096,
      protocol: 'treadmarks',
      trap: 'auto',
      stats: false,
      statsFile: undefined,
      record: undefined,
      diagram: undefined,
      port: 0,
      label: false,
      bind: true,
      heartbeatMs: 60_000,
      program,
      args: [],
    })
  })
  test('every option, in each way of writing it', () => {
    const options = run(
      ...['-n', '4', '-t', '1', '--heap', '64MiB', '--page-size', '8192', '--protocol', 'treadmarks', '--stats'],
      ...['--stats-file', 'out.json', '--record', 'tape', '--trap', 'mprotect', '--port', '7000', '--label'],
      ...['--no-bind', program],
    )
    assert.equal(options.nodes, 4)
    assert.equal(options.heapBytes, 64 * 1024 ** 2)
    assert.equal(options.pageBytes, 8192)
    assert.equal(options.trap, 'mprotect')
    assert.equal(options.statsFile, 'out.json')
    assert.equal(options.record, 'tape')
    assert.equal(options.port, 7000)
    assert.ok(options.stats && options.label && !options.bind)
    for (const written of [['-n4'], ['-n=4'], ['--nodes', '4'], ['--nodes=4'], ['-n', '2', '-n', '4']])
      assert.equal(run(...written, program).nodes, 4)
    assert.equal(run('--heap=1GiB', program).heapBytes, 1024 ** 3)
    assert.equal(run('-n', '256', program).nodes, 256)
  })
  test('whatever follows the program is its own', () => {
    const args = ['--', '-x', '--stats', '-n', '0', '--help', '', 'a b', '--', '--label']
    const options = run('-n', '2', program, ...args)
    assert.deepEqual(options.args, args)
    assert.equal(options.stats, false)
    assert.equal(options.nodes, 2)
    assert.deepEqual(run('--', program, '--').args, ['--'])
  })
  test('the heap is rounded up to whole pages and WebAssembly pages', () => {
    assert.equal(run('--heap', '65537', program).heapBytes, 131_072)
    const { heapBytes } = run('--heap', '1MiB', '--page-size', '12288', program)
    assert.ok(heapBytes >= 1024 ** 2)
    assert.equal(heapBytes % 12_288, 0)
    assert.equal(heapBytes % 65_536, 0)
  })
  test('a machine with larger pages gets them', () => {
    const command = parseCommand(['run', program], { ...machine, pageBytes: 65_536 })
    assert.ok(command.kind === 'run' && command.options.pageBytes === 65_536)
  })
  test('help and version', () => {
    assert.equal(parseCommand([], machine).kind, 'nothing')
    for (const argv of [['--help'], ['-h'], ['run', '--help'], ['run', '-n', '0', '--help', 'nowhere.ts']])
      assert.equal(parseCommand(argv, machine).kind, 'help')
    assert.equal(parseCommand(['--version'], machine).kind, 'version')
    assert.ok(helpText().includes('--stats-file FILE'))
    for (const line of helpText().split('\n')) assert.ok(line.length <= 100, line)
  })
})

describe('what is refused', () => {
  test('a number of nodes that is none, or out of range', () => {
    for (const bad of ['0', '257', '1000', '-1', '4.5', '0x4', '1e1', 'four', ' 4', '99999999999'])
      refuses(['run', '-n', bad, program], 'ERR_TM_USAGE', `'${bad}'`, 'from 1 to 256', 'threads at most 256')
    refuses(['run', '-n', '', program], 'ERR_TM_USAGE', '-n needs a value')
  })
  test('threads: too many, none, and more than one', () => {
    refuses(['run', '-t', '0', program], 'ERR_TM_USAGE', 'from 1 to 256')
    refuses(['run', '-n', '64', '-t', '8', program], 'ERR_TM_USAGE', '512', 'at most 256')
    refuses(['run', '-n', '2', '-t', '2', program], 'ERR_TM_NOT_YET', 'not built yet')
  })
  test('unknown options, with the nearest and all known ones', () => {
    refuses(
      ['run', '--node', '4', program],
      'ERR_TM_USAGE',
      'unknown option --node,',
      'did you mean --nodes?',
      '--trap',
    )
    refuses(['run', '--stat-file', 'x', program], 'ERR_TM_USAGE', 'did you mean --stats-file?')
    refuses(['run', '-x', program], 'ERR_TM_USAGE', 'unknown option -x')
    refuses(['run', '--constructor', program], 'ERR_TM_USAGE', 'unknown option --constructor')
    refuses(
      ['run', '--heartbeat', '1.5', program],
      'ERR_TM_USAGE',
      "--heartbeat '1.5' is not a whole number: it must be from 0 to 86400",
    )
    refuses(['run', '--heartbeat', '-1', program], 'ERR_TM_USAGE', "--heartbeat '-1' is out of range")
    refuses(['--lable'], 'ERR_TM_USAGE', 'did you mean --label?')
  })
  test('commands', () => {
    refuses(['rnu', program], 'ERR_TM_USAGE', "unknown command 'rnu'", 'treadmarks run')
    refuses(['sor.ts'], 'ERR_TM_USAGE', 'treadmarks run sor.ts')
    refuses(['-n', '4', 'run', program], 'ERR_TM_USAGE', '-n belongs after the command')
  })
  test('values that are missing or too many', () => {
    refuses(['run', '-n'], 'ERR_TM_USAGE', '-n needs a value')
    refuses(['run', '--heap', '--stats', program], 'ERR_TM_USAGE', '--heap needs a value')
    refuses(['run', '--stats-file=', program], 'ERR_TM_USAGE', '--stats-file needs a value')
    refuses(['run', '--stats=yes', program], 'ERR_TM_USAGE', '--stats takes no value')
  })
  test('programs', () => {
    refuses(['run'], 'ERR_TM_USAGE', 'no program')
    refuses(['run', '-n', '4'], 'ERR_TM_USAGE', 'no program')
    refuses(['run', ''], 'ERR_TM_USAGE', 'no program')
    const missing = join(folder, 'missing.ts')
    refuses(['run', missing], 'ERR_TM_PROGRAM_NOT_FOUND', missing, 'does not exist')
    refuses(['run', join(folder, 'program')], 'ERR_TM_PROGRAM_NOT_FOUND', 'did you mean', 'program.ts?')
    refuses(['run', join(program, 'below.ts')], 'ERR_TM_PROGRAM_NOT_FOUND', 'does not exist')
    refuses(['run', folder], 'ERR_TM_PROGRAM_NOT_FOUND', 'is a directory')
    refuses(['run', join(folder, 'folder.ts')], 'ERR_TM_PROGRAM_NOT_FOUND', 'is a directory')
    refuses(['run', join(folder, 'program.txt')], 'ERR_TM_PROGRAM_NOT_FOUND', 'extension .txt', '.ts, .mts, .js, .mjs')
    refuses(['run', join(folder, 'bare')], 'ERR_TM_PROGRAM_NOT_FOUND', 'no extension')
    refuses(['run', '/dev/null'], 'ERR_TM_PROGRAM_NOT_FOUND', 'not a regular file')
  })
  test('heaps', () => {
    for (const bad of ['many', '1.5GiB', '64MB', '-1', '1 GiB', 'MiB'])
      refuses(['run', '--heap', bad, program], 'ERR_TM_USAGE', 'is not a size')
    refuses(['run', '--heap', '1K', program], 'ERR_TM_USAGE', 'too small', '64 KiB')
    refuses(['run', '--heap', '5GiB', program], 'ERR_TM_HEAP_SIZE', 'larger than 4 GiB')
    refuses(['run', '--heap', '9GiB', program], 'ERR_TM_HEAP_SIZE', '4 GiB')
    const small = { ...machine, memoryBytes: 1024 ** 3 }
    assert.throws(() => parseCommand(['run', '--heap', '2GiB', program], small), /memory of this machine, 1 GiB/)
    assert.equal(run('--heap', '4GiB', program).heapBytes, 4 * 1024 ** 3)
  })
  test('page sizes', () => {
    for (const bad of ['0', '1', '1000', '4097', '2MiB', 'page', '-4096'])
      refuses(['run', '--page-size', bad, program], 'ERR_TM_USAGE', `'${bad}'`, 'multiple', '4096', '1 MiB')
    const large = { ...machine, pageBytes: 65_536 }
    assert.throws(() => parseCommand(['run', '--page-size', '4096', program], large), /65536/)
  })
  test('protocols and traps: planned ones are not yet, others are unknown', () => {
    for (const planned of ['munin', 'midway'])
      refuses(['run', '--protocol', planned, program], 'ERR_TM_NOT_YET', planned, 'not built yet')
    refuses(['run', '--protocol', 'treadmark', program], 'ERR_TM_USAGE', 'did you mean treadmarks?', 'home-lrc')
    refuses(['run', '--trap', 'userfaultfd', program], 'ERR_TM_NOT_YET', 'userfaultfd')
    refuses(['run', '--trap', 'mouse', program], 'ERR_TM_USAGE', 'auto, mprotect, userfaultfd')
  })
  test('ports', () => {
    for (const bad of ['65536', '-1', 'http']) refuses(['run', '--port', bad, program], 'ERR_TM_USAGE', '0 to 65535')
    refuses(['run', '-n', '4', '--port', '65533', program], 'ERR_TM_USAGE', 'no room for 4 nodes', '65536')
    assert.equal(run('-n', '4', '--port', '65532', program).port, 65_532)
  })
})

test('sizes are read and written', () => {
  const sizes = {
    '0': 0,
    '12': 12,
    '12b': 12,
    '512K': 524_288,
    '512KiB': 524_288,
    '1m': 1024 ** 2,
    '2GiB': 2 * 1024 ** 3,
  }
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseSize(text), bytes)
  for (const text of ['', 'K', '1T', '1KB', '+1', '1e3', '٣', '999999999999999G'])
    assert.equal(parseSize(text), undefined)
  assert.deepEqual([1, 4096, 1.5 * 1024 ** 2, 1024 ** 3].map(formatSize), ['1 bytes', '4 KiB', '1.5 MiB', '1 GiB'])
})

test('the nearest word', () => {
  assert.equal(nearest('ivi', ['ivy', 'munin']), 'ivy')
  assert.equal(nearest('--page', ['--port', '--page-size']), '--page-size')
  assert.equal(nearest('quite-else', ['ivy', 'munin']), undefined)
  assert.equal(nearest('', ['ivy']), undefined)
})
