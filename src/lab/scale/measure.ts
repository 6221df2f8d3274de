/**
 * Runs a program on a simulated cluster and measures what it cost. Messages are handed over by reference and only
 * measured, so that a thousand nodes fit a machine. Every load is compared with the last store to its byte, which
 * is what a program without races must read; that these have none, the checker says on small clusters.
 */
import { Violation } from '../../check/violation.js'
import type { CoherenceFactory, Footprint } from '../../core/coherence.js'
import { C } from '../../core/counters.js'
import { assert } from '../../errors.js'
import type { Observer } from '../../sim/operation.js'
import { calm, type Plan } from '../../sim/plan.js'
import { World } from '../../sim/world.js'
import { Cargo } from './cargo.js'
import type { ProgramName, ScaleProgram } from './programs.js'
import { type Component, type Sample, totalOf } from './quantity.js'

export const quantityNames = ['messages', 'bytes', 'largest queue', 'memory per node'] as const
export type QuantityName = (typeof quantityNames)[number]

export interface Measurement {
  readonly program: ProgramName
  readonly nodes: number
  /** Loads and stores of all processes. */
  readonly work: number
  readonly samples: Readonly<Record<QuantityName, Sample>>
  /** The part of all bytes that the node sent which sent most. */
  readonly busiest: number
}

export const total = ({ samples }: Measurement, name: QuantityName): number => totalOf(samples[name])

export function measure(program: ScaleProgram, coherence: CoherenceFactory, seed = 1): Measurement {
  const { pages, pageBytes, operations } = program
  const nodes = operations.length
  const memory = new LastStores(pages * pageBytes)
  const cargo = new Cargo()
  const world = new World({ nodes, threads: 1, pages, pageBytes, coherence }, planFor(nodes, seed), operations, memory)
  world.sent = (message, bytes) => cargo.add(message, bytes)
  const { end, why, bytes, largestQueue } = world.run()
  assert(end === 'finished', `${program.name} on ${nodes} nodes: ${end}, ${why}`)
  const work = memory.accesses
  const ofAll = (components: Component[]): Sample => ({ nodes, work, components })
  const ofOne = (components: Component[]): Sample => ({ nodes, work: work / nodes, components })
  return {
    program: program.name,
    nodes,
    work,
    samples: {
      messages: ofAll(cargo.messages()),
      bytes: ofAll(cargo.bytes()),
      'largest queue': ofOne(cargo.queue(largestQueue)),
      'memory per node': ofOne(
        kept(
          world.nodes.map(({ core }) => core.footprint()),
          nodes,
        ),
      ),
    },
    busiest: Math.max(...world.nodes.map(({ counters }) => counters[C.bytes] as number)) / bytes,
  }
}

/** Threads in long bursts, and none between two steps of a service: this is not about interleavings. */
function planFor(nodes: number, seed: number): Plan {
  const plan = calm(nodes, seed)
  const maxSteps = Number.POSITIVE_INFINITY
  return { ...plan, network: { ...plan.network, whole: true }, burst: 64, interrupt: 0, maxSteps }
}

/** What an entry of a vector time takes, a write notice, a node and an index, a diff's name. */
const WORD = 4
const INTERVAL_BYTES = 2 * WORD
const DIFF_NAME_BYTES = 3 * WORD

/** The mean of all nodes. */
function kept(footprints: readonly Footprint[], nodes: number): Component[] {
  const mean = (of: (footprint: Footprint) => number): number =>
    footprints.reduce((sum, one) => sum + of(one), 0) / footprints.length
  const diffs = mean((one) => one.diffs)
  const bytesEach = DIFF_NAME_BYTES + (diffs === 0 ? 0 : mean((one) => one.diffBytes) / diffs)
  const component = (name: string, ...factors: [string, number][]): Component => ({
    name,
    factors: factors.map(([factor, value]) => ({ name: factor, value })),
  })
  return [
    component(
      'vector times',
      ['times', mean((one) => one.timeBytes) / WORD / nodes],
      ['entries in each', nodes],
      ['bytes of each', WORD],
    ),
    component('intervals', ['intervals', mean((one) => one.intervals)], ['bytes of each', INTERVAL_BYTES]),
    component('notices', ['notices', mean((one) => one.notices)], ['bytes of each', WORD]),
    component('diffs', ['diffs', diffs], ['bytes of each', bytesEach]),
  ]
}

/** Hears the program, and knows the last store to each byte. */
class LastStores implements Observer {
  accesses = 0
  private readonly bytes: Uint8Array

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  loaded(proc: number, address: number, value: number): void {
    this.accesses++
    const expected = this.bytes[address] as number
    if (value === expected) return
    const message = `process ${proc} read ${value} from byte ${address}`
    throw new Violation('wrong value', message, [`the last store was of ${expected}`])
  }

  stored(_proc: number, address: number, value: number): void {
    this.accesses++
    this.bytes[address] = value
  }

  acquired(): void {}
  releases(): void {}
  arrives(): void {}
  departs(): void {}
  allocated(): void {}
  frees(): void {}
}
