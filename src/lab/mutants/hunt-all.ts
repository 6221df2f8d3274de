/**
 * Hunts after many mutants, two at a time. The last one is after nothing: the code as it is runs the sample and
 * every seed that killed a mutant, and must pass them all, or those kills would prove nothing.
 */
import { type Hunt, hunt } from './hunt.js'
import type { Mutant } from './mutant.js'

export interface Limits {
  readonly seeds: number
  readonly sample: number
}

const AT_A_TIME = 2

/** `told` hears of each hunt in the order of the mutants, as soon as those before it are over. */
export async function huntAll(
  mutants: readonly Mutant[],
  limits: Limits,
  told: (hunt: Hunt) => void,
): Promise<readonly Hunt[]> {
  const hunts = new Array<Hunt | undefined>(mutants.length).fill(undefined)
  const left = [...mutants.entries()]
  let next = 0
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const [i, mutant] = one
      hunts[i] = await hunt(mutant, { ...limits, also: [], protocol: mutant.protocol })
      for (let over = hunts[next]; over !== undefined; over = hunts[++next]) told(over)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  const all = hunts as Hunt[]
  const asItIs = await huntNothing(all, limits.sample)
  told(asItIs)
  return [...all, asItIs]
}

/** Under each protocol under which a mutant was hunted. */
export async function huntNothing(hunts: readonly Hunt[], sample: number): Promise<Hunt> {
  const bySeeds = hunts.filter(({ mutant }) => mutant?.finder === 'seeds')
  const all: Hunt[] = []
  for (const protocol of new Set(['treadmarks', ...bySeeds.map(({ mutant }) => (mutant as Mutant).protocol)])) {
    const its = bySeeds.filter(({ mutant }) => mutant?.protocol === protocol)
    const killers = new Set(its.flatMap(({ failed }) => failed).filter((seed) => seed > sample))
    all.push(await hunt(undefined, { seeds: sample, sample, also: [...killers], protocol }))
  }
  const worst = all.find(({ failed, trouble }) => failed.length > 0 || trouble !== undefined) ?? (all[0] as Hunt)
  return { ...worst, run: all.reduce((sum, { run }) => sum + run, 0), failed: all.flatMap(({ failed }) => failed) }
}
