/**
 * How a schedule's test goes on: who begins late, what a process does between two steps that is not the test's, and
 * how fast threads, services and connections are.
 */
import type { Fault, Plan } from '../../sim/plan.js'
import type { Random } from '../../sim/random.js'
import type { Script } from './script.js'
import type { Stage } from './stage.js'

/** Something that a process does beside the test. */
export type Noise = (proc: number) => void

/** Who begins late, and by how much: nobody, each by chance, one alone, or each after the one before it. */
export function drawLate({ cast }: Stage, script: Script, random: Random): Noise {
  const longest = random.pick([0, 10, 40, 100])
  const one = random.pick(cast)
  const delays = random.pick([
    () => random.below(longest + 1),
    (proc: number) => (proc === one ? longest : 0),
    (proc: number) => (Math.max(0, cast.indexOf(proc)) * longest) / cast.length,
  ])
  return (proc) => script.idle(proc, delays(proc))
}

/** What each process does between two steps: in most schedules some do nothing or little. */
export function drawNoise(stage: Stage, script: Script, random: Random): Noise {
  const habits = Array.from({ length: stage.procs }, () => ({
    often: random.pick([0, 0.3, 0.6, 1]),
    longest: random.pick([0, 3, 20, 60]),
    knocks: random.pick([0, 0.5, 1]),
    stores: random.pick([0, 0.2]),
    looks: random.pick([0, 0.3]),
  }))
  return (proc) => {
    const { often, longest, knocks, stores, looks } = habits[proc] as (typeof habits)[number]
    if (!random.chance(often)) return
    const page = random.below(stage.usedPages)
    script.idle(proc, random.below(longest + 1))
    if (random.chance(stores)) script.dirty(proc, page)
    if (random.chance(knocks)) script.knock(proc)
    if (random.chance(looks)) script.look(proc, page)
  }
}

export function drawPlan(seed: number, { nodes }: Stage, random: Random): Plan {
  const meanDelay = 20
  const slowness = new Array<number>(nodes).fill(1)
  if (random.chance(0.3)) slowness[random.below(nodes)] = random.pick([5, 30])
  return {
    seed,
    network: { delay: random.pick(['same', 'even', 'exponential', 'heavy']), meanDelay, pieces: false, whole: false },
    burst: random.pick([1, 1, 4]),
    think: random.pick([1, 5, 25]),
    service: random.pick([0.5, 2, 10]),
    interrupt: random.pick([0, 0.5]),
    slowness,
    faults: drawFaults(random, nodes, 20 * meanDelay),
    maxSteps: 200_000,
  }
}

/** Connections that stand still for a while; nothing that would end the run. */
function drawFaults(random: Random, nodes: number, length: number): Fault[] {
  if (nodes === 1 || !random.chance(0.3)) return []
  return Array.from({ length: random.between(1, 4) }, (): Fault => {
    const from = random.below(nodes)
    const to = (from + random.between(1, nodes - 1)) % nodes
    const at = Math.round(random.fraction() * length)
    return { type: 'clog', at, from, to, lasts: Math.round(random.exponential(length / 2)) }
  })
}
