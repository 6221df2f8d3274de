/**
 * A small program that does all that a process can be killed in: computing, faults, locks, conditions, messages,
 * barriers, malloc. It goes on for some seconds; nobody lets it end.
 */
import * as tm from 'treadmarks'

const { procId: me, nprocs: n } = tm
const words = tm.alloc(Int32Array, 16 * 1024)
const end = performance.now() + Number(process.argv[2])
for (let round = 0; performance.now() < end; round++) {
  for (let i = me; i < words.length; i += n * 64) words[i] = round
  tm.withLock(1, () => words[me * 1024]++)
  tm.send((me + 1) % n, Uint8Array.of(round & 255))
  const block = tm.malloc(64)
  tm.recv((me + n - 1) % n)
  tm.free(block)
  if (me === round % n) tm.withLock(2, () => tm.condBroadcast(2, 0))
  tm.barrier()
}
