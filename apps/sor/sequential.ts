/** Over-relaxation as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { cellsOf, relaxBlack, relaxRed, resultOf, sor, start } from './sor.js'

const choice = chosen(sor)
const { problem } = choice
const plate = { red: new Float32Array(cellsOf(problem)), black: new Float32Array(cellsOf(problem)) }
start(plate, problem, 0, problem.rows)

function iterate(): void {
  relaxRed(plate, problem, 0, problem.rows)
  relaxBlack(plate, problem, 0, problem.rows)
}

iterate()
const seconds = timed(() => {
  for (let i = 1; i < problem.iterations; i++) iterate()
})
tell(sor, choice, seconds, resultOf(plate))
