/** Branch and bound on one process: proven optima, against brute force, and by pieces like the shared program. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import {
  boundOf,
  citiesLeft,
  goodTour,
  isPermutation,
  type PartialTour,
  Search,
  tourLength,
} from '../../examples/lib/tour.js'
import { type Problem, readTsplib } from '../../examples/lib/tsplib.js'

const instance = (name: string): Problem =>
  readTsplib(fileURLToPath(new URL(`../../examples/tsplib/${name}.tsp`, import.meta.url)))

/** The whole search, with `levels` cities added to partial tours by `extend` before `solve` takes over. */
function shortest(distances: Int32Array, cities: number, levels: number): { length: number; tour: Int32Array } {
  const first = goodTour(distances, cities)
  assert.ok(isPermutation(first))
  const result = { length: tourLength(distances, first), tour: first }
  const search = new Search(distances, cities, {
    refresh: () => result.length,
    found: (tour, length) => {
      assert.ok(length < result.length)
      result.length = length
      result.tour = Int32Array.from(tour)
      return length
    },
  })
  const waiting: PartialTour[] = [search.root()]
  for (let tour = waiting.pop(); tour !== undefined; tour = waiting.pop()) {
    if (citiesLeft(tour) <= cities - 1 - levels) search.solve(tour)
    else {
      for (const extended of search.extend(tour)) {
        assert.ok(boundOf(extended) >= boundOf(tour), 'bounds never fall')
        waiting.push(extended)
      }
    }
  }
  return result
}

/** All tours, without any pruning. */
function bruteForce(distances: Int32Array, cities: number): number {
  let best = Infinity
  const go = (tour: number[], left: number[]): void => {
    if (left.length === 0) best = Math.min(best, tourLength(distances, Int32Array.from(tour)))
    for (const city of left) {
      const others = left.filter((other) => other !== city)
      go([...tour, city], others)
    }
  }
  const others = Array.from({ length: cities - 1 }, (_, i) => i + 1)
  go([0], others)
  return best
}

for (const [name, optimum] of [
  ['gr17', 2085],
  ['gr21', 2707],
  ['ulysses16', 6859],
] as const) {
  test(`${name}: the shortest tour is ${optimum}`, () => {
    const { distances, cities } = instance(name)
    for (const levels of [0, 2]) {
      const { length, tour } = shortest(distances, cities, levels)
      assert.equal(length, optimum)
      assert.ok(isPermutation(tour))
      assert.equal(tourLength(distances, tour), optimum)
    }
  })
}

test('small problems of any kind: as short as brute force, however much of it goes through the queue', () => {
  const cases = fc.integer({ min: 3, max: 7 }).chain((cities) =>
    fc.record({
      cities: fc.constant(cities),
      numbers: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: cities * cities, maxLength: cities * cities }),
      levels: fc.integer({ min: 0, max: cities - 1 }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ cities, numbers, levels }) => {
      const distances = Int32Array.from(numbers, (_, i) => {
        const [row, col] = [Math.floor(i / cities), i % cities]
        return row === col ? 0 : (numbers[Math.min(row, col) * cities + Math.max(row, col)] as number)
      })
      const { length, tour } = shortest(distances, cities, levels)
      assert.equal(length, bruteForce(distances, cities))
      assert.equal(tourLength(distances, tour), length)
    }),
    { numRuns: 200 },
  )
})

test('the length of a tour includes the way back, and a tour with a city twice is none', () => {
  const distances = Int32Array.of(0, 1, 2, 1, 0, 4, 2, 4, 0)
  assert.equal(tourLength(distances, Int32Array.of(0, 1, 2)), 7)
  assert.equal(isPermutation(Int32Array.of(2, 0, 1)), true)
  assert.equal(isPermutation(Int32Array.of(2, 0, 2)), false)
})
