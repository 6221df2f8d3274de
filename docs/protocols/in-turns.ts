/** As false-sharing.ts, but the processes take turns within a round: a plain message, which orders no memory, is the turn. */
import * as tm from 'treadmarks'

const { procId, nprocs } = tm
const ROUNDS = 10
const TURNS = 10
const words = tm.alloc(Int32Array, nprocs)
const turn = new Uint8Array(1)

for (let round = 1; round <= ROUNDS; round++) {
  for (let i = 0; i < TURNS; i++) {
    if (procId > 0 || i > 0) tm.recv((procId + nprocs - 1) % nprocs)
    words[procId]++
    if (procId < nprocs - 1 || i < TURNS - 1) tm.send((procId + 1) % nprocs, turn)
  }
  tm.barrier()
  const wrong = words.findIndex((word) => word !== TURNS * round)
  if (wrong >= 0) throw new Error(`word ${wrong} is ${words[wrong]} in round ${round}`)
  tm.barrier()
}
if (procId === 0) console.log('all words right')
