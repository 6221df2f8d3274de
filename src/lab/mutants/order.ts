/** What a hunter is told to do, and what it says while it does it: one line of JSON each way. */
import type { Kind } from '../swarm/draw.js'
import { DEFAULT_OPERATIONS, type SeedRun } from '../swarm/seed.js'
import type { FailureKind } from '../swarm/trial.js'

export interface Order {
  /** Runs seeds from 1 to this one, until one fails. */
  readonly seeds: number
  /** Goes on to this one when one has failed. */
  readonly sample: number
  /** And these. */
  readonly also: readonly number[]
  readonly protocol: string
}

export type Said =
  /** About to be run: should it not come back, it was this one. */
  | { readonly type: 'begins'; readonly seed: number }
  | { readonly type: 'killed'; readonly seed: number; readonly kind: FailureKind; readonly message: string }
  /** A seed that failed did something else when it was run again. */
  | { readonly type: 'unsteady'; readonly seed: number }

/** Race-free programs have the odd seeds, racy ones the even. */
export const kindOfSeed = (seed: number): Kind => (seed % 2 === 1 ? 'race-free' : 'racy')

export const runOf = (seed: number, protocol: string): SeedRun => ({
  seed,
  kind: kindOfSeed(seed),
  operations: DEFAULT_OPERATIONS,
  protocol,
})

/** What shows the run again, on the command line of `sim`. */
export const shownBy = ({ seed, kind, protocol }: SeedRun): string =>
  `--seed ${seed} --kind ${kind} --protocol ${protocol}`
