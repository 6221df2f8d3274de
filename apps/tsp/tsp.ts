/**
 * The shortest tour through 19 cities by branch and bound (TreadMarks, USENIX 1994): partial tours wait in a queue, the
 * most promising first, and whoever takes one extends it by each city that may come next. One with `threshold` = 12
 * cities left or fewer is searched to the end by one process alone.
 *
 * The papers' cities were not published, so these are the first of TSPLIB's gr21. The search is that of
 * examples/tsp.ts: it begins with a good tour and has a strong bound, so `paper` is done in some hundredths of a
 * second, where eight workstations took 44 seconds. Locks are taken about as often as there, some seven hundred times,
 * but there is little to do in between. `large` has fewer and larger pieces of work.
 */
import { fileURLToPath } from 'node:url'
import { PriorityQueue } from '../../examples/lib/priority-queue.js'
import {
  boundOf,
  citiesLeft,
  goodTour,
  isPermutation,
  type PartialTour,
  partialTourLength,
  type Search,
  tourLength,
} from '../../examples/lib/tour.js'
import { readTsplib } from '../../examples/lib/tsplib.js'
import type { App } from '../lib/app.js'

export interface Tsp {
  readonly [name: string]: number
  readonly cities: number
  /** With so many cities left, a partial tour is one piece of work. */
  readonly threshold: number
}

const published = readTsplib(fileURLToPath(new URL('../../examples/tsplib/gr21.tsp', import.meta.url)))

export const tsp: App<Tsp> = {
  name: 'tsp',
  presets: {
    paper: { cities: 19, threshold: 12 },
    large: { cities: 21, threshold: 18 },
    quick: { cities: 14, threshold: 11 },
  },
  bytes: (problem) => (1 + queueWords(problem) + bestWords(problem)) * Int32Array.BYTES_PER_ELEMENT,
  unfit: ({ cities, threshold }) => {
    if (cities < 5 || cities > published.cities) return `--cities ${cities}: from 5 to ${published.cities}`
    if (threshold >= 1 && threshold < cities) return undefined
    return `--threshold ${threshold}: from 1 to ${cities - 1}, which is what the first of ${cities} cities leaves`
  },
}

export function distancesOf({ cities }: Tsp): Int32Array {
  return Int32Array.from({ length: cities * cities }, (_, i) => {
    return published.distances[Math.floor(i / cities) * published.cities + (i % cities)] as number
  })
}

/** Many times what the sizes above need. */
const CAPACITY = 32768

export const queueWords = ({ cities }: Tsp): number => PriorityQueue.words(CAPACITY, partialTourLength(cities))

/** In as many words of memory, private or shared; `clear` comes first. */
export const queueIn = (memory: Int32Array, { cities }: Tsp): PriorityQueue =>
  new PriorityQueue(memory, CAPACITY, partialTourLength(cities))

export function put(queue: PriorityQueue, tours: readonly PartialTour[]): void {
  for (const tour of tours) {
    if (!queue.push(tour)) throw new Error('the queue is full: a higher --threshold makes fewer partial tours')
  }
}

/** The next partial tour; drops those that cannot become shorter than `shortest`. */
export function takePromising(queue: PriorityQueue, shortest: number): PartialTour | undefined {
  let tour = queue.pop()
  while (tour !== undefined && boundOf(tour) >= shortest) tour = queue.pop()
  return tour
}

/** The shortest tour known: its length, then its cities. */
export const bestWords = ({ cities }: Tsp): number => 1 + cities

/** A tour to begin with. */
export function start(best: Int32Array, distances: Int32Array, { cities }: Tsp): void {
  const tour = goodTour(distances, cities)
  best[0] = tourLength(distances, tour)
  best.set(tour, 1)
}

/** Answers the length of the shorter one. */
export function improve(best: Int32Array, tour: Int32Array, length: number): number {
  if (length < (best[0] as number)) {
    best[0] = length
    best.set(tour, 1)
  }
  return best[0] as number
}

/** One piece of work; answers what is to be put into the queue. */
export function pursue(search: Search, tour: PartialTour, { threshold }: Tsp): PartialTour[] {
  if (citiesLeft(tour) > threshold) return search.extend(tour)
  search.solve(tour)
  return []
}

/** There may be several shortest tours, and which one is found depends on who was faster, but their length does not. */
export function resultOf(best: Int32Array, distances: Int32Array): { length: number } {
  const [length] = best as unknown as [number]
  const tour = best.subarray(1)
  if (isPermutation(tour) && tourLength(distances, tour) === length) return { length }
  throw new Error(`this is no tour of length ${length}: ${tour.join(' ')}`)
}
