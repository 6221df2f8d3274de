/**
 * A litmus test in the simulator: one schedule, and many. A trial comes to an outcome, or to a failure when the
 * run hangs or breaks off; many trials are counted by outcome, each with a seed that shows it.
 */
import type { CoherenceFactory } from '../../core/coherence.js'
import type { Observer } from '../../sim/operation.js'
import { World } from '../../sim/world.js'
import { dealOut, shapeOf } from '../deal.js'
import { MIXED } from '../protocols.js'
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

/** What the pages obey: a protocol, or each another. */
export type Obeyed = CoherenceFactory | typeof MIXED

export function tryOnce(test: LitmusTest, seed: number, obeyed: Obeyed, ears: Ears = {}): Trial {
  const { stage, plan, program, readings } = drawSchedule(test, seed)
  const { nodes, threads, procs, pages, pageBytes } = stage
  const registers = new Registers(readings, ears.observer?.(procs, pages * pageBytes))
  const world = new World(
    { nodes, threads, pages, pageBytes, ...shapeUnder(obeyed, seed, pages) },
    plan,
    program,
    registers,
  )
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

function shapeUnder(obeyed: Obeyed, seed: number, pages: number): ReturnType<typeof shapeOf> {
  if (obeyed !== MIXED) return { coherence: obeyed }
  const { protocol, dealt } = dealOut(seed, pages)
  return shapeOf(protocol, dealt)
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
export function tryMany(test: LitmusTest, obeyed: Obeyed, firstSeed: number, schedules: number): Sightings {
  const outcomes = new Map<string, Seen>()
  const failures = new Map<string, Seen>()
  for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
    const { outcome, failure } = tryOnce(test, seed, obeyed)
    if (outcome !== undefined) sight(outcomes, outcome, seed)
    if (failure !== undefined) sight(failures, failure, seed)
  }
  return { outcomes, failures }
}

function sight(among: Map<string, Seen>, what: string, seed: number): void {
  const seen = among.get(what) ?? { times: 0, seed }
  among.set(what, { ...seen, times: seen.times + 1 })
}
