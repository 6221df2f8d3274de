/**
 * Quicksort of whole numbers (TreadMarks, USENIX 1994: 256K, K = 1024; SC'95: 512K). A part of the array is split at
 * the median of three of its numbers, and one of the halves is left to whoever has time; a part of less than 1,024
 * numbers is sorted by bubble sort, as in the papers, which makes up most of the work.
 */
import type { App } from '../lib/app.js'
import { digest } from '../lib/digest.js'
import { randomFrom } from '../lib/random.js'

export interface Quicksort {
  readonly [name: string]: number
  readonly numbers: number
  /** Parts with fewer numbers are not split. */
  readonly threshold: number
}

export const quicksort: App<Quicksort> = {
  name: 'quicksort',
  presets: {
    '256k': { numbers: 256 * 1024, threshold: 1024 },
    '512k': { numbers: 512 * 1024, threshold: 1024 },
    quick: { numbers: 32 * 1024, threshold: 1024 },
  },
  bytes: (problem) => (problem.numbers + 2 + 2 * mostParts(problem)) * Int32Array.BYTES_PER_ELEMENT,
  unfit: ({ numbers, threshold }) => {
    if (numbers < 1 || numbers > MOST) return `--numbers ${numbers}: from 1 to ${MOST}`
    if (threshold < 2) return `--threshold ${threshold}: at least 2, for one number cannot be split`
    return undefined
  },
}

/** All of them go into one message. */
const MOST = 8_000_000

/** Parts that wait to be sorted do not overlap and are not below the threshold; one is the whole array. */
export const mostParts = ({ numbers, threshold }: Quicksort): number => Math.max(1, Math.floor(numbers / threshold))

export function start(numbers: Int32Array): void {
  const random = randomFrom(1994)
  for (let i = 0; i < numbers.length; i++) numbers[i] = random() * 2 ** 31
}

/** Where a part begins and ends. */
export type Part = readonly [from: number, to: number]

/**
 * Sorts what it keeps of a part, and answers which that is. As long as a half is not below the threshold, the larger
 * half is left to others; where both are, both are sorted here, for it costs less to sort so few numbers than to tell
 * others.
 */
export function sortSome(numbers: Int32Array, [from, to]: Part, threshold: number, leave: (part: Part) => void): Part {
  let [first, end] = [from, to]
  while (end - first >= threshold) {
    const middle = split(numbers, first, end)
    const [left, right] = [middle - first, end - middle]
    if (left < threshold && right < threshold) {
      bubbleSort(numbers, first, middle)
      bubbleSort(numbers, middle, end)
      return [first, end]
    }
    if (left > right) {
      leave([first, middle])
      first = middle
    } else {
      leave([middle, end])
      end = middle
    }
  }
  bubbleSort(numbers, first, end)
  return [first, end]
}

/**
 * Nothing in [from, answer) is larger than anything in [answer, to), and neither is empty; there are two numbers at
 * least.
 */
function split(numbers: Int32Array, from: number, to: number): number {
  const last = to - 1
  const middle = (from + last) >> 1
  order(numbers, from, middle)
  order(numbers, middle, last)
  order(numbers, from, middle)
  const median = numbers[middle] as number
  let i = from - 1
  let j = to
  for (;;) {
    do i++
    while ((numbers[i] as number) < median)
    do j--
    while ((numbers[j] as number) > median)
    if (i >= j) return j + 1
    const lower = numbers[j] as number
    numbers[j] = numbers[i] as number
    numbers[i] = lower
  }
}

function order(numbers: Int32Array, a: number, b: number): void {
  const [first, second] = [numbers[a] as number, numbers[b] as number]
  if (first <= second) return
  numbers[a] = second
  numbers[b] = first
}

/** Beyond the last exchange of a round everything is in its place. */
function bubbleSort(numbers: Int32Array, from: number, to: number): void {
  for (let end = to; end > from + 1; ) {
    let exchanged = from
    let largest = numbers[from] as number
    for (let i = from + 1; i < end; i++) {
      const number = numbers[i] as number
      if (number < largest) {
        numbers[i - 1] = number
        numbers[i] = largest
        exchanged = i
      } else largest = number
    }
    end = exchanged
  }
}

export function resultOf(numbers: Int32Array): { digest: string } {
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i - 1] as number) > (numbers[i] as number))
      throw new Error(`number ${i} is smaller than the one before`)
  }
  return { digest: digest(numbers) }
}
