/**
 * Sequential SOR on private memory, without the package: the whole plate, or one of two independent halves, which is
 * what a process of two would do if there were nobody to wait for. Says `ready` to the process that forked it, waits
 * to be told to go, and says how long an iteration took, microseconds.
 */
import { BLACK, initialise, type Plate, RED, relax } from '../../examples/lib/sor.js'

const [iterations = 0, warmUp = 0, rows = 0] = process.argv.slice(2).map(Number)
const plate: Plate = { rows, cols: 3072 }
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
  process.send?.(((performance.now() - began) * 1000) / iterations, undefined, undefined, () => process.exit(0))
})
process.send?.('ready')
