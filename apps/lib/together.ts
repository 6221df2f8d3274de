/**
 * The frame of a parallel version, with shared memory or with messages: the choice of the problem, the timed part, the
 * outcome. The timed part is a phase of its own (`tm.phase`), so its messages are counted apart from set-up and check.
 */
import * as tm from 'treadmarks'
import {
  type App,
  type Choice,
  choose,
  Mistake,
  outcome,
  type Problem,
  type Result,
  usageOf,
  type Version,
} from './app.js'
import { TIMED } from './timed-phase.js'

/** What is to be computed, by the command line. All processes see a mistake in it; process 0 says it. */
export function chosen<P extends Problem>(app: App<P>, version: Exclude<Version, 'sequential'>): Choice<P> {
  try {
    const choice = choose(app, process.argv.slice(2), tm.nprocs)
    if (version === 'shared') mustFit(app, choice.problem)
    return choice
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    if (tm.procId === 0) console.error(`${error.message}\n${usageOf(app)}`)
    return tm.exit(2)
  }
}

/** Seconds that `work` takes, until the last process has done its part. */
export function timed(work: () => void): number {
  tm.phase(TIMED)
  const began = performance.now()
  work()
  tm.phase('afterwards')
  return (performance.now() - began) / 1000
}

/** Process 0 prints it. */
export function tell<P extends Problem>(
  app: App<P>,
  version: Version,
  choice: Choice<P>,
  seconds: number,
  result: Result,
): void {
  if (tm.procId === 0) console.log(outcome(app, version, tm.nprocs, choice, seconds, result))
}

/** Each allocation is rounded up to whole pages, and nobody wants to count them: a little more must be there. */
function mustFit<P extends Problem>(app: App<P>, problem: P): void {
  const needed = app.bytes(problem, tm.nprocs) + 64 * tm.pageSize
  if (needed <= tm.heap.byteLength) return
  const mib = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)
  throw new Mistake(
    `this size needs ${mib(needed)} MiB of shared memory and the heap has ${mib(tm.heap.byteLength)}: ` +
      `run with --heap ${mib(needed)}MiB, or choose a smaller one`,
  )
}
