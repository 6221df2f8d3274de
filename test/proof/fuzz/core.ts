/**
 * The core among peers that break rules: runs of a cluster that was honest until then. Counts what was believed and
 * what was refused, and in which words; a run is drawn from its seed and number alone.
 */
import type { CoherenceFactory } from '../../../src/core/coherence.js'
import { treadmarks } from '../../../src/protocols/treadmarks.js'
import { Random } from '../../../src/sim/random.js'
import { BrokenCluster, RunOver } from './broken-cluster.js'

export interface Harvest {
  /** By type: messages that broke a rule, or may have, and were taken in. */
  readonly taken: Map<string, number>
  /** By the words of the error, without its numbers: what ended the run. */
  readonly refused: Map<string, number>
}

/** `runs` of them. Throws what should not have happened, with seed and number. */
export function fuzzCore(seed: number, runs: number, coherence: CoherenceFactory = treadmarks): Harvest {
  const harvest: Harvest = { taken: new Map(), refused: new Map() }
  for (let number = 0; number < runs; number++) {
    try {
      breakRules(new Random(seed, number), coherence, harvest)
    } catch (error) {
      throw new Error(`seed ${seed}, run ${number}: ${(error as Error).message}`, { cause: error })
    }
  }
  return harvest
}

const increment = (map: Map<string, number>, key: string): void => {
  map.set(key, (map.get(key) ?? 0) + 1)
}

function breakRules(random: Random, coherence: CoherenceFactory, harvest: Harvest): void {
  const cluster = new BrokenCluster(random, coherence)
  const goOn = (most: number): void => {
    for (let moves = random.between(0, most); moves > 0; moves--) cluster.move()
  }
  const breakSome = (): void => {
    for (let rules = random.pick([1, 1, 2, 3, 6]); rules > 0; rules--) {
      const said = cluster.breakRule()
      if (said !== undefined) increment(harvest.taken, said.type)
      if (random.chance(0.5)) cluster.readAll()
      goOn(random.pick([2, 60]))
    }
  }
  goOn(400)
  cluster.beginBreaking()
  try {
    breakSome()
    goOn(100)
    breakSome()
  } catch (error) {
    if (!(error instanceof RunOver)) throw error
    increment(harvest.refused, `${error.code} ${error.message.replace(/\d+/g, 'N')}`)
  }
}
