/**
 * `npm run models`: the two formal models of models/, checked by Spin. Prints for each run what was expected and what
 * was found, and which statements of a model no run has reached. Fails where something else was found.
 */
import { parseArgs } from 'node:util'
import { check, missing } from './model-check.mjs'
import { largeRuns, runs, unreachable } from './model-runs.mjs'

const help = `npm run models -- [options]

  --only MODEL/RUN   this run alone, as the table names it; may be given again
  --large            larger sizes: some minutes and gigabytes for each
  --coverage         looks for statements that are never reached inside of a core's steps, too; slower
  --keep             keeps what Spin has made, and tells how to see the way to each error, step by step
  --list             names the runs, as JSON
  --if-installed     does nothing, and succeeds, where spin is missing`

const known = {
  only: { type: 'string', multiple: true },
  large: { type: 'boolean', default: false },
  coverage: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  'if-installed': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
}

class Usage extends Error {}

const nameOf = ({ model, name }) => `${model}/${name}`

function readOptions() {
  let options
  try {
    options = parseArgs({ options: known }).values
  } catch (error) {
    throw new Usage(error.message)
  }
  const names = (options.large ? largeRuns : runs).map(nameOf)
  for (const name of options.only ?? []) {
    if (!names.includes(name))
      throw new Usage(`--only ${name}: there is no such run; there are\n  ${names.join('\n  ')}`)
  }
  return options
}

const row = (...cells) => {
  const [model, name, expected, outcome, states, megabytes, seconds] = cells
  const text = [model.padEnd(25), name.padEnd(18), expected.padEnd(10), outcome.padEnd(10)]
  return [...text, states.padStart(10), megabytes.padStart(6), seconds.padStart(7)].join(' ').trimEnd()
}

/** Statements that none of a model's searches of all states has reached, and that nobody has said to be unreachable. */
function neverReached(model, results) {
  const sizes = results.filter(({ run }) => run.model === model && run.search === 'states' && run.planted === undefined)
  const [first, ...others] = sizes.map(({ result }) => result.unreached)
  const never = [...(first ?? [])]
    .filter(([key]) => others.every((unreached) => unreached.has(key)))
    .map(([, statement]) => statement)
  const excused = ({ text }) => {
    const known = unreachable.find((one) => one.model === model && one.text === text)
    const places = never.filter((statement) => statement.text === text).length
    return known !== undefined && places <= (known.places ?? Number.POSITIVE_INFINITY)
  }
  return never.filter((one) => !excused(one)).map(({ place, text }) => `${place}: no run reaches ${text}`)
}

function checkAll(options) {
  const wanted = (options.large ? largeRuns : runs)
    .filter((run) => options.only === undefined || options.only.includes(nameOf(run)))
    .filter((run) => !options.coverage || (run.search === 'states' && run.planted === undefined))
  const wrong = []
  const results = []
  console.log(row('model', 'run', 'expected', 'found', 'states', 'MB', 'seconds'))
  for (const run of wanted) {
    const result = check(run, options)
    results.push({ run, result })
    const { outcome, detail, states, megabytes, seconds, trail } = result
    const numbers = [String(states), megabytes.toFixed(0), seconds.toFixed(1)]
    console.log(row(run.model, run.name, run.expect, outcome, ...numbers))
    if (options.keep && trail !== undefined) console.log(`  ${detail}\n  ${trail}`)
    if (outcome !== run.expect)
      wrong.push(`${nameOf(run)}: ${detail || 'nothing was found'}\n  ${trail ?? ''}`.trimEnd())
  }
  if (options.only === undefined && !options.large)
    for (const model of new Set(wanted.map((run) => run.model))) wrong.push(...neverReached(model, results))
  return wrong
}

function main() {
  const options = readOptions()
  if (options.help) return console.log(help)
  if (options.list) {
    const list = runs.map((run) => ({ name: nameOf(run), planted: run.planted ?? '', quick: run.quick ?? false }))
    return console.log(JSON.stringify(list))
  }
  const lacks = missing()
  if (lacks !== undefined) {
    console.log(lacks)
    process.exitCode = options['if-installed'] ? 0 : 1
    return
  }
  const wrong = checkAll(options)
  for (const line of wrong) console.log(`WRONG ${line}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

try {
  main()
} catch (error) {
  if (!(error instanceof Usage)) throw error
  console.error(`${error.message}\n\n${help}`)
  process.exitCode = 2
}
