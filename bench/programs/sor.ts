/** The shared plate on however many processes there are, as in examples/sor.ts; tells the time of an iteration. */
import * as tm from 'treadmarks'
import { BLACK, blockOf, initialise, type Plate, RED, relax } from '../../examples/lib/sor.js'
import { tell, timed } from './sample.js'

const [iterations = 0, warmUp = 0] = process.argv.slice(2).map(Number)
const plate: Plate = { rows: 1024, cols: 3072 }
const cells = plate.rows * (plate.cols / 2)
const red = tm.alloc(Float32Array, cells, { name: 'red' })
const black = tm.alloc(Float32Array, cells, { name: 'black' })
const [from, to] = blockOf(plate.rows, tm.procId, tm.nprocs)

function iterate(): void {
  relax(red, black, RED, plate, from, to)
  tm.barrier()
  relax(black, red, BLACK, plate, from, to)
  tm.barrier()
}

initialise(red, black, plate, from, to, 'zero')
tm.barrier()
for (let i = 0; i < warmUp; i++) iterate()
const us = timed(() => {
  for (let i = 0; i < iterations; i++) iterate()
})
tell(`sor-${tm.nprocs}`, us / iterations)
