/**
 * Jacobi's method with shared memory: the grid is shared, the scratch array is each process's own. All meet when the means
 * are there, because a neighbour still reads the old values, and again when they have been copied back.
 */
import * as tm from 'treadmarks'
import { digest } from '../lib/digest.js'
import { chosen, tell, timed } from '../lib/together.js'
import { average, copyBack, jacobi, rowsOf, start } from './jacobi.js'

const choice = chosen(jacobi, 'shared')
const { rows, cols, iterations } = choice.problem
const grid = tm.alloc(Float32Array, rows * cols, { name: 'grid' })
const [from, to] = rowsOf(choice.problem, tm.procId, tm.nprocs)
const scratch = new Float32Array((to - from) * cols)
start(grid, choice.problem, tm.procId === 0 ? 0 : from, tm.procId === tm.nprocs - 1 ? rows : to)
tm.barrier()

const seconds = timed(() => {
  for (let i = 0; i < iterations; i++) {
    average(grid, scratch, cols, from, to)
    tm.barrier(1)
    copyBack(grid, scratch, cols, from, to)
    tm.barrier(2)
  }
})
if (tm.procId === 0) tell(jacobi, 'shared', choice, seconds, { digest: digest(grid) })
