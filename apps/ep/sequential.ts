/** EP as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { batchesOf, ep, resultOf, TALLIES, tally } from './ep.js'

const choice = chosen(ep)
const tallies = new Float64Array(TALLIES)

const seconds = timed(() => tally(tallies, ...batchesOf(choice.problem, 0, 1)))
tell(ep, choice, seconds, resultOf(choice.problem, tallies))
