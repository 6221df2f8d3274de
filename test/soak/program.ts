/**
 * Over-relaxation and the travelling salesman in a loop, on memory that is allocated once, each lap checked against a
 * sequential computation. After every lap each process looks at itself: descriptors, threads, resident memory, and
 * what the protocol keeps. Process p prints its looks as lines of JSON, for test/soak/main.ts.
 *
 *   npx treadmarks run -n 2 test/soak/program.ts SECONDS
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import * as tm from 'treadmarks'
import { PriorityQueue } from '../../examples/lib/priority-queue.js'
import { BLACK, blockOf, initialise, type Plate, RED, relax } from '../../examples/lib/sor.js'
import {
  citiesLeft,
  goodTour,
  type PartialTour,
  partialTourLength,
  Search,
  tourLength,
} from '../../examples/lib/tour.js'

const seconds = Number(process.argv[2])
const plate: Plate = { rows: 258, cols: 512 }
const ITERATIONS = 10
const cells = plate.rows * (plate.cols / 2)
const CITIES = 11
const distances = randomDistances()
const QUEUE_LOCK = 1
const BEST_LOCK = 2
const CAPACITY = 512

const red = tm.alloc(Float32Array, cells, { name: 'red' })
const black = tm.alloc(Float32Array, cells, { name: 'black' })
const recordLength = partialTourLength(CITIES)
const queueMemory = tm.alloc(Int32Array, 1 + PriorityQueue.words(CAPACITY, recordLength), { name: 'queue' })
const queue = new PriorityQueue(queueMemory.subarray(1), CAPACITY, recordLength)
const best = tm.alloc(Int32Array, 1, { name: 'best' })
const more = tm.alloc(Int32Array, 1, { name: 'more' })
const [from, to] = blockOf(plate.rows, tm.procId, tm.nprocs)

const expectedPlate = sequentialPlate()
const expectedLength = sequentialLength()
const end = performance.now() + seconds * 1000
for (let lap = 1; goOn(); lap++) {
  overRelaxation()
  travellingSalesman()
  look(lap)
}

/** Process 0 decides for all. */
function goOn(): boolean {
  if (tm.procId === 0) more[0] = performance.now() < end ? 1 : 0
  tm.barrier()
  const on = more[0] === 1
  tm.barrier()
  return on
}

function overRelaxation(): void {
  red.fill(0, (from * plate.cols) / 2, (to * plate.cols) / 2)
  black.fill(0, (from * plate.cols) / 2, (to * plate.cols) / 2)
  initialise(red, black, plate, from, to, 'nonzero')
  tm.barrier()
  for (let i = 0; i < ITERATIONS; i++) {
    relax(red, black, RED, plate, from, to)
    tm.barrier()
    relax(black, red, BLACK, plate, from, to)
    tm.barrier()
  }
  for (let cell = (from * plate.cols) / 2; cell < (to * plate.cols) / 2; cell++) {
    if (red[cell] !== expectedPlate.red[cell]) assert.fail(`red cell ${cell} is ${red[cell]}`)
    if (black[cell] !== expectedPlate.black[cell]) assert.fail(`black cell ${cell} is ${black[cell]}`)
  }
}

function sequentialPlate(): { red: Float32Array; black: Float32Array } {
  const all = { red: new Float32Array(cells), black: new Float32Array(cells) }
  initialise(all.red, all.black, plate, 0, plate.rows, 'nonzero')
  for (let i = 0; i < ITERATIONS; i++) {
    relax(all.red, all.black, RED, plate, 0, plate.rows)
    relax(all.black, all.red, BLACK, plate, 0, plate.rows)
  }
  return all
}

/** As examples/tsp.ts does it, without its pauses. */
function travellingSalesman(): void {
  if (tm.procId === 0) {
    best[0] = tourLength(distances, goodTour(distances, CITIES))
    queue.clear()
    queueMemory[0] = 0
  }
  tm.barrier()
  const search = new Search(distances, CITIES, {
    refresh: () => tm.withLock(BEST_LOCK, () => best[0] as number),
    found: (_tour, length) =>
      tm.withLock(BEST_LOCK, () => {
        best[0] = Math.min(length, best[0] as number)
        return best[0]
      }),
  })
  if (tm.procId === 0) queue.push(search.root())
  tm.barrier()
  let busy = 0
  let extended: PartialTour[] = []
  for (;;) {
    const { tour, finished } = tm.withLock(QUEUE_LOCK, () => {
      for (const one of extended) assert.ok(queue.push(one), 'the queue is large enough')
      queueMemory[0] = (queueMemory[0] as number) - busy
      const tour = queue.pop()
      busy = tour === undefined ? 0 : 1
      queueMemory[0] += busy
      return { tour, finished: busy === 0 && queueMemory[0] === 0 }
    })
    extended = []
    if (finished) break
    if (tour === undefined) continue
    search.refresh()
    if (citiesLeft(tour) <= CITIES - 3) search.solve(tour)
    else extended = search.extend(tour)
  }
  tm.barrier()
  assert.equal(best[0], expectedLength)
  tm.barrier()
}

function sequentialLength(): number {
  let shortest = tourLength(distances, goodTour(distances, CITIES))
  const search = new Search(distances, CITIES, {
    refresh: () => shortest,
    found: (_tour, length) => {
      shortest = Math.min(shortest, length)
      return shortest
    },
  })
  search.solve(search.root())
  return shortest
}

/** Cities at places that are always the same. */
function randomDistances(): Int32Array {
  let state = 12345
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % 1000
  }
  const places = Array.from({ length: CITIES }, () => [next(), next()] as const)
  return Int32Array.from({ length: CITIES * CITIES }, (_, i) => {
    const [a, b] = [
      places[Math.floor(i / CITIES)] as readonly [number, number],
      places[i % CITIES] as readonly [number, number],
    ]
    return Math.round(Math.hypot(a[0] - b[0], a[1] - b[1]))
  })
}

function look(lap: number): void {
  const { keptIntervals, keptNotices, keptDiffs, keptDiffBytes } = tm.stats()
  const seen = {
    process: tm.procId,
    lap,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    memory: process.memoryUsage.rss(),
    keptIntervals,
    keptNotices,
    keptDiffs,
    keptDiffBytes,
  }
  console.log(JSON.stringify(seen))
}
