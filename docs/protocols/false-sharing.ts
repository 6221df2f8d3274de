/** Each process counts in words of its own, all on one page; all look at all of them after each round. */
import * as tm from 'treadmarks'

const { procId, nprocs } = tm
const ROUNDS = 10
const words = tm.alloc(Int32Array, 16 * nprocs)

for (let round = 1; round <= ROUNDS; round++) {
  for (let i = 0; i < 16; i++) words[procId * 16 + i]++
  tm.barrier()
  const wrong = words.findIndex((word) => word !== round)
  if (wrong >= 0) throw new Error(`word ${wrong} is ${words[wrong]} in round ${round}`)
  tm.barrier()
}
if (procId === 0) console.log('all words right')
