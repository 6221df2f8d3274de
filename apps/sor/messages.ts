/**
 * Over-relaxation with messages: after each colour a process sends its first and last row of it to its neighbours, and
 * receives theirs. No barrier: who has the rows goes on.
 */
import * as tm from 'treadmarks'
import { gatherTo0, receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { cellsOf, relaxBlack, relaxRed, resultOf, rowsOf, sor, start } from './sor.js'

const choice = chosen(sor, 'messages')
const { problem } = choice
const half = problem.cols / 2
// In full length, so that rows have the same numbers everywhere; memory that nobody touches is not there.
const plate = { red: new Float32Array(cellsOf(problem)), black: new Float32Array(cellsOf(problem)) }
const [from, to] = rowsOf(problem, tm.procId, tm.nprocs)
start(plate, problem, Math.max(0, from - 1), Math.min(problem.rows, to + 1))

function exchange(cells: Float32Array): void {
  const row = (number: number): Float32Array => cells.subarray(number * half, (number + 1) * half)
  const [above, below] = [tm.procId - 1, tm.procId + 1]
  if (above >= 0) sendNumbers(above, row(from))
  if (below < tm.nprocs) sendNumbers(below, row(to - 1))
  if (above >= 0) receiveNumbers(above, row(from - 1))
  if (below < tm.nprocs) receiveNumbers(below, row(to))
}

function iterate(): void {
  relaxRed(plate, problem, from, to)
  exchange(plate.red)
  relaxBlack(plate, problem, from, to)
  exchange(plate.black)
}

iterate()
const seconds = timed(() => {
  for (let i = 1; i < problem.iterations; i++) iterate()
})

const cellsOfRows = (proc: number): readonly [number, number] => {
  const [first, end] = rowsOf(problem, proc, tm.nprocs)
  return [first * half, end * half]
}
gatherTo0(plate.red, cellsOfRows)
gatherTo0(plate.black, cellsOfRows)
if (tm.procId === 0) tell(sor, 'messages', choice, seconds, resultOf(plate))
