/**
 * Over-relaxation with shared memory: the plate is shared, each process has a block of rows, and after each colour all meet.
 * Nobody says which rows a neighbour needs: they come when it reads them.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { cellsOf, relaxBlack, relaxRed, resultOf, rowsOf, sor, start } from './sor.js'

const choice = chosen(sor, 'shared')
const { problem } = choice
const plate = {
  red: tm.alloc(Float32Array, cellsOf(problem), { name: 'red' }),
  black: tm.alloc(Float32Array, cellsOf(problem), { name: 'black' }),
}
const [from, to] = rowsOf(problem, tm.procId, tm.nprocs)
start(plate, problem, from, to)
tm.barrier()

function iterate(): void {
  relaxRed(plate, problem, from, to)
  tm.barrier()
  relaxBlack(plate, problem, from, to)
  tm.barrier()
}

iterate()
const seconds = timed(() => {
  for (let i = 1; i < problem.iterations; i++) iterate()
})
if (tm.procId === 0) tell(sor, 'shared', choice, seconds, resultOf(plate))
