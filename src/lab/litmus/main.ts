/**
 * `npm run litmus`: plays litmus tests over many schedules in the simulator, and holds what it sees against what the
 * files allow, and the files against the definitions. Ends with 0 when nothing forbidden was seen, 1 when something
 * was or a file is not right, 2 for a wrong command line or a file with a mistake.
 */
import { type Command, type Given, run, usage } from '../command-line.js'
import { MIXED, mustBeSimulated, promiseOf, protocols, simulatedNames } from '../protocols.js'
import { LitmusError } from './mistake.js'
import { allowedBy, type LitmusTest, outcomeText, outcomeValues } from './model.js'
import { disagreements } from './outcomes.js'
import { cast, complaints, heading, histogram, summary, tableRow } from './report.js'
import { drawSchedule } from './schedule.js'
import { named, readTests, rewrite, rewriteTables } from './suite.js'
import { type Obeyed, tryMany, tryOnce } from './trial.js'
import { isSound, judge } from './verdict.js'

const DEFAULT_SCHEDULES = 200

const command: Command = {
  name: 'litmus',
  about: 'Plays litmus tests, all of litmus/ or those given, over many schedules; litmus/README.md tells more.',
  options: {
    only: { value: 'NAME', help: 'the test of this name; * stands for anything' },
    schedules: { value: 'N', least: 1, most: 1_000_000, help: `of each test (default ${DEFAULT_SCHEDULES})` },
    seed: { value: 'N', most: 2 ** 32, help: 'of the first schedule; the others follow (default 1)' },
    protocol: { value: 'NAME', help: `${simulatedNames()} (default treadmarks)` },
    verbose: { help: 'every outcome, how often it was seen, and a seed that shows it' },
    trace: { help: 'one schedule, that of --seed, with everything that happens' },
    rewrite: { help: 'make the files list the right outcomes; read the diff before you commit it' },
  },
  rest: '[files or folders]',
}

function main(given: Given): number {
  try {
    const paths = given.rest.length > 0 ? given.rest : ['litmus']
    if (given.has('rewrite')) return write(paths)
    const tests = readTests(paths)
    const only = given.text('only')
    return play(only === undefined ? tests : named(tests, only), given)
  } catch (error) {
    if (!(error instanceof LitmusError)) throw error
    console.error(error.message)
    return 2
  }
}

function write(paths: readonly string[]): number {
  const changed = [...rewrite(paths), ...rewriteTables(paths)]
  for (const path of changed) console.log(`rewritten  ${path}`)
  console.log(`${changed.length} files rewritten`)
  return 0
}

function play(tests: readonly LitmusTest[], given: Given): number {
  const protocol = given.text('protocol') ?? 'treadmarks'
  mustBeSimulated(protocol)
  const obeyed = protocol === MIXED ? MIXED : (protocols[protocol] as Obeyed)
  const model = promiseOf(protocol)
  const seed = given.number('seed', 1)
  if (given.has('trace')) return trace(tests, seed, obeyed, model)
  const chosen = { protocol, schedules: given.number('schedules', DEFAULT_SCHEDULES) }
  console.log(heading)
  let wrong = 0
  const verdicts = tests.map((test) => {
    const verdict = judge(test, model, tryMany(test, obeyed, seed, chosen.schedules))
    const mistakes = disagreements(test).map((what) => `  NOT RIGHT in ${test.path}: ${what}`)
    if (mistakes.length > 0 || !isSound(verdict)) wrong++
    const details = given.has('verbose') ? histogram(verdict) : []
    for (const line of [tableRow(verdict), ...details, ...complaints(verdict, chosen), ...mistakes]) console.log(line)
    return verdict
  })
  console.log(summary(verdicts, chosen))
  return wrong === 0 ? 0 : 1
}

function trace(tests: readonly LitmusTest[], seed: number, obeyed: Obeyed, model: string): number {
  const [test, another] = tests
  if (test === undefined || another !== undefined) throw usage('--trace: expected one test; name it with --only')
  for (const line of cast(test, drawSchedule(test, seed))) console.log(line)
  const { outcome, failure, hash } = tryOnce(test, seed, obeyed, { listener: console.log })
  const forbidden = outcome !== undefined && !allowedBy(test, model)?.has(outcome)
  if (failure !== undefined) console.log(`FAILED: ${failure}`)
  if (outcome !== undefined)
    console.log(`${outcomeText(test, outcomeValues(outcome))}${forbidden ? ', FORBIDDEN' : ''}`)
  console.log(`hash ${hash}`)
  return failure !== undefined || forbidden ? 1 : 0
}

await run(command, process.argv.slice(2), main)
