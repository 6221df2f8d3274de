/**
 * Integer sort with threads of one process, the peer of apps/is/shared.ts: the same kernel, two sets of buckets in
 * turn, and a lock under which each thread adds its counts. `node --import tsx bench/peers/is-threads.ts THREADS
 * [--preset NAME] …`
 */
import { add, changeTwo, count, is, keysOf, makeKeys, rank, resultOf } from '../../apps/is/is.js'
import { inThreads } from './threads.js'

inThreads(import.meta.url, is, (team, problem, memory) => {
  let taken = 0
  const take = (length: number): Int32Array => {
    taken += length
    return new Int32Array(memory, (taken - length) * Int32Array.BYTES_PER_ELEMENT, length)
  }
  const even = take(problem.buckets)
  const odd = take(problem.buckets)
  // The last round in which somebody has added; the rounds begin with 1.
  const begun = take(1)
  const all = take(problem.keys)
  const [from, to] = keysOf(problem, team.id, team.count)
  const keys = makeKeys(problem, from, to)
  const ranks = new Int32Array(keys.length)
  const counts = new Int32Array(problem.buckets)
  const smaller = new Int32Array(problem.buckets)
  let round = 0

  function iterate(iteration: number): void {
    changeTwo(keys, from, iteration, problem)
    count(keys, counts)
    round++
    const totals = round % 2 === 0 ? even : odd
    team.withLock(() => {
      if (begun[0] === round) return add(totals, counts)
      // The first of a round writes over what is left from the round before the last.
      totals.set(counts)
      begun[0] = round
    })
    team.barrier()
    rank(keys, totals, smaller, ranks)
  }

  iterate(1)
  const seconds = team.timed(() => {
    for (let i = 1; i <= problem.iterations; i++) iterate(i)
  })
  all.set(ranks, from)
  team.barrier()
  return team.id === 0 ? { seconds, result: resultOf(problem, all) } : undefined
})
