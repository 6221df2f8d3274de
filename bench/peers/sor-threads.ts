/**
 * Over-relaxation with threads of one process, the peer of apps/sor/shared.ts: the same plate, kernel and barriers, on
 * memory that the hardware shares. `node --import tsx bench/peers/sor-threads.ts THREADS [--preset NAME] …`
 */
import { cellsOf, relaxBlack, relaxRed, resultOf, rowsOf, sor, start } from '../../apps/sor/sor.js'
import { inThreads } from './threads.js'

inThreads(import.meta.url, sor, (team, problem, memory) => {
  const cells = cellsOf(problem)
  const plate = {
    red: new Float32Array(memory, 0, cells),
    black: new Float32Array(memory, cells * Float32Array.BYTES_PER_ELEMENT, cells),
  }
  const [from, to] = rowsOf(problem, team.id, team.count)
  start(plate, problem, from, to)
  team.barrier()

  function iterate(): void {
    relaxRed(plate, problem, from, to)
    team.barrier()
    relaxBlack(plate, problem, from, to)
    team.barrier()
  }

  iterate()
  const seconds = team.timed(() => {
    for (let i = 1; i < problem.iterations; i++) iterate()
  })
  return team.id === 0 ? { seconds, result: resultOf(plate) } : undefined
})
