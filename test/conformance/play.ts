/**
 * Plays a program on whole simulated clusters of a protocol, under several schedules: calm ones and rough ones, in which
 * nodes are slow, messages are late and overtake those of other nodes, and nothing arrives for a while. A checker beside
 * the run holds each read against the memory model, so a program needs to say nothing of what it should read.
 */
import assert from 'node:assert/strict'
import { Checker } from '../../src/check/checker.js'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import type { Operation, Program } from '../../src/sim/operation.js'
import { calm, type Fault, type Plan } from '../../src/sim/plan.js'
import { Random } from '../../src/sim/random.js'
import { World } from '../../src/sim/world.js'

export const PAGE = 64
export const PAGES = 4

/** The address of a byte of a page. */
export const at = (page: number, byte: number): number => page * PAGE + byte

export const load = (address: number): Operation => ({ type: 'load', address })
export const store = (address: number, value: number): Operation => ({ type: 'store', address, value })
export const acquire = (lock: number): Operation => ({ type: 'acquire', lock })
export const release = (lock: number): Operation => ({ type: 'release', lock })
export const barrier: Operation = { type: 'barrier', id: 0 }
export const locked = (lock: number, ...inside: Operation[]): Operation[] => [acquire(lock), ...inside, release(lock)]
/** Looks at the byte under the lock until it is at least `value`. */
export const poll = (lock: number, address: number, value: number): Operation => ({
  type: 'poll',
  lock,
  address,
  value,
  rests: true,
})

export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** A list of operations for each process. */
export const programOf = (procs: number, of: (proc: number) => readonly Operation[]): Program => numbers(procs).map(of)

export interface Shape {
  readonly nodes: number
  readonly threads?: number
  readonly pages?: number
  /** Its reads may return any write that is not ordered with them; without it a race is a mistake of the program. */
  readonly racy?: boolean
}

/** Each schedule must come to its end with every read right. `ended` looks at the nodes then. */
export function plays(
  protocol: CoherenceFactory,
  { nodes, threads = 1, pages = PAGES, racy = false }: Shape,
  program: Program,
  ended: (world: World) => void = () => {},
): void {
  const shape = { nodes, threads, pages, pageBytes: PAGE, coherence: protocol }
  for (const plan of [...numbers(CALM).map((seed) => calm(nodes, seed)), ...numbers(ROUGH).map(roughOf(nodes))]) {
    const checker = new Checker(nodes * threads, pages * PAGE, { raceFree: !racy })
    const world = new World(shape, plan, program, checker)
    const { end, why } = world.run()
    assert.equal(end, 'finished', `${nodes} nodes, seed ${plan.seed}: ${why}`)
    assert.ok(checker.checked > 0, 'the program reads and writes nothing')
    ended(world)
  }
}

const CALM = 2
const ROUGH = 6

/** Apart from those of the simulator itself, of the workloads and of litmus tests. */
const STREAM = 11

const roughOf =
  (nodes: number) =>
  (seed: number): Plan => {
    const random = new Random(seed, STREAM)
    const meanDelay = random.pick([1, 20, 200])
    const slowness = new Array<number>(nodes).fill(1)
    slowness[random.below(nodes)] = random.pick([1, 30])
    return {
      seed,
      network: {
        delay: random.pick(['even', 'exponential', 'heavy']),
        meanDelay,
        pieces: random.chance(0.3),
        whole: false,
      },
      burst: random.pick([1, 4, 30]),
      think: random.pick([0.5, 2, 50]),
      service: random.pick([0.5, 2, 30]),
      interrupt: random.pick([0.1, 0.8]),
      slowness,
      faults: numbers(random.between(0, 3)).map((): Fault => {
        const from = random.below(nodes)
        const to = (from + random.between(1, nodes - 1)) % nodes
        return { type: 'clog', at: random.below(20 * meanDelay), from, to, lasts: random.between(1, 50 * meanDelay) }
      }),
      maxSteps: 1_000_000,
    }
  }
