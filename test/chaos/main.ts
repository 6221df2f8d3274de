/**
 * `npm run chaos`: chaos runs from the command line, one of a given seed or as many as a time allows, and a count of
 * how they ended. Seeds that failed are named, each with all that is known of it.
 */
import { parseArgs } from 'node:util'
import { chaos } from './chaos.js'

const usage = `npm run chaos -- [options]

  --seed S      the run of this seed alone
  --minutes M   as many as fit into this time (default 1)
  --from S      the first seed of these (default 1)`

interface Given {
  readonly seed: number | undefined
  readonly from: number
  readonly minutes: number
}

class Usage extends Error {}

function given(): Given {
  const known = { seed: { type: 'string' }, from: { type: 'string' }, minutes: { type: 'string' } } as const
  let values: { [name in keyof typeof known]?: string | undefined }
  try {
    values = parseArgs({ options: known }).values
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error))
  }
  const number = (name: keyof typeof known, otherwise: number): number => {
    const text = values[name]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (text !== '' && value >= 0 && (name === 'minutes' || Number.isSafeInteger(value))) return value
    throw new Usage(`--${name} '${text}': expected a ${name === 'minutes' ? '' : 'whole '}number, not negative`)
  }
  const seed = values.seed === undefined ? undefined : number('seed', 0)
  return { seed, from: number('from', 1), minutes: number('minutes', 1) }
}

/** One run; what is wrong with it is told, and makes it count as WRONG. */
async function end(seed: number): Promise<string> {
  try {
    return await chaos(seed)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 'WRONG'
  }
}

async function main({ seed, from, minutes }: Given): Promise<number> {
  const until = performance.now() + (seed === undefined ? minutes * 60_000 : 0)
  const ends = new Map<string, number>()
  const wrong: number[] = []
  let next = seed ?? from
  do {
    const how = await end(next)
    ends.set(how, (ends.get(how) ?? 0) + 1)
    if (how === 'WRONG') wrong.push(next)
    next++
  } while (performance.now() < until)
  const seeds = seed === undefined ? `seeds ${from} to ${next - 1}` : `seed ${seed}`
  console.log(`chaos: ${seeds}: ${[...ends].map(([how, count]) => `${count} ${how}`).join(', ')}`)
  if (wrong.length === 0) return 0
  console.log(`failed: ${wrong.map((one) => `npm run chaos -- --seed ${one}`).join('; ')}`)
  return 1
}

try {
  process.exitCode = await main(given())
} catch (error) {
  if (!(error instanceof Usage)) throw error
  console.error(`chaos: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
