/**
 * The runs of a comparison, judged: which ended well, and whose output agrees with that of the first. When the first has
 * failed, the first that ended well stands in its place; what a failed run has printed is compared with nothing.
 */
import type { Statistics } from '../cli/statistics.js'
import { type Difference, difference, type Lines, sortedLines } from './lines.js'
import type { TrialEnd } from './trial.js'

export interface Result {
  readonly protocol: string
  readonly exitCode: number
  /** Of a failed run, what its nodes have still told. */
  readonly statistics: Statistics | undefined
  /** The end of standard error. */
  readonly stderr: string
  /** Lines that the program has printed; undefined when they were too many to keep. */
  readonly lines: number | undefined
  readonly verdict: Verdict
  /** When it disagrees. */
  readonly difference: Difference | undefined
}

/** `measure`: the one that the others are compared with. `unknown`: it failed, or there was too much to compare. */
export type Verdict = 'measure' | 'agrees' | 'disagrees' | 'unknown'

export class Results {
  readonly all: Result[] = []
  /** What the first that ended well has printed. */
  #printed: Lines | undefined

  add({ protocol, exitCode, statistics, stdout, stderr }: TrialEnd): Result {
    const lines = stdout === undefined ? undefined : sortedLines(stdout)
    const isMeasure = exitCode === 0 && this.measure === undefined
    let verdict: Verdict = isMeasure ? 'measure' : 'unknown'
    let found: Difference | undefined
    if (isMeasure) this.#printed = lines
    else if (exitCode === 0 && lines !== undefined && this.#printed !== undefined) {
      found = difference(this.#printed, lines)
      verdict = found === undefined ? 'agrees' : 'disagrees'
    }
    const result = { protocol, exitCode, statistics, stderr, lines: lines?.length, verdict, difference: found }
    this.all.push(result)
    return result
  }

  get measure(): Result | undefined {
    return this.all.find(({ verdict }) => verdict === 'measure')
  }

  /** Whether all ended well and are known to have printed the same. */
  get isGood(): boolean {
    return this.all.every(
      ({ verdict, lines }) => verdict === 'agrees' || (verdict === 'measure' && lines !== undefined),
    )
  }
}
