/**
 * Whether a run ended as it may. Every line that it printed must be right, whatever else happened. It either ended
 * well and printed all, or it ended with one message of one typed error, and something was done to it that
 * explains just this error.
 */
import assert from 'node:assert/strict'
import { constants } from 'node:os'
import type { Outcome } from '../real/run.js'
import type { Harm } from './log.js'

/** A short name for the end of a run. */
export type Verdict = string

/** `right`: what each process must print, in order. */
export function judge(outcome: Outcome, nodes: number, harms: readonly Harm[], right: readonly string[]): Verdict {
  const complete = checkOutput(outcome.stdout, nodes, right)
  const { messages, refusals } = readErrors(outcome.stderr)
  const cut = harms.some(({ what }) => what === 'cut')
  assert.ok(refusals === 0 || cut || killed(harms).length > 0, 'a connection was refused without a reason')
  if (outcome.signal !== null) {
    assert.ok(signalled(harms, outcome.signal), `the launcher died: ${outcome.signal}`)
    // Of the others it takes notice until all is over.
    assert.ok(outcome.signal === 'SIGKILL' || complete, `the launcher let ${outcome.signal} end it`)
    return 'launcher killed'
  }
  if (outcome.code === 0) {
    assert.deepEqual(messages, [], 'a run that ended well said something')
    assert.ok(complete, 'the run ended with 0 before its processes had printed all')
    return 'right'
  }
  assert.equal(messages.length, 1, 'a run that fails has one message')
  const [message] = messages as [string]
  const reason = harms.find((harm) => explains(harm, message, outcome.code))
  assert.ok(reason !== undefined, `nothing that was done explains exit code ${outcome.code} with this message`)
  return reason.what
}

/** Checks each line, and tells whether there are all. */
function checkOutput(stdout: string, nodes: number, right: readonly string[]): boolean {
  const printed = Array.from({ length: nodes }, (): string[] => [])
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [, process, words] = /^(\d+) ((?:checked|done).*)$/.exec(line) ?? []
    if (process !== undefined && words !== undefined) printed[Number(process)]?.push(words)
    else
      assert.match(
        line,
        /^(?:\d+ (?:round \d+ pid \d+|wound \d+)|@\d+ (?:listens at \d+|failed ERR_TM_NODE_LOST|ended))$/,
      )
  }
  for (const [process, lines] of printed.entries())
    assert.deepEqual(lines, right.slice(0, lines.length), `process ${process} printed what is wrong`)
  return printed.every((lines) => lines.length === right.length)
}

/** Messages of the launcher, each with its indented lines; anything else on stderr is an error. */
function readErrors(stderr: string): { messages: string[]; refusals: number } {
  const messages: string[] = []
  let refusals = 0
  for (const line of stderr.split('\n').slice(0, -1)) {
    if (/^treadmarks: node \d+ refused a connection: /.test(line)) refusals++
    else if (line.startsWith('treadmarks: ')) messages.push(line)
    else if (line.startsWith('  ') && messages.length > 0) messages.push(`${messages.pop()}\n${line}`)
    else assert.fail(`something else than the launcher wrote: ${line}`)
  }
  return { messages, refusals }
}

function explains(harm: Harm, message: string, code: number | null): boolean {
  switch (harm.what) {
    case 'kill': {
      const process = harm.process ?? '\\d+'
      const death = new RegExp(`^treadmarks: process (${process}) \\(node \\1\\): killed by ${harm.signal}( |\\n)`)
      return code === exitCode(harm.signal) && death.test(message) && typed(message)
    }
    case 'cut':
      return code === 1 && lost(message, harm.nodes) && typed(message)
    case 'signal to the launcher':
      return code === exitCode(harm.signal) && message === `treadmarks: interrupted (${harm.signal})`
  }
}

/** One of the two nodes says that the connection to the other is gone. */
function lost(message: string, [one, other]: readonly [number, number]): boolean {
  const says = (who: number, whom: number): boolean =>
    message.startsWith(`treadmarks: process ${who} (node ${who}): the connection to node ${whom} is gone: `)
  return says(one, other) || says(other, one)
}

const typed = (message: string): boolean => /\n {2}ERR_TM_NODE_LOST: .+\.$/.test(message)

/** As a shell tells it. */
const exitCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]

const killed = (harms: readonly Harm[]): Harm[] => harms.filter(({ what }) => what === 'kill')

const signalled = (harms: readonly Harm[], signal: NodeJS.Signals): boolean =>
  harms.some((harm) => harm.what === 'signal to the launcher' && harm.signal === signal)
