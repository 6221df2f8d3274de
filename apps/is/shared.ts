/**
 * Integer sort with shared memory: each process counts its own keys, and adds the counts to shared buckets under a
 * lock. When all have done so, each reads the buckets. There are two sets of them in turn, so one barrier an iteration
 * is enough: nobody writes to a set again before all have been at the next barrier, and so have read it.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { add, changeTwo, count, is, keysOf, makeKeys, rank, resultOf } from './is.js'

const choice = chosen(is, 'shared')
const { problem } = choice
const [from, to] = keysOf(problem, tm.procId, tm.nprocs)
const keys = makeKeys(problem, from, to)
const ranks = new Int32Array(keys.length)
const counts = new Int32Array(problem.buckets)
const smaller = new Int32Array(problem.buckets)
const even = tm.alloc(Int32Array, problem.buckets, { name: 'buckets' })
const odd = tm.alloc(Int32Array, problem.buckets, { name: 'buckets' })
// The last round in which somebody has added; the rounds begin with 1.
const begun = tm.alloc(Int32Array, 1, { name: 'round' })
let round = 0

function iterate(iteration: number): void {
  changeTwo(keys, from, iteration, problem)
  count(keys, counts)
  round++
  const totals = round % 2 === 0 ? even : odd
  tm.withLock(0, () => {
    if (begun[0] === round) return add(totals, counts)
    // The first of a round writes over what is left from the round before the last.
    totals.set(counts)
    begun[0] = round
  })
  tm.barrier()
  rank(keys, totals, smaller, ranks)
}

iterate(1)
const seconds = timed(() => {
  for (let i = 1; i <= problem.iterations; i++) iterate(i)
})

const all = tm.alloc(Int32Array, problem.keys, { name: 'ranks' })
all.set(ranks, from)
tm.barrier()
if (tm.procId === 0) tell(is, 'shared', choice, seconds, resultOf(problem, all))
