/**
 * Gaussian elimination with shared memory: in each step all read the pivot row, take it from their own rows, and meet,
 * because the next pivot row must be ready. Each looks for the pivot itself: that is less than to hear of it.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { eliminate, gauss, nextRow, Pivot, resultOf, start } from './gauss.js'

const choice = chosen(gauss, 'shared')
const { size } = choice.problem
const matrix = tm.alloc(Float64Array, size * size, { name: 'matrix' })
const pivot = new Pivot(size)
start(matrix, choice.problem, tm.procId, tm.nprocs)
tm.barrier()

const seconds = timed(() => {
  for (let step = 0; step < size; step++) {
    pivot.choose(matrix, step)
    eliminate(matrix, size, step, pivot, nextRow(step + 1, tm.procId, tm.nprocs), size, tm.nprocs)
    tm.barrier()
  }
})
if (tm.procId === 0) tell(gauss, 'shared', choice, seconds, resultOf(matrix, choice.problem, pivot))
