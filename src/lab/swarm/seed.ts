/**
 * A seed: everything about one simulated run follows from it — what kind of run, which program, which schedule.
 * `runSeed` is the run; the command line, the tests and the soak all call it.
 */
import { Random } from '../../sim/random.js'
import type { Film } from '../diagram/film.js'
import { type Draw, draw, type Kind } from './draw.js'
import { runTrial, type Trial, type Verdict } from './trial.js'
import { write } from './workload.js'

export interface SeedRun {
  readonly seed: number
  readonly kind: Kind
  /** Memory operations of the program, about. */
  readonly operations: number
  readonly protocol: string
}

export const DEFAULT_OPERATIONS = 2_000

/** For a seed of which nothing else is said. */
export const kindOf = (seed: number): Kind => (new Random(seed, 4).chance(0.5) ? 'race-free' : 'racy')

export const drawOf = ({ seed, kind, operations, protocol }: SeedRun): Draw => draw(seed, kind, operations, protocol)

export function trialOf(run: SeedRun): Trial {
  const drawn = drawOf(run)
  return { setup: drawn.setup, story: write(run.seed, drawn) }
}

export function runSeed(run: SeedRun, listen?: (line: string) => void, film?: Film): Verdict {
  return runTrial(trialOf(run), listen, film)
}
