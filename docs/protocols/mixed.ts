/**
 * One program, three protocols: a small table that one process writes and all read, a grid whose rows have one writer
 * each, and a histogram in which all count. The result is checked.
 */
import * as tm from 'treadmarks'

const ROWS = 64
const COLUMNS = 512
const BINS = 1024
const ROUNDS = 8

// The run's own protocol: each process writes rows of its own, and reads the last row of its neighbour.
const grid = tm.alloc(Float64Array, ROWS * COLUMNS, { name: 'grid' })
// All write everywhere, one after the other: the home has all of it, and a miss is one round trip.
const histogram = tm.alloc(Int32Array, BINS, { name: 'histogram', protocol: 'home-lrc' })
// Small, and read by everybody in each round: it is there before anybody asks.
const table = tm.alloc(Float64Array, 16, { name: 'table', protocol: 'eager-update' })

const first = Math.floor((tm.procId * ROWS) / tm.nprocs)
const end = Math.floor(((tm.procId + 1) * ROWS) / tm.nprocs)
let border = 0

for (let round = 1; round <= ROUNDS; round++) {
  if (tm.procId === 0) for (let i = 0; i < table.length; i++) table[i] = round * (i + 1)
  tm.barrier()
  for (let i = first * COLUMNS; i < end * COLUMNS; i++) grid[i] = table[i % table.length] as number
  tm.barrier()
  if (first > 0) for (const value of grid.subarray((first - 1) * COLUMNS, first * COLUMNS)) border += value
  tm.withLock(0, () => {
    for (const value of grid.subarray(first * COLUMNS, end * COLUMNS)) {
      const bin = value % BINS
      histogram[bin] = (histogram[bin] as number) + 1
    }
  })
  tm.barrier()
}

// 1 + 2 + … + 16 is 136, and a row has 32 times that, in round 1; 1 + 2 + … + 8 is 36.
const row = (COLUMNS / 16) * 136
const counted = histogram.reduce((sum, value) => sum + value, 0)
const last = grid.reduce((sum, value) => sum + value, 0)
if (counted !== ROWS * COLUMNS * ROUNDS || last !== ROWS * row * ROUNDS || border !== (first > 0 ? row * 36 : 0))
  throw new Error(`process ${tm.procId}: ${counted} counted, the grid holds ${last}, the border ${border}`)
if (tm.procId === 0) console.log(`${counted} counted, the grid holds ${last}`)
