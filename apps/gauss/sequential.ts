/** Gaussian elimination as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { eliminate, gauss, Pivot, resultOf, start } from './gauss.js'

const choice = chosen(gauss)
const { size } = choice.problem
const matrix = new Float64Array(size * size)
const pivot = new Pivot(size)
start(matrix, choice.problem, 0, 1)

const seconds = timed(() => {
  for (let step = 0; step < size; step++) {
    pivot.choose(matrix, step)
    eliminate(matrix, size, step, pivot, step + 1, size, 1)
  }
})
tell(gauss, choice, seconds, resultOf(matrix, choice.problem, pivot))
