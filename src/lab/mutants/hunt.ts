/**
 * A hunt starts a hunter in the copy of a mutant, or the C tests, and tells what they found. What counts is a kill
 * that comes again: a seed that fails the same way twice, or a C test that is driven step by step.
 */
import { join } from 'node:path'
import { listen } from './child.js'
import { makeCopy } from './copy.js'
import type { Mutant } from './mutant.js'
import type { Order, Said } from './order.js'

export interface Hunt {
  /** Undefined for the code as it is. */
  readonly mutant: Mutant | undefined
  /** Who found it first: a seed, or the name of a C test. Undefined when nobody did. */
  readonly foundBy: string | undefined
  /** Seeds that were run, and those that failed. */
  readonly run: number
  readonly failed: readonly number[]
  /** How often each kind of failure was seen. */
  readonly kinds: ReadonlyMap<string, number>
  /** Of the first failure. */
  readonly message: string
  /** Why the hunt itself did not come to its end. */
  readonly trouble: string | undefined
}

/** `mutant` undefined: the code as it is, in which nothing may be found. */
export async function hunt(mutant: Mutant | undefined, order: Order): Promise<Hunt> {
  const folder = makeCopy(mutant)
  const log = new Log()
  const bySeeds = mutant === undefined || mutant.finder === 'seeds'
  if (bySeeds) await huntBySeeds(folder, order, log)
  else await huntByTests(folder, mutant.finder, order.sample, log)
  return { mutant, ...log }
}

/** What is heard of one hunt. */
class Log {
  foundBy: string | undefined
  run = 0
  readonly failed: number[] = []
  readonly kinds = new Map<string, number>()
  message = ''
  trouble: string | undefined

  fails(seed: number, kind: string, message: string): void {
    if (this.failed.length === 0) this.message = message
    this.failed.push(seed)
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1)
  }
}

async function huntBySeeds(folder: string, order: Order, log: Log): Promise<void> {
  let last = 0
  let complaint = ''
  const hunter = join(folder, 'dist', 'lab', 'mutants', 'hunter.js')
  const why = await listen(['--max-semi-space-size=32', hunter, JSON.stringify(order)], (line) => {
    if (!line.startsWith('{')) {
      complaint ||= line
      return
    }
    const said = JSON.parse(line) as Said
    if (said.type === 'begins') {
      log.run++
      last = said.seed
    } else if (said.type === 'unsteady') {
      log.trouble = `seed ${said.seed} failed, and did something else when it was run again`
    } else {
      log.fails(said.seed, said.kind, said.message)
      log.foundBy ??= `seed ${said.seed}`
    }
  })
  if (why !== undefined) log.trouble = `the hunter ${why} at seed ${last}${complaint === '' ? '' : `: ${complaint}`}`
}

/** Of native/test/stress_test.c, each of them in every run: a kill rate, where one is wanted from so many seeds or more. */
const STRESS_SEEDS = 60
const STRESS_SAMPLE = 10

/** The C test that must find it, and beside it the stress test, which goes by seeds and by luck. */
async function huntByTests(folder: string, finder: string, sample: number, log: Log): Promise<void> {
  let program = ''
  const stress = sample >= STRESS_SAMPLE
  if (stress) log.run = STRESS_SEEDS
  const script = join(folder, 'scripts', 'build-native.mjs')
  const why = await listen([script, '--test', finder, ...(stress ? ['stress_test'] : [])], (line) => {
    program = /^# (\w+)$/.exec(line)?.[1] ?? program
    const seed = /^seed (\d+) fails/.exec(line)?.[1]
    if (seed !== undefined) log.failed.push(Number(seed))
    const test = /^not ok ([^:]+): (.*)$/.exec(line)
    // What a clock ended is no kill.
    if (test === null || test[2] === 'it hangs' || program !== finder || log.foundBy !== undefined) return
    log.foundBy = `${finder}: ${test[1]}`
    log.message = test[2] as string
    log.kinds.set('C test', 1)
  })
  if (program === '') log.trouble = `the C tests did not run: they ${why}`
}
