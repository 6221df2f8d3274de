/**
 * Gaussian elimination with messages: who has the next pivot row brings it up to date first, sends it to all, and goes
 * on with its other rows then. So the row is there, as a rule, when the others come to it.
 */
import * as tm from 'treadmarks'
import { broadcast, receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { eliminate, gauss, nextRow, ownerOf, Pivot, resultOf, start } from './gauss.js'

const choice = chosen(gauss, 'messages')
const { size } = choice.problem
// In full length, so that rows have the same numbers everywhere; memory that nobody touches is not there.
const matrix = new Float64Array(size * size)
const pivot = new Pivot(size)
start(matrix, choice.problem, tm.procId, tm.nprocs)
const mine = (row: number): boolean => ownerOf(row, tm.nprocs) === tm.procId

/** What of a row its own step needs, from the diagonal on: to all, or from its owner. */
const pass = (row: number): void =>
  broadcast(ownerOf(row, tm.nprocs), matrix.subarray(row * size + row, (row + 1) * size))

const seconds = timed(() => {
  if (mine(0)) pass(0)
  for (let step = 0; step < size; step++) {
    if (!mine(step)) pass(step)
    pivot.choose(matrix, step)
    let first = nextRow(step + 1, tm.procId, tm.nprocs)
    if (first === step + 1 && first < size) {
      eliminate(matrix, size, step, pivot, first, first + 1, 1)
      pass(first)
      first += tm.nprocs
    }
    eliminate(matrix, size, step, pivot, first, size, tm.nprocs)
  }
})

for (let row = 0; row < size; row++) {
  const numbers = matrix.subarray(row * size, (row + 1) * size)
  if (tm.procId === 0 && !mine(row)) receiveNumbers(ownerOf(row, tm.nprocs), numbers)
  else if (tm.procId !== 0 && mine(row)) sendNumbers(0, numbers)
}
if (tm.procId === 0) tell(gauss, 'messages', choice, seconds, resultOf(matrix, choice.problem, pivot))
