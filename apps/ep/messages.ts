/** EP with messages: each process counts for itself, and at the end process 0 adds up what all have. */
import * as tm from 'treadmarks'
import { sumTo0 } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { batchesOf, ep, resultOf, TALLIES, tally } from './ep.js'

const choice = chosen(ep, 'messages')
const tallies = new Float64Array(TALLIES)

const seconds = timed(() => {
  tally(tallies, ...batchesOf(choice.problem, tm.procId, tm.nprocs))
  sumTo0(tallies)
})
if (tm.procId === 0) tell(ep, 'messages', choice, seconds, resultOf(choice.problem, tallies))
