/** The shared plate on two processes, as in examples/sor.ts; process 0 prints the milliseconds. Started by sor-pairs.ts. */
import * as tm from 'treadmarks'
import { BLACK, blockOf, initialise, type Plate, RED, relax } from '../examples/lib/sor.js'

const iterations = Number(process.argv[2])
const warmUp = Number(process.argv[3])
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
const began = performance.now()
for (let i = 0; i < iterations; i++) iterate()
if (tm.procId === 0) console.log(performance.now() - began)
