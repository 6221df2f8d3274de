/** The judge of the chaos runs, on ends that are made up: what must not pass does not pass. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noStatistics, type Outcome } from '../real/run.js'
import { judge } from './judge.js'
import type { Harm } from './log.js'

const right = ['checked 1 aa', 'checked 2 bb', 'done']
const whole = ['0 round 1 pid 7', '1 round 1 pid 8', ...[0, 1].flatMap((p) => right.map((line) => `${p} ${line}`))]
const part = whole.slice(0, 3)
const kill: Harm = { what: 'kill', process: 1, signal: 'SIGKILL' }
const cut: Harm = { what: 'cut', nodes: [1, 0], how: 'reset' }
const remedy = '  ERR_TM_NODE_LOST: See what ended that node.\n'
const killed = `treadmarks: process 1 (node 1): killed by SIGKILL\n${remedy}`
const lost = `treadmarks: process 0 (node 0): the connection to node 1 is gone: it closed the connection\n${remedy}`

function verdict(end: Partial<Outcome>, lines: readonly string[], harms: readonly Harm[] = []): string {
  const stdout = lines.map((line) => `${line}\n`).join('')
  return judge(
    { code: 0, signal: null, stderr: '', stats: noStatistics, lines, ms: 0, ...end, stdout },
    2,
    harms,
    right,
  )
}

test('ends that may be', () => {
  assert.equal(verdict({}, whole), 'right')
  assert.equal(verdict({}, whole, [kill, cut]), 'right')
  assert.equal(verdict({ code: 137, stderr: killed }, part, [cut, kill]), 'kill')
  assert.equal(verdict({ code: 137, stderr: killed }, part, [{ ...kill, process: undefined }]), 'kill')
  assert.equal(verdict({ code: 1, stderr: lost }, part, [cut]), 'cut')
  const interrupted = { what: 'signal to the launcher', signal: 'SIGTERM' } as const
  assert.equal(
    verdict({ code: 143, stderr: 'treadmarks: interrupted (SIGTERM)\n' }, part, [interrupted]),
    interrupted.what,
  )
  assert.equal(
    verdict({ code: null, signal: 'SIGKILL' }, part, [{ ...interrupted, signal: 'SIGKILL' }]),
    'launcher killed',
  )
})

test('ends that may not be', () => {
  const wrong: readonly (readonly [what: string, () => void])[] = [
    ['a wrong value', () => verdict({}, whole.with(2, '0 checked 1 ab'))],
    ['a wrong value before a failure', () => verdict({ code: 137, stderr: killed }, ['1 checked 1 ab'], [kill])],
    ['a line left out', () => verdict({}, whole.toSpliced(2, 1))],
    ['a line too many', () => verdict({}, [...whole, '0 done'])],
    ['words of nobody', () => verdict({}, [...whole, 'Segmentation fault'])],
    ['half the output and success', () => verdict({}, part, [kill])],
    ['success with a message', () => verdict({ stderr: killed }, whole, [kill])],
    ['failure without a message', () => verdict({ code: 137 }, part, [kill])],
    ['failure with two', () => verdict({ code: 137, stderr: killed + lost }, part, [kill, cut])],
    ['failure without a cause', () => verdict({ code: 137, stderr: killed }, part)],
    ['another cause', () => verdict({ code: 1, stderr: lost }, part, [kill])],
    ['another process', () => verdict({ code: 137, stderr: killed }, part, [{ ...kill, process: 0 }])],
    ['another exit code', () => verdict({ code: 1, stderr: killed }, part, [kill])],
    ['another connection', () => verdict({ code: 1, stderr: lost }, part, [{ ...cut, nodes: [2, 0] }])],
    ['another error', () => verdict({ code: 1, stderr: lost.replace('NODE_LOST', 'INTERNAL') }, part, [cut])],
    ['no remedy', () => verdict({ code: 1, stderr: lost.replace(remedy, '') }, part, [cut])],
    ['a crash beside it', () => verdict({ code: 137, stderr: `${killed}FATAL ERROR\n` }, part, [kill])],
    [
      'a launcher that a signal ends at once',
      () => verdict({ code: null, signal: 'SIGINT' }, part, [{ what: 'signal to the launcher', signal: 'SIGINT' }]),
    ],
    ['a launcher that dies by itself', () => verdict({ code: null, signal: 'SIGSEGV' }, part, [kill])],
    [
      'a refusal without a reason',
      () => verdict({ stderr: 'treadmarks: node 0 refused a connection: it did not finish\n' }, whole),
    ],
  ]
  for (const [what, end] of wrong) assert.throws(end, assert.AssertionError, what)
})
