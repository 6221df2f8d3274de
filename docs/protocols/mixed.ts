/**
 * One program, three protocols: a grid whose rows have one writer each, a small table that one process writes and all
 * read, and scores that all write side by side and all read. The result is checked.
 */
import * as tm from 'treadmarks'

const ROWS = 64
const COLUMNS = 512
const ROUNDS = 20

// With the argument `alone` everything obeys the run's protocol, to compare.
const under = (protocol: string): tm.AllocOptions => (process.argv[2] === 'alone' ? {} : { protocol })

// The run's own protocol: each process writes rows of its own, and reads the last row of its neighbour.
const grid = tm.alloc(Float64Array, ROWS * COLUMNS, { name: 'grid' })
// Small, and read by everybody in each round: it is there before anybody asks.
const table = tm.alloc(Float64Array, 16, { name: 'table', ...under('eager-update') })
// Everybody writes a word of it in each round, and reads all: one reader, one page from its home, however many write.
const scores = tm.alloc(Float64Array, tm.nprocs, { name: 'scores', ...under('home-lrc') })

const first = Math.floor((tm.procId * ROWS) / tm.nprocs)
const end = Math.floor(((tm.procId + 1) * ROWS) / tm.nprocs)
let border = 0
let best = 0

for (let round = 1; round <= ROUNDS; round++) {
  if (tm.procId === 0) for (let i = 0; i < table.length; i++) table[i] = round * (i + 1)
  tm.barrier()
  for (let i = first * COLUMNS; i < end * COLUMNS; i++) grid[i] = table[i % table.length] as number
  scores[tm.procId] = round * (tm.procId + 1)
  tm.barrier()
  if (first > 0) for (const value of grid.subarray((first - 1) * COLUMNS, first * COLUMNS)) border += value
  best = Math.max(best, ...scores)
  tm.barrier()
}

// 1 + 2 + … + 16 is 136, and a row has 32 times that, in round 1; 1 + 2 + … + 20 is 210.
const row = (COLUMNS / 16) * 136
const right = border === (first > 0 ? row * 210 : 0) && best === ROUNDS * tm.nprocs
if (!right) throw new Error(`process ${tm.procId}: the border is ${border}, the best ${best}`)
if (tm.procId === 0) console.log(`the grid holds ${grid.reduce((sum, value) => sum + value, 0)}`)
