/**
 * One trial: a setup and a story, told as a program, run in the simulator with the checker beside it, and what came
 * of it. The same trial gives the same verdict every time.
 */
import { Checker } from '../../check/checker.js'
import { Violation } from '../../check/violation.js'
import { TreadMarksError } from '../../errors.js'
import type { Program } from '../../sim/operation.js'
import { type Outcome, World } from '../../sim/world.js'
import { shapeOf } from '../deal.js'
import type { Film } from '../diagram/film.js'
import { promiseOf } from '../protocols.js'
import type { Setup } from './draw.js'
import { type Story, tell } from './story.js'

export interface Trial {
  readonly setup: Setup
  readonly story: Story
}

export type FailureKind = Violation['kind'] | 'hang' | 'crash'

export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  readonly details: readonly string[]
}

export interface Verdict {
  /** Undefined when all is well. */
  readonly failure: Failure | undefined
  /** How the run ended; undefined when it was broken off by a failure. */
  readonly outcome: Outcome | undefined
  readonly hash: string
  /** Loads and stores that were checked. */
  readonly accesses: number
  /** Operations that each process has finished. */
  readonly progress: readonly number[]
}

/** Operations of all processes. */
export const sizeOf = ({ setup, story }: Trial): number =>
  tell(story, procsOf(setup)).reduce((sum, operations) => sum + operations.length, 0)

export const procsOf = ({ nodes, threads }: Setup): number => nodes * threads

/** `listen`: hears everything that happens, a line each. `film`: sees it, for a diagram. */
export const runTrial = ({ setup, story }: Trial, listen?: (line: string) => void, film?: Film): Verdict =>
  tryOut(setup, tell(story, procsOf(setup)), listen, film)

/** A program that need not be a story told whole. */
export function tryOut(setup: Setup, program: Program, listen?: (line: string) => void, film?: Film): Verdict {
  const { kind, nodes, threads, pages, pageBytes, plan, protocol, dealt } = setup
  const checker = new Checker(nodes * threads, pages * pageBytes, {
    raceFree: kind === 'race-free',
    sequential: dealt === undefined && promiseOf(protocol) === 'sc',
  })
  const world = new World(
    { nodes, threads, pages, pageBytes, ...shapeOf(protocol, dealt) },
    plan,
    program,
    film?.beside(checker) ?? checker,
  )
  film?.watch(world)
  world.trace.listener = listen
  const verdict = (failure: Failure | undefined, outcome: Outcome | undefined): Verdict => {
    return { failure, outcome, hash: world.trace.hash, accesses: checker.checked, progress: world.progress }
  }
  try {
    const outcome = world.run()
    return verdict(outcome.end === 'hang' ? { kind: 'hang', message: outcome.why, details: [] } : undefined, outcome)
  } catch (error) {
    return verdict(failureOf(error), undefined)
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof Violation) return { kind: error.kind, message: error.message, details: error.details }
  if (error instanceof TreadMarksError) {
    return { kind: 'crash', message: `${error.code}: ${error.message}`, details: stackOf(error) }
  }
  if (error instanceof Error) return { kind: 'crash', message: String(error), details: stackOf(error) }
  throw error
}

const stackOf = (error: Error): string[] => (error.stack ?? '').split('\n').slice(1, 8)
