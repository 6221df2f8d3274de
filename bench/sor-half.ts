/**
 * One of two independent sequential runs of half the plate: what a process of `sor.ts -n 2` would do if there
 * were nobody to wait for. Started by sor-pairs.ts, which says when to go and hears how long it took.
 */
import { BLACK, initialise, type Plate, RED, relax } from '../examples/lib/sor.js'

const iterations = Number(process.argv[2])
const warmUp = Number(process.argv[3])
const plate: Plate = { rows: 513, cols: 3072 }
const cells = plate.rows * (plate.cols / 2)
const red = new Float32Array(cells)
const black = new Float32Array(cells)

function iterate(): void {
  relax(red, black, RED, plate, 1, plate.rows - 1)
  relax(black, red, BLACK, plate, 1, plate.rows - 1)
}

initialise(red, black, plate, 0, plate.rows, 'zero')
for (let i = 0; i < warmUp; i++) iterate()
process.on('message', () => {
  const began = performance.now()
  for (let i = 0; i < iterations; i++) iterate()
  process.send?.(performance.now() - began, undefined, undefined, () => process.exit(0))
})
process.send?.('ready')
