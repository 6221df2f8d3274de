/**
 * The transform with shared memory: each process leaves its planes in a shared cube, all meet, and each reads its rows
 * of every plane from there, by transforming them: nothing is copied. There are two cubes in turn, so one barrier for
 * each exchange is enough: nobody writes to a cube again before all have been at the next barrier, and so have read it.
 * All else is the process's own.
 */
import * as tm from 'treadmarks'
import { blockOf } from '../lib/blocks.js'
import { chosen, tell, timed } from '../lib/together.js'
import { cubeLength, fft, momentsLength, planeLength, resultOf, rowLength, sumsLength, UNTIMED } from './fft.js'
import { type Rows, Slab } from './slab.js'

const choice = chosen(fft, 'shared')
const { problem } = choice
const [from, to] = blockOf(problem.side, tm.procId, tm.nprocs)
const slab = new Slab(problem, from, to)
const plane = planeLength(problem)

interface Shared {
  /** Those that the process writes. */
  readonly planes: Float64Array
  /** Those that it reads. */
  readonly rows: Rows
}

function cubeOf(numbers: Float64Array): Shared {
  const planes = numbers.subarray(from * plane, to * plane)
  return { planes, rows: { numbers: numbers.subarray(from * rowLength(problem)), step: plane } }
}

let now = cubeOf(tm.alloc(Float64Array, cubeLength(problem), { name: 'cube' }))
let next = cubeOf(tm.alloc(Float64Array, cubeLength(problem), { name: 'cube' }))
const sums = tm.alloc(Float64Array, sumsLength(problem), { name: 'sums' })

function takeTurns(): void {
  ;[now, next] = [next, now]
}

function solve(): void {
  slab.forwardInPlanes(now.planes)
  tm.barrier()
  slab.forwardThroughPlanes(now.rows)
  for (let moment = 1; moment <= problem.iterations; moment++) {
    takeTurns()
    slab.backThroughPlanes(now.planes, moment)
    tm.barrier()
    slab.backInPlanes(now.rows, moment)
  }
  takeTurns()
  sums.set(slab.sums, from * momentsLength(problem))
  tm.barrier()
}

for (let time = 0; time < UNTIMED; time++) {
  slab.start()
  solve()
}
slab.start()
const seconds = timed(solve)
if (tm.procId === 0) tell(fft, 'shared', choice, seconds, resultOf(problem, sums))
