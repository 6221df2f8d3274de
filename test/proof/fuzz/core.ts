/**
 * The core among peers that break rules: runs of a cluster that was honest until then. Counts what was believed and
 * what was refused, and in which words.
 */
import type { CoherenceFactory } from '../../../src/core/coherence.js'
import { protocols } from '../../../src/protocols/table.js'
import { treadmarks } from '../../../src/protocols/treadmarks.js'
import type { Random } from '../../../src/sim/random.js'
import { BrokenCluster, RunOver, type Variant } from './broken-cluster.js'
import { type Cases, eachCase, Tally, withoutNumbers } from './cases.js'

export interface Harvest {
  /** By type: messages that broke a rule, or may have, and were taken in. */
  readonly taken: Tally
  /** By the words of the error, without its numbers: what ended the run. */
  readonly refused: Tally
}

/** `coherence`: the run's protocol. */
export function fuzzCore(cases: Cases, coherence: CoherenceFactory = treadmarks, variant: Variant = {}): Harvest {
  const harvest: Harvest = { taken: new Tally(), refused: new Tally() }
  eachCase(cases, (random) => breakRules(new BrokenCluster(random, coherence, variant), random, harvest))
  return harvest
}

/** Pages obey different protocols; any may be the run's. */
export function fuzzMixed(cases: Cases): Harvest {
  const harvest: Harvest = { taken: new Tally(), refused: new Tally() }
  eachCase(cases, (random) => {
    const cluster = new BrokenCluster(random, random.pick(Object.values(protocols)), { mixed: true })
    breakRules(cluster, random, harvest)
  })
  return harvest
}

function breakRules(cluster: BrokenCluster, random: Random, harvest: Harvest): void {
  const goOn = (most: number): void => {
    for (let moves = random.between(0, most); moves > 0; moves--) cluster.move()
  }
  const breakSome = (): void => {
    for (let rules = random.pick([1, 1, 2, 3, 6]); rules > 0; rules--) {
      const said = cluster.breakRule()
      if (said !== undefined) harvest.taken.add(said.type)
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
    harvest.refused.add(`${error.code} ${withoutNumbers(error.message)}`)
  }
}
