/**
 * The travelling salesman with shared memory: the queue of partial tours and the shortest tour, each under a lock. Who
 * finds the queue empty sleeps until somebody fills it; it is over when all have come to that.
 */
import * as tm from 'treadmarks'
import { type PartialTour, Search } from '../../examples/lib/tour.js'
import { chosen, tell, timed } from '../lib/together.js'
import {
  bestWords,
  distancesOf,
  improve,
  pursue,
  put,
  queueIn,
  queueWords,
  resultOf,
  start,
  takePromising,
  tsp,
} from './tsp.js'

const choice = chosen(tsp, 'shared')
const { problem } = choice
const distances = distancesOf(problem)

// Under the lock of the queue: how many processes are at work, and the queue.
const QUEUE = 1
const CHANGED = 1
const memory = tm.alloc(Int32Array, 1 + queueWords(problem), { name: 'queue' })
const busy = memory.subarray(0, 1)
const queue = queueIn(memory.subarray(1), problem)
const BEST = 2
const best = tm.alloc(Int32Array, bestWords(problem), { name: 'best' })

if (tm.procId === 0) {
  start(best, distances, problem)
  queue.clear()
  // All begin with the look for work that follows work.
  busy[0] = tm.nprocs
}
tm.barrier()

// Each process compares with a copy of the shortest length, which is renewed with each piece of work and in the middle
// of long ones. An old copy is harmless: it is only too long, and then less is dropped.
const search = new Search(distances, problem.cities, {
  found: (tour, length) => tm.withLock(BEST, () => improve(best, tour, length)),
  refresh: () => tm.withLock(BEST, () => best[0] as number),
})
if (tm.procId === 0) put(queue, [search.root()])

/** Puts in what has come of the last piece of work, and takes the next; undefined when there will never be another. */
function next(extended: readonly PartialTour[]): PartialTour | undefined {
  return tm.withLock(QUEUE, () => {
    busy[0] = (busy[0] as number) - 1
    put(queue, extended)
    if (extended.length > 1) tm.condBroadcast(QUEUE, CHANGED)
    for (;;) {
      const tour = takePromising(queue, search.shortest)
      if (tour !== undefined) {
        busy[0] = (busy[0] as number) + 1
        return tour
      }
      if (busy[0] === 0) {
        // Nobody is left who could fill the queue: those who sleep are to see it too.
        tm.condBroadcast(QUEUE, CHANGED)
        return undefined
      }
      tm.condWait(QUEUE, CHANGED)
    }
  })
}

const seconds = timed(() => {
  for (let tour = next([]); tour !== undefined; ) {
    search.refresh()
    tour = next(pursue(search, tour, problem))
  }
})
if (tm.procId === 0) tell(tsp, 'shared', choice, seconds, resultOf(best, distances))
