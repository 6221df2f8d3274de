/** The transform as one program: what it leaves plane by plane it reads again row by row. */
import { chosen, tell, timed } from '../lib/alone.js'
import { cubeLength, fft, planeLength, resultOf, UNTIMED } from './fft.js'
import { type Rows, Slab } from './slab.js'

const choice = chosen(fft)
const { problem } = choice
const slab = new Slab(problem, 0, problem.side)
const cube = new Float64Array(cubeLength(problem))
const rows: Rows = { numbers: cube, step: planeLength(problem) }

function solve(): void {
  slab.forwardInPlanes(cube)
  slab.forwardThroughPlanes(rows)
  for (let moment = 1; moment <= problem.iterations; moment++) {
    slab.backThroughPlanes(cube, moment)
    slab.backInPlanes(rows, moment)
  }
}

for (let time = 0; time < UNTIMED; time++) {
  slab.start()
  solve()
}
slab.start()
const seconds = timed(solve)
tell(fft, choice, seconds, resultOf(problem, slab.sums))
