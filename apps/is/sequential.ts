/** Integer sort as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { changeTwo, count, is, makeKeys, rank, resultOf } from './is.js'

const choice = chosen(is)
const { problem } = choice
const keys = makeKeys(problem, 0, problem.keys)
const ranks = new Int32Array(problem.keys)
const counts = new Int32Array(problem.buckets)
const smaller = new Int32Array(problem.buckets)

function iterate(iteration: number): void {
  changeTwo(keys, 0, iteration, problem)
  count(keys, counts)
  rank(keys, counts, smaller, ranks)
}

iterate(1)
const seconds = timed(() => {
  for (let i = 1; i <= problem.iterations; i++) iterate(i)
})
tell(is, choice, seconds, resultOf(problem, ranks))
