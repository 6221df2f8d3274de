/**
 * A litmus test in the simulator: one schedule, and many. A trial comes to an outcome, or to a failure when the
 * run hangs or breaks off; many trials are counted by outcome, each with a seed that shows it.
 */
import type { CoherenceFactory } from '../../core/coherence.js'
import type { Observer } from '../../sim/operation.js'
import { World } from '../../sim/world.js'
import { type LitmusTest, outcomeKey } from './model.js'
import { Registers } from './registers.js'
import { drawSchedule } from './schedule.js'

export interface Trial {
  /** Undefined when the run came to no end. */
  readonly outcome: string | undefined
  readonly failure: string | undefined
  readonly hash: string
}

/** What may hear a trial, beside the registers. */
export interface Ears {
  readonly observer?: (procs: number, bytes: number) => Observer
  /** Everything that happens, a line each. */
  readonly listener?: (line: string) => void
}

export function tryOnce(test: LitmusTest, seed: number, coherence: CoherenceFactory, ears: Ears = {}): Trial {
  const { stage, plan, program, readings } = drawSchedule(test, seed)
  const { nodes, threads, procs, pages, pageBytes } = stage
  const registers = new Registers(readings, ears.observer?.(procs, pages * pageBytes))
  const world = new World({ nodes, threads, pages, pageBytes, coherence }, plan, program, registers)
  world.trace.listener = ears.listener
  try {
    const { end, why, hash } = world.run()
    if (end !== 'finished') return { outcome: undefined, failure: `${end}: ${why}`, hash }
    return { outcome: outcomeKey(registers.values(test.columns)), failure: undefined, hash }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { outcome: undefined, failure: `${error.name}: ${error.message}`, hash: world.trace.hash }
  }
}

export interface Seen {
  readonly times: number
  /** The first schedule that showed it. */
  readonly seed: number
}

export interface Sightings {
  readonly outcomes: ReadonlyMap<string, Seen>
  /** By what went wrong. */
  readonly failures: ReadonlyMap<string, Seen>
}

/** Schedules with the seeds from `firstSeed` on. */
export function tryMany(
  test: LitmusTest,
  coherence: CoherenceFactory,
  firstSeed: number,
  schedules: number,
): Sightings {
  const outcomes = new Map<string, Seen>()
  const failures = new Map<string, Seen>()
  for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
    const { outcome, failure } = tryOnce(test, seed, coherence)
    if (outcome !== undefined) sight(outcomes, outcome, seed)
    if (failure !== undefined) sight(failures, failure, seed)
  }
  return { outcomes, failures }
}

function sight(among: Map<string, Seen>, what: string, seed: number): void {
  const seen = among.get(what) ?? { times: 0, seed }
  among.set(what, { ...seen, times: seen.times + 1 })
}
