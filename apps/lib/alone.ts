/** The frame of a sequential version: an ordinary program that knows of no other process. */
import { type App, type Choice, choose, Mistake, outcome, type Problem, type Result, usageOf } from './app.js'

/** What is to be computed, by the command line; a mistake in it ends the program with exit code 2. */
export function chosen<P extends Problem>(app: App<P>): Choice<P> {
  try {
    return choose(app, process.argv.slice(2), 1)
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    console.error(`${error.message}\n${usageOf(app)}`)
    process.exit(2)
  }
}

/** Seconds that `work` takes. */
export function timed(work: () => void): number {
  const began = performance.now()
  work()
  return (performance.now() - began) / 1000
}

export function tell<P extends Problem>(app: App<P>, choice: Choice<P>, seconds: number, result: Result): void {
  console.log(outcome(app, 'sequential', 1, choice, seconds, result))
}
