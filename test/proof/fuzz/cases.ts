/**
 * The cases of a fuzzer. Each is drawn from the seed and its own number and from nothing else, so what a million
 * have found one alone shows again.
 */
import { Random } from '../../../src/sim/random.js'

export interface Cases {
  readonly seed: number
  readonly count: number
  /** The number of the first. */
  readonly from?: number
}

/** Runs them, until one fails; the error names seed and number. */
export function eachCase({ seed, count, from = 0 }: Cases, run: (random: Random) => void): void {
  for (let number = from; number < from + count; number++) {
    try {
      withoutStacks(() => run(new Random(seed, number)))
    } catch (failed) {
      // Once more, to see where.
      try {
        run(new Random(seed, number))
      } catch (error) {
        throw new CaseFailed(seed, number, error as Error)
      }
      throw new CaseFailed(seed, number, failed as Error)
    }
  }
}

/** Most cases are refusals, and to keep the stack of each would cost more than all the rest. */
function withoutStacks(run: () => void): void {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    run()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

export class CaseFailed extends Error {
  constructor(
    seed: number,
    readonly number: number,
    cause: Error,
  ) {
    super(`seed ${seed}, case ${number}: ${cause.message}`, { cause })
  }
}

/** Counts how often each name came. */
export class Tally {
  private readonly counts = new Map<string, number>()

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** In alphabetical order. */
  get names(): string[] {
    return [...this.counts.keys()].sort()
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }
}

/** What differs in numbers only is one thing. */
export const withoutNumbers = (text: string): string => text.replace(/-?\d+/g, 'N')
