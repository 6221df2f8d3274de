/** Jacobi's method with messages: each iteration ends with the first and the last row sent to the neighbours. */
import * as tm from 'treadmarks'
import { digest } from '../lib/digest.js'
import { gatherTo0, receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { average, copyBack, jacobi, rowsOf, start } from './jacobi.js'

const choice = chosen(jacobi, 'messages')
const { rows, cols, iterations } = choice.problem
// In full length, so that rows have the same numbers everywhere; memory that nobody touches is not there.
const grid = new Float32Array(rows * cols)
const [from, to] = rowsOf(choice.problem, tm.procId, tm.nprocs)
const scratch = new Float32Array((to - from) * cols)
start(grid, choice.problem, from - 1, to + 1)
const row = (number: number): Float32Array => grid.subarray(number * cols, (number + 1) * cols)
const [above, below] = [tm.procId - 1, tm.procId + 1]

const seconds = timed(() => {
  for (let i = 0; i < iterations; i++) {
    average(grid, scratch, cols, from, to)
    copyBack(grid, scratch, cols, from, to)
    if (above >= 0) sendNumbers(above, row(from))
    if (below < tm.nprocs) sendNumbers(below, row(to - 1))
    if (above >= 0) receiveNumbers(above, row(from - 1))
    if (below < tm.nprocs) receiveNumbers(below, row(to))
  }
})

gatherTo0(grid, (proc) => {
  const [first, end] = rowsOf(choice.problem, proc, tm.nprocs)
  // The edge is with its neighbours.
  return [(proc === 0 ? 0 : first) * cols, (proc === tm.nprocs - 1 ? rows : end) * cols]
})
if (tm.procId === 0) tell(jacobi, 'messages', choice, seconds, { digest: digest(grid) })
