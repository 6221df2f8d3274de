/** The travelling salesman as one program. */
import { Search } from '../../examples/lib/tour.js'
import { chosen, tell, timed } from '../lib/alone.js'
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

const choice = chosen(tsp)
const { problem } = choice
const distances = distancesOf(problem)
const best = new Int32Array(bestWords(problem))
const queue = queueIn(new Int32Array(queueWords(problem)), problem)
start(best, distances, problem)
queue.clear()

const seconds = timed(() => {
  const search = new Search(distances, problem.cities, {
    found: (tour, length) => improve(best, tour, length),
    refresh: () => best[0] as number,
  })
  put(queue, [search.root()])
  for (;;) {
    const tour = takePromising(queue, search.shortest)
    if (tour === undefined) break
    put(queue, pursue(search, tour, problem))
  }
})
tell(tsp, choice, seconds, resultOf(best, distances))
