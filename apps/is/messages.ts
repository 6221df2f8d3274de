/**
 * Integer sort with messages: each process adds its counts to those that it gets from the one before, and sends them
 * on. The last has the sums, and sends them to all.
 */
import * as tm from 'treadmarks'
import { broadcast, gatherTo0, receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { add, changeTwo, count, is, keysOf, makeKeys, rank, resultOf } from './is.js'

const choice = chosen(is, 'messages')
const { problem } = choice
const [from, to] = keysOf(problem, tm.procId, tm.nprocs)
const keys = makeKeys(problem, from, to)
// In full length, so that all fit into process 0; memory that nobody touches is not there.
const all = new Int32Array(problem.keys)
const ranks = all.subarray(from, to)
const counts = new Int32Array(problem.buckets)
const received = new Int32Array(problem.buckets)
const smaller = new Int32Array(problem.buckets)
const last = tm.nprocs - 1

function iterate(iteration: number): void {
  changeTwo(keys, from, iteration, problem)
  count(keys, counts)
  if (tm.procId > 0) {
    receiveNumbers(tm.procId - 1, received)
    add(counts, received)
  }
  if (tm.procId < last) sendNumbers(tm.procId + 1, counts)
  broadcast(last, counts)
  rank(keys, counts, smaller, ranks)
}

iterate(1)
const seconds = timed(() => {
  for (let i = 1; i <= problem.iterations; i++) iterate(i)
})

gatherTo0(all, (proc) => keysOf(problem, proc, tm.nprocs))
if (tm.procId === 0) tell(is, 'messages', choice, seconds, resultOf(problem, all))
