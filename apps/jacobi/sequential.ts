/** Jacobi's method as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { digest } from '../lib/digest.js'
import { average, copyBack, jacobi, rowsOf, start } from './jacobi.js'

const choice = chosen(jacobi)
const { rows, cols, iterations } = choice.problem
const grid = new Float32Array(rows * cols)
const [from, to] = rowsOf(choice.problem, 0, 1)
const scratch = new Float32Array((to - from) * cols)
start(grid, choice.problem, 0, rows)

const seconds = timed(() => {
  for (let i = 0; i < iterations; i++) {
    average(grid, scratch, cols, from, to)
    copyBack(grid, scratch, cols, from, to)
  }
})
tell(jacobi, choice, seconds, { digest: digest(grid) })
