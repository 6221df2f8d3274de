/**
 * Has Spin check one run of a model: spin makes a C program of it, gcc compiles that, and it searches all states.
 * The outcome is what it found, or 'nothing'; a search that was not complete is an error, never an outcome.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A search that takes longer is stopped, ms. */
const LIMIT_MS = 60 * 60_000
/** Its memory, MiB. */
const MEMORY = 16_000
/** Steps of one execution, at most; the searches come nowhere near, and tell if one did. */
const DEPTH = 100_000

const compile = { states: ['-DSAFETY', '-DCOLLAPSE'], ends: ['-DNP', '-DCOLLAPSE'], served: ['-DNFAIR=3'] }
const search = { states: [], ends: ['-l'], served: ['-a', '-f'] }

/** What Spin may find, by how it says so. */
const found = [
  [/^pan:1: (assertion violated .*?) \(at depth/m, 'assertion'],
  [/^pan:1: (invalid end state)/m, 'deadlock'],
  [/^pan:1: ((?:acceptance|non-progress) cycle)/m, 'cycle'],
]
const incomplete = /max search depth too small|Search not completed|out of memory|hash table full|pan: reached -DMEMLIM/

/** What is missing here, with the way out; undefined when all is there. */
export function missing() {
  for (const [tool, question, packages] of [
    ['spin', '-V', 'spin'],
    ['gcc', '--version', 'gcc'],
  ]) {
    if (spawnSync(tool, [question]).error !== undefined) return `${tool} is not installed: apt-get install ${packages}`
  }
  return undefined
}

function call(command, args, cwd) {
  const { status, stdout, stderr, error, signal } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: 1 << 28,
  })
  const output = `${stdout ?? ''}${stderr ?? ''}`
  const wrong = error !== undefined || status !== 0 || (command === 'spin' && /rror:/.test(output))
  if (wrong) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? signal ?? `exit ${status}`}\n${output}`)
  return output
}

/** Statements that were not reached, by process type and number in it: they are the same in each size of a model. */
function unreachedIn(output) {
  const statements = new Map()
  for (const part of output.split('unreached in proctype ').slice(1)) {
    const process = part.slice(0, part.indexOf('\n'))
    for (const [, file, line, state, text] of part.matchAll(/^\t(\S+):(\d+), state (\d+), "(.*)"$/gm)) {
      statements.set(`${process} ${state} ${text}`, { place: `${file.replace(`${root}`, '')}:${line}`, text })
    }
  }
  return statements
}

/**
 * Checks one run. `outcome` is as `expect` in the table of runs; `detail` says more; `unreached` is of a search of all
 * states. If the outcome was not expected, or all are to be kept, its folder stays, with the trail that leads to an error.
 */
export function check(run, { coverage = false, keep = false } = {}) {
  const began = Date.now()
  const folder = join(root, 'out', 'models', `${process.pid}-${run.model}-${run.name}`)
  const file = join(root, 'models', `${run.model}.pml`)
  const defines = Object.entries({ ...run.defines, ...(coverage ? { COVERAGE: 1 } : {}) })
  const macros = defines.map(([name, value]) => `-D${name}=${value}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  call('spin', ['-a', ...macros, file], folder)
  // Where the search is short the compiler would take the most of the time.
  const optimise = run.quick ? '-O0' : '-O1'
  call('gcc', [optimise, '-w', ...compile[run.search], `-DMEMLIM=${MEMORY}`, '-o', 'pan', 'pan.c'], folder)
  const output = call(join(folder, 'pan'), [...search[run.search], `-m${DEPTH}`, '-w24'], folder)
  let [detail, outcome] = ['', 'nothing']
  for (const [pattern, kind] of found) {
    const match = pattern.exec(output)
    if (match !== null) [detail, outcome] = [match[1], kind]
  }
  const clean = /errors: 0$/m.test(output)
  if (clean !== (outcome === 'nothing') || (clean && incomplete.test(output)))
    throw new Error(`${run.model} ${run.name}: the search was not complete\n${output}`)
  const stays = keep || outcome !== run.expect
  if (!stays) rmSync(folder, { recursive: true, force: true })
  return {
    outcome,
    detail,
    states: Number(/(\d+(?:\.\d+e\+\d+)?) states, stored/.exec(output)?.[1] ?? 0),
    megabytes: Number(/([\d.]+)\ttotal actual memory usage/.exec(output)?.[1] ?? 0),
    seconds: (Date.now() - began) / 1000,
    unreached: unreachedIn(output),
    trail:
      !stays || clean
        ? undefined
        : `cd ${folder} && spin -t -p -g ${macros.join(' ')} -k ${run.model}.pml.trail ${file}`,
  }
}
