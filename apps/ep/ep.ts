/**
 * EP of the NAS benchmarks (SC'95, section 3.3 of the comparison: class A): pairs of normally distributed numbers by
 * Marsaglia's polar method, counted by the square ring around 0 in which they lie. Almost all is computing: what the
 * processes have to tell each other are ten counts and two sums, once.
 */
import type { App } from '../lib/app.js'
import { blockOf } from '../lib/blocks.js'
import { NasRandom } from '../lib/nas-random.js'

export interface Ep {
  readonly [name: string]: number
  /** Binary logarithm of the number of pairs. */
  readonly log2pairs: number
}

export const ep: App<Ep> = {
  name: 'ep',
  presets: {
    A: { log2pairs: 28 },
    S: { log2pairs: 24 },
    quick: { log2pairs: 20 },
  },
  bytes: () => TALLIES * Float64Array.BYTES_PER_ELEMENT,
  unfit: ({ log2pairs }, processes) => {
    const least = LOG2_BATCH + Math.ceil(Math.log2(processes))
    if (log2pairs < least) {
      return `--log2pairs ${log2pairs}: at least ${least}, so that each process has a batch of 2^${LOG2_BATCH}`
    }
    if (log2pairs > MOST) return `--log2pairs ${log2pairs}: at most ${MOST}, or the sums outgrow their digits`
    return undefined
  },
}

/** What is found out: how many pairs are in each of ten rings, the sum of all X and that of all Y. */
const RINGS = 10
export const TALLIES = RINGS + 2

const SEED = 271828183
const LOG2_BATCH = 16
const BATCH = 2 ** LOG2_BATCH
/** Numbers that are made at once: they stay in the cache that is nearest. */
const PART = 2048
const MOST = 36

/** The batches of a process: [from, to). */
export const batchesOf = ({ log2pairs }: Ep, id: number, count: number): readonly [from: number, to: number] =>
  blockOf(2 ** log2pairs / BATCH, id, count)

/**
 * Adds what batches [from, to) tell to `tallies`. The sums of a batch are rounded to multiples of 2^-32. Sums of such
 * numbers are exact while they are below 2^21, so it does not matter who adds them in which order: all versions give
 * the same bits.
 */
export function tally(tallies: Float64Array, from: number, to: number): void {
  const numbers = new Float64Array(PART)
  const batch = new Float64Array(TALLIES)
  for (let number = from; number < to; number++) {
    const random = new NasRandom(SEED, number * BATCH * 2)
    batch.fill(0)
    for (let made = 0; made < 2 * BATCH; made += PART) {
      random.fill(numbers)
      tallyPairs(batch, numbers)
    }
    for (let i = RINGS; i < TALLIES; i++) batch[i] = Math.round((batch[i] as number) * 2 ** 32) / 2 ** 32
    add(tallies, batch)
  }
}

export function add(tallies: Float64Array, more: Float64Array): void {
  for (let i = 0; i < TALLIES; i++) tallies[i] = (tallies[i] as number) + (more[i] as number)
}

export function resultOf({ log2pairs }: Ep, tallies: Float64Array) {
  const counts = tallies.subarray(0, RINGS)
  const [sumX, sumY] = tallies.subarray(RINGS) as unknown as [number, number]
  const known = KNOWN.get(log2pairs)
  return {
    gaussian: counts.reduce((a, b) => a + b),
    counts: counts.join(' '),
    sumX,
    sumY,
    ...(known && { nas: close(sumX, known[0]) && close(sumY, known[1]) ? 'agrees' : 'differs' }),
  }
}

/** The sums that NAS gives for classes S and A, by the logarithm of the pairs. */
const KNOWN = new Map<number, readonly [x: number, y: number]>([
  [24, [-3247.83465203474, -6958.407078382297]],
  [28, [-4295.875165629892, -15807.32573678431]],
])

/** NAS asks for 1e-8; more than that is lost only by a mistake. */
const close = (value: number, known: number): boolean => Math.abs(value / known - 1) < 1e-11

/** Two uniform numbers at a time: a point in a square, and, when that is in the circle, a pair. */
function tallyPairs(tallies: Float64Array, numbers: Float64Array): void {
  let sumX = 0
  let sumY = 0
  for (let i = 0; i < numbers.length; i += 2) {
    const x = 2 * (numbers[i] as number) - 1
    const y = 2 * (numbers[i + 1] as number) - 1
    const square = x * x + y * y
    if (square > 1) continue
    const factor = Math.sqrt((-2 * Math.log(square)) / square)
    const pairX = x * factor
    const pairY = y * factor
    const ring = Math.max(Math.abs(pairX), Math.abs(pairY)) | 0
    tallies[ring] = (tallies[ring] as number) + 1
    sumX += pairX
    sumY += pairY
  }
  tallies[RINGS] = (tallies[RINGS] as number) + sumX
  tallies[RINGS + 1] = (tallies[RINGS + 1] as number) + sumY
}
