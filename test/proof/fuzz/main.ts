/**
 * The fuzzers of the TypeScript part by hand, with any seed: `node --import tsx test/proof/fuzz/main.ts --seed 42`.
 * Prints a line for each, or what it found and the command that shows that case alone.
 */
import { parseArgs } from 'node:util'
import { CaseFailed, type Cases } from './cases.js'
import { fuzzCore, fuzzMixed } from './core.js'
import { fuzzFrames } from './frames.js'
import { fuzzHandshakes } from './handshake.js'
import { fuzzRecordings } from './recordings.js'
import { fuzzValues } from './values.js'

interface Fuzzer {
  /** Cases when nothing else is asked for. */
  readonly count: number
  readonly run: (cases: Cases) => string
}

const fuzzers: Readonly<Record<string, Fuzzer>> = {
  frames: {
    count: 200_000,
    run(cases) {
      const { frames, accepted, refused } = fuzzFrames(cases)
      return `${frames} spoilt frames: ${accepted.total} were messages, ${refused.total} were refused`
    },
  },
  handshakes: {
    count: 30_000,
    run(cases) {
      const { proven, refused, waiting } = fuzzHandshakes(cases)
      return `${proven} sides let the other in, ${refused.total - waiting} refused, ${waiting} waited`
    },
  },
  core: {
    count: 20_000,
    run(cases) {
      const { taken, refused } = fuzzCore(cases)
      return `${taken.total} broken rules taken in, ${refused.total} runs ended by one`
    },
  },
  mixed: {
    count: 20_000,
    run(cases) {
      const { taken, refused } = fuzzMixed(cases)
      return `${taken.total} broken rules taken in, ${refused.total} runs ended by one`
    },
  },
  values: {
    count: 50_000,
    run(cases) {
      const { taken, refused } = fuzzValues(cases)
      return `${taken} taken, ${refused} refused`
    },
  },
  recordings: {
    count: 10_000,
    run(cases) {
      const { steps, whole, refused } = fuzzRecordings(cases)
      return `${steps} steps read, ${whole} files read to the end, ${refused} refused`
    },
  },
}
const names = Object.keys(fuzzers)

const usage = `node --import tsx test/proof/fuzz/main.ts [options]

  --seed N     where chance begins (default 1)
  --only NAME  this fuzzer alone; may be given again. There are: ${names.join(', ')}
  --cases N    how many cases of each (default: some seconds of them)
  --from N     the number of the first case (default 0)`

class Usage extends Error {}

interface Options {
  readonly seed: number
  readonly only: readonly string[]
  readonly cases: number | undefined
  readonly from: number
}

function readOptions(): Options {
  const known = {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: names },
    cases: { type: 'string' },
    from: { type: 'string', default: '0' },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof known }>>['values']
  try {
    values = parseArgs({ options: known }).values
  } catch (error) {
    throw new Usage((error as Error).message)
  }
  const number = (name: string, text: string): number => {
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw new Usage(`--${name} must be a whole number, not ${text}`)
  }
  const only = values.only ?? names
  const unknown = only.find((name) => fuzzers[name] === undefined)
  if (unknown !== undefined) throw new Usage(`--only ${unknown} is unknown; there are: ${names.join(', ')}`)
  const cases = values.cases === undefined ? undefined : number('cases', values.cases)
  return { seed: number('seed', values.seed ?? ''), only, cases, from: number('from', values.from ?? '') }
}

/** False when it found something. */
function fuzz(name: string, { seed, cases, from }: Options): boolean {
  const { count, run } = fuzzers[name] as Fuzzer
  try {
    console.log(`${name.padEnd(12)}${run({ seed, from, count: cases ?? count })}`)
    return true
  } catch (error) {
    const number = error instanceof CaseFailed ? error.number : from
    console.log(`${name.padEnd(12)}FAILED ${(error as Error).stack}`)
    console.log(
      `show again: node --import tsx test/proof/fuzz/main.ts --only ${name} --seed ${seed} --from ${number} --cases 1`,
    )
    return false
  }
}

try {
  const options = readOptions()
  process.exitCode = options.only.map((name) => fuzz(name, options)).every((fine) => fine) ? 0 : 1
} catch (error) {
  if (!(error instanceof Usage)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
