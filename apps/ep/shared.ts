/** EP with shared memory: each process counts for itself, and then adds what it has to shared tallies, under a lock. */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { add, batchesOf, ep, resultOf, TALLIES, tally } from './ep.js'

const choice = chosen(ep, 'shared')
const all = tm.alloc(Float64Array, TALLIES, { name: 'tallies' })

const seconds = timed(() => {
  const mine = new Float64Array(TALLIES)
  tally(mine, ...batchesOf(choice.problem, tm.procId, tm.nprocs))
  tm.withLock(0, () => add(all, mine))
  tm.barrier()
})
if (tm.procId === 0) tell(ep, 'shared', choice, seconds, resultOf(choice.problem, all))
