/**
 * What the samples of all rounds say: medians and quartiles, and the ratio to the floor, formed round by round,
 * because a slow minute of the machine slows both. A target is met or missed only when the middle half of the rounds
 * lies on one side of it; else the verdict is "undecided".
 */
import type { Row } from './rows.js'

export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

export interface Result extends Row {
  /** Microseconds. */
  readonly time: Spread
  /** Of the floor. */
  readonly ratio: Spread | undefined
  readonly verdict: 'ok' | 'missed' | 'undecided' | undefined
}

/** Samples of each measurement, one for each round. */
export type Samples = ReadonlyMap<string, readonly number[]>

/** Undefined when the row was not measured. */
export function judge(row: Row, samples: Samples): Result | undefined {
  const own = samples.get(row.name)
  const floor = row.beside === undefined ? undefined : samples.get(row.beside)
  if (own === undefined || (row.beside !== undefined && floor === undefined)) return undefined
  const ratio = floor === undefined ? undefined : spread(own.map((value, round) => value / (floor[round] as number)))
  const time = spread(own)
  return { ...row, time, ratio, verdict: verdictOf(row.target, ratio ?? time) }
}

/** Quartiles; between two values where none stands at the place. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => {
    const place = (sorted.length - 1) * part
    const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
    return below + (above - below) * (place % 1)
  }
  return { low: at(0.25), median: at(0.5), high: at(0.75) }
}

function verdictOf(target: number | undefined, { low, high }: Spread): Result['verdict'] {
  if (target === undefined) return undefined
  if (high <= target) return 'ok'
  return low > target ? 'missed' : 'undecided'
}
