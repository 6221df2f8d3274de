/**
 * IS of the NAS benchmarks (SC'95, section 3.5 of the comparison): 2^20 whole numbers are ranked, ten times, by
 * counting how often each occurs. The rank of a key is the number of keys that are smaller, so equal keys have the
 * same. One ranking before the ten is not timed, as in NAS. `small` has few buckets and `large` many; these are what is
 * shared.
 */
import type { App } from '../lib/app.js'
import { blockOf } from '../lib/blocks.js'
import { digest } from '../lib/digest.js'
import { NasRandom } from '../lib/nas-random.js'

export interface Is {
  readonly [name: string]: number
  readonly keys: number
  /** Keys are below this. */
  readonly buckets: number
  readonly iterations: number
}

export const is: App<Is> = {
  name: 'is',
  presets: {
    small: { keys: 2 ** 20, buckets: 2 ** 7, iterations: 10 },
    large: { keys: 2 ** 20, buckets: 2 ** 15, iterations: 10 },
    quick: { keys: 2 ** 16, buckets: 2 ** 11, iterations: 10 },
  },
  bytes: ({ keys, buckets }) => (2 * buckets + 1 + keys) * Int32Array.BYTES_PER_ELEMENT,
  unfit: ({ keys, buckets, iterations }, processes) => {
    if (iterations < 1) return `--iterations ${iterations}: at least 1`
    const least = Math.max(2 * iterations + 1, processes)
    if (keys < least || keys > MOST) {
      return `--keys ${keys}: from ${least} to ${MOST}; each iteration changes two, and each process has one at least`
    }
    if (buckets <= iterations || buckets > MOST_BUCKETS) {
      return `--buckets ${buckets}: from ${iterations + 1} to ${MOST_BUCKETS}; the number of an iteration is a key`
    }
    return undefined
  },
}

const SEED = 314159265
/** What a process has must go into one message at the end, and all buckets into one in each iteration. */
const MOST = 2 ** 23
const MOST_BUCKETS = 2 ** 22

export const keysOf = ({ keys }: Is, id: number, count: number): readonly [from: number, to: number] =>
  blockOf(keys, id, count)

/** Keys [from, to): each the sum of four random numbers, so that those in the middle are frequent. */
export function makeKeys({ buckets }: Is, from: number, to: number): Int32Array {
  const keys = new Int32Array(to - from)
  const random = new NasRandom(SEED, 4 * from)
  const four = new Float64Array(4)
  for (let i = 0; i < keys.length; i++) {
    random.fill(four)
    let sum = 0
    for (let k = 0; k < four.length; k++) sum += four[k] as number
    keys[i] = (buckets / 4) * sum
  }
  return keys
}

/** Two keys are others in each iteration, so that no ranking is like the one before. `keys` begins with key `from`. */
export function changeTwo(keys: Int32Array, from: number, iteration: number, { buckets, iterations }: Is): void {
  const change = (number: number, key: number): void => {
    if (number >= from && number < from + keys.length) keys[number - from] = key
  }
  change(iteration, iteration)
  change(iteration + iterations, buckets - iteration)
}

/** How many keys are in each bucket. */
export function count(keys: Int32Array, counts: Int32Array): void {
  counts.fill(0)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number
    counts[key] = (counts[key] as number) + 1
  }
}

export function add(sums: Int32Array, counts: Int32Array): void {
  for (let i = 0; i < counts.length; i++) sums[i] = (sums[i] as number) + (counts[i] as number)
}

/** The ranks of `keys`, by what all processes together have in each bucket; `smaller` is room for a number for each. */
export function rank(keys: Int32Array, totals: Int32Array, smaller: Int32Array, ranks: Int32Array): void {
  let sum = 0
  for (let i = 0; i < totals.length; i++) {
    smaller[i] = sum
    sum += totals[i] as number
  }
  for (let i = 0; i < keys.length; i++) ranks[i] = smaller[keys[i] as number] as number
}

/** Of the ranks of all keys after the last iteration. */
export function resultOf(problem: Is, ranks: Int32Array) {
  const { keys, buckets, iterations } = problem
  const classS = keys === 2 ** 16 && buckets === 2 ** 11 && iterations === 10
  const right = KNOWN.every(([number, rank]) => ranks[number] === rank)
  return { digest: digest(ranks), ...(classS && { nas: right ? 'agrees' : 'differs' }) }
}

/** Five ranks that NAS gives for its class S, which is `quick`. */
const KNOWN: readonly (readonly [number: number, rank: number])[] = [
  [48427, 10],
  [17148, 28],
  [23627, 356],
  [62548, 64907],
  [4431, 65453],
]
