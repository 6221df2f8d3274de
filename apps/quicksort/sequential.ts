/** Quicksort as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { type Part, quicksort, resultOf, sortSome, start } from './quicksort.js'

const choice = chosen(quicksort)
const numbers = new Int32Array(choice.problem.numbers)
start(numbers)

const seconds = timed(() => {
  const parts: Part[] = [[0, numbers.length]]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    sortSome(numbers, part, choice.problem.threshold, (rest) => parts.push(rest))
  }
})
tell(quicksort, choice, seconds, resultOf(numbers))
