/**
 * The shortest round trip through all cities of a TSPLIB file, by branch and bound, proven. Two things are
 * shared, each under a lock of its own: a priority queue of partial tours, from which any process takes the most
 * promising one, and the shortest tour so far, which lets everybody drop what cannot become shorter.
 *
 *   npx treadmarks run -n 4 examples/tsp.ts --check 6859 examples/tsplib/ulysses16.tsp
 */
import * as tm from 'treadmarks'
import { parseArgs, processes, readArguments, UsageError, wholeNumber } from './lib/arguments.js'
import { PriorityQueue } from './lib/priority-queue.js'
import {
  citiesLeft,
  goodTour,
  isPermutation,
  type PartialTour,
  partialTourLength,
  Search,
  tourLength,
} from './lib/tour.js'
import { type Problem, readTsplib, TsplibError } from './lib/tsplib.js'

const usage = 'usage: tsp.ts [--threshold CITIES] [--queue 4096] [--check OPTIMUM] [--quiet] FILE.tsp'

const options = readArguments(usage, () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threshold: { type: 'string' },
      queue: { type: 'string', default: '4096' },
      check: { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError('one TSPLIB file, please')
  return {
    file,
    threshold: values.threshold === undefined ? undefined : wholeNumber('threshold', values.threshold, 1),
    capacity: wholeNumber('queue', values.queue, 1),
    check: values.check === undefined ? undefined : wholeNumber('check', values.check, 0),
    quiet: values.quiet,
  }
})

// Process 0 alone reads the file. A mistake in it is handed round like the contents, so that all end together.
const { problem, mistake } = tm.distribute(tm.procId === 0 ? read(options.file) : nothing())
if (problem === null) {
  if (tm.procId === 0) console.error(mistake)
  tm.exit(1)
}
const { name, cities, distances } = problem
// Partial tours go through the queue until so few cities are left; then a process finishes them alone. As it is,
// that makes some 150 pieces of work of a few milliseconds each: enough to share, too few to queue for.
const threshold = options.threshold ?? cities - 3

function read(file: string): { problem: Problem | null; mistake: string } {
  try {
    return { problem: readTsplib(file), mistake: '' }
  } catch (error) {
    if (error instanceof TsplibError) return { problem: null, mistake: error.message }
    throw error
  }
}
function nothing(): { problem: Problem | null; mistake: string } {
  return { problem: null, mistake: '' }
}

// Shared memory. Under the queue's lock: how many processes are busy, and the queue.
const QUEUE_LOCK = 1
const recordLength = partialTourLength(cities)
const queueMemory = tm.alloc(Int32Array, 1 + PriorityQueue.words(options.capacity, recordLength), { name: 'queue' })
const busyCount = queueMemory.subarray(0, 1)
const queue = new PriorityQueue(queueMemory.subarray(1), options.capacity, recordLength)
// Under the other lock: length of the shortest tour, and its cities.
const BEST_LOCK = 2
const best = tm.alloc(Int32Array, 1 + cities, { name: 'best' })
const bestTour = best.subarray(1)

if (tm.procId === 0) {
  bestTour.set(goodTour(distances, cities))
  best[0] = tourLength(distances, bestTour)
  queue.clear()
}
tm.barrier()

// The search compares with the shortest length at every node, and would ask for the lock a million times a second.
// So each process keeps a copy of its own, and looks at the shared one under the lock with every piece of work and
// every few milliseconds. An old copy is harmless: it can only be too long, and then less is pruned. (Reading
// best[0] without the lock would not be: there is no promise that a racy read gets all four bytes of one write.)
const search = new Search(distances, cities, {
  refresh: () => tm.withLock(BEST_LOCK, () => best[0] as number),
  found: (tour, length) =>
    tm.withLock(BEST_LOCK, () => {
      if (length < (best[0] as number)) {
        best[0] = length
        bestTour.set(tour)
      }
      return best[0] as number
    }),
})
if (tm.procId === 0) queue.push(search.root())
tm.barrier()

const began = performance.now()
work()
tm.barrier()
const seconds = (performance.now() - began) / 1000

/** Takes partial tours from the queue until there will never be any more. */
function work(): void {
  let busy = false
  let pause = 1
  let extended: PartialTour[] = []
  for (;;) {
    // One visit to the queue does it all: put in what became of the last partial tour, take the next.
    const { tour, finished } = tm.withLock(QUEUE_LOCK, () => {
      while (extended.length > 0 && queue.push(extended.at(-1) as PartialTour)) extended.pop()
      if (extended.length > 0) return { finished: false }
      if (busy) busyCount[0] = (busyCount[0] as number) - 1
      const tour = queue.pop()
      busy = tour !== undefined
      if (busy) busyCount[0] = (busyCount[0] as number) + 1
      // Only a busy process can fill the queue again. Both are read under the lock, so this is final.
      return { tour, finished: !busy && busyCount[0] === 0 }
    })
    if (finished) return

    if (extended.length > 0) {
      // The queue is full: this process does the rest itself, and stays busy for it.
      for (const surplus of extended) search.solve(surplus)
      extended = []
    } else if (tour !== undefined) {
      pause = 1
      search.refresh()
      if (citiesLeft(tour) <= threshold) search.solve(tour)
      else extended = search.extend(tour)
    } else {
      // Nothing to do until a busy process brings something. Ask again later rather than at once: there may be
      // more processes than cores, and each question moves the lock away from those that have work.
      sleep(pause)
      pause = Math.min(2 * pause, 8)
    }
  }
}

/** Blocks for some milliseconds, on a word that nobody else knows and nobody will ever notify. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

const nodes = tm.alloc(Float64Array, tm.nprocs, { name: 'nodes' })
nodes[tm.procId] = search.nodes
tm.barrier()

if (tm.procId === 0) {
  const length = best[0] as number
  const total = nodes.reduce((a, b) => a + b)
  console.log(
    `tsp ${name}: shortest tour ${length}, proven; ${cities} cities, ${processes}, ` +
      `${total} nodes, time ${seconds.toFixed(3)} s`,
  )
  if (!options.quiet) console.log(`tour: ${Array.from(oneWay(bestTour), (city) => city + 1).join(' ')}`)

  if (!isPermutation(bestTour) || tourLength(distances, bestTour) !== length) {
    console.error(`WRONG: this is no tour of length ${length}: ${bestTour.join(' ')}`)
    tm.exit(1)
  }
  if (options.check === length) console.log(`check: ${length} is the expected optimum`)
  else if (options.check !== undefined) {
    console.error(`check: WRONG: expected ${options.check}, found ${length}`)
    tm.exit(1)
  }
}

/** From city 0, and of the two directions the one whose second city has the lower number. */
function oneWay(tour: Int32Array): Int32Array {
  const start = tour.indexOf(0)
  const turned = Int32Array.of(...tour.subarray(start), ...tour.subarray(0, start))
  if ((turned[1] as number) > (turned[turned.length - 1] as number)) turned.subarray(1).reverse()
  return turned
}
