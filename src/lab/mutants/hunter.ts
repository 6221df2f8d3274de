/**
 * The hunter runs inside a copy with a mutant in it: one seed after the other until one fails, and on to the end of
 * the sample, for the kill rate. The first seed that fails is run twice: a kill counts if it can be shown again.
 */
import { runSeed, type SeedRun } from '../swarm/seed.js'
import { type Order, runOf, type Said } from './order.js'

function hunt({ seeds, sample, also, protocol }: Order): void {
  let found = false
  for (let seed = 1; seed <= (found ? sample : seeds); seed++) found = fails(runOf(seed, protocol), !found) || found
  for (const seed of also) fails(runOf(seed, protocol), false)
}

function fails(run: SeedRun, twice: boolean): boolean {
  const { seed } = run
  say({ type: 'begins', seed })
  const { failure, hash } = runSeed(run)
  if (failure === undefined) return false
  if (twice && runSeed(run).hash !== hash) say({ type: 'unsteady', seed })
  say({ type: 'killed', seed, kind: failure.kind, message: failure.message })
  return true
}

const say = (said: Said): void => console.log(JSON.stringify(said))

hunt(JSON.parse(process.argv[2] as string) as Order)
