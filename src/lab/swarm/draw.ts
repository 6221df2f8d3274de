/**
 * Swarm testing: each seed draws not only an execution but what kind of execution it is — how many nodes and
 * pages, how fast everything is, which faults there are. Most features are off in most runs, because a feature
 * that is always on hides what happens without it.
 */
import { calm, type Fault, type Plan } from '../../sim/plan.js'
import { Random } from '../../sim/random.js'
import { dealOut, LATE_PAGES } from '../deal.js'
import { MIXED } from '../protocols.js'

export type Kind = 'race-free' | 'racy'

/** What is simulated, apart from the program. */
export interface Setup {
  readonly kind: Kind
  /** The run's. */
  readonly protocol: string
  /** By page: which obey another from the beginning. Left out where none does. */
  readonly dealt?: readonly string[]
  readonly nodes: number
  readonly threads: number
  readonly pages: number
  readonly pageBytes: number
  readonly plan: Plan
}

/** What the program is made of; see workload.ts. */
export interface Flavour {
  /** Operations of all processes together, about. */
  readonly operations: number
  readonly phases: number
  readonly locks: number
  /** Bytes that stay together when it is drawn who may write them. */
  readonly grain: number
  /** Loads and stores in one section, at most. */
  readonly accesses: number
  /** How probably an access is a store. */
  readonly stores: number
  /** How probably a lock is tried for instead of awaited. */
  readonly tries: number
  /** Plain messages in each phase. */
  readonly parcels: number
  /** Flags that some processes set and others wait for. */
  readonly flags: number
  readonly heap: boolean
  /** Who polls does so without a rest, which a lock that forgets who waits would not survive. */
  readonly spin: boolean
  /** Racy programs: bytes that everybody accesses. */
  readonly hotBytes: number
}

export interface Draw {
  readonly setup: Setup
  readonly flavour: Flavour
  /** Pages obey different protocols. */
  readonly mixed: boolean
}

/** `operations`: about how many memory operations the run will have. `protocol`: of all pages, or `mixed`. */
export function draw(seed: number, kind: Kind, operations: number, protocol = 'treadmarks'): Draw {
  const random = new Random(seed, 2)
  const nodes = drawNodes(random)
  const threads = nodes <= 8 && random.chance(0.4) ? random.between(2, 3) : 1
  const pages = random.chance(0.7) ? random.between(1, 6) : random.between(7, 40)
  const pageBytes = random.chance(0.7) ? 64 : random.pick(pages <= 6 ? [128, 256, 1024, 4096] : [128, 256, 1024])
  const flavour: Flavour = {
    operations,
    phases: random.between(1, 8),
    locks: random.pick([1, 1, 2, 3, 5, 8]),
    grain: random.pick([1, 1, 2, 4, 8, 16, pageBytes]),
    accesses: random.pick([3, 8, 30]),
    stores: random.pick([0.1, 0.3, 0.5, 0.8]),
    tries: random.chance(0.3) ? random.pick([0.1, 0.5]) : 0,
    parcels: random.chance(0.3) ? random.between(1, 8) : 0,
    flags: random.chance(0.5) ? random.between(1, 4) : 0,
    heap: kind === 'race-free' && random.chance(0.4),
    spin: nodes <= 8 && random.chance(0.05),
    hotBytes: random.pick([2, 8, 40, 400]),
  }
  const plan = flavour.spin ? calm(nodes, seed) : drawPlan(random, seed, nodes, threads, operations)
  // The page of address 0, the program's region, and room for blocks.
  const all = flavour.heap ? 1 + pages + blockPages(nodes * threads, pageBytes) : pages
  const setup = { kind, protocol, nodes, threads, pages: all, pageBytes, plan }
  if (protocol !== MIXED) return { setup, flavour, mixed: false }
  const { protocol: own, dealt } = dealOut(seed, all)
  // With memory that is allocated, it is allocations that choose.
  const chosen = flavour.heap ? { pages: all + LATE_PAGES } : { dealt }
  return { setup: { ...setup, protocol: own, ...chosen }, flavour, mixed: true }
}

/** Largest block that a workload allocates, but for those of a whole page. */
export const MAX_BLOCK_BYTES = 160

/** Pages for the blocks of all processes, two of each at a time, with room to spare. */
export const blockPages = (procs: number, pageBytes: number): number =>
  Math.ceil((procs * MAX_BLOCK_BYTES * 6) / pageBytes) + 3 * procs

function drawNodes(random: Random): number {
  const size = random.fraction()
  if (size < 0.9) return random.between(2, 8)
  // Of the larger ones most are not much larger: what a run costs grows with the square.
  return size < 0.998 ? 9 + Math.floor(56 * random.fraction() ** 3) : random.between(65, 128)
}

function drawPlan(random: Random, seed: number, nodes: number, threads: number, operations: number): Plan {
  const burst = random.pick([1, 4, 30])
  const think = random.pick([0.5, 2, 50])
  const meanDelay = random.pick([1, 20, 200])
  // About how long the run will take: every third operation waits for a few messages.
  const length = (operations / (nodes * threads)) * (think + meanDelay)
  return {
    seed,
    network: {
      delay: random.pick(['same', 'even', 'exponential', 'heavy']),
      meanDelay,
      pieces: random.chance(0.2),
      whole: false,
    },
    burst,
    think,
    service: random.pick([0.5, 2, 30]),
    interrupt: random.pick([0, 0.1, 0.8]),
    slowness: drawSlowness(random, nodes),
    faults: [...drawFaults(random, nodes, length), ...drawStalls(random, threads, think + meanDelay)],
    maxSteps: 2_000_000,
  }
}

function drawSlowness(random: Random, nodes: number): number[] {
  const slowness = new Array<number>(nodes).fill(1)
  if (random.chance(0.2)) slowness[random.below(nodes)] = random.pick([10, 100])
  return slowness
}

function drawFaults(random: Random, nodes: number, length: number): Fault[] {
  const faults: Fault[] = []
  const at = (): number => Math.round(random.fraction() * length)
  const lasts = (): number => Math.round(random.exponential(length / 4))
  if (random.chance(0.3)) {
    for (let i = random.between(1, 8); i > 0; i--) {
      const [from, to] = pair(random, nodes)
      faults.push({ type: 'clog', at: at(), from, to, lasts: lasts() })
    }
  }
  if (random.chance(0.2)) faults.push(...swizzle(random, nodes, at(), lasts()))
  if (random.chance(0.25)) {
    for (let i = random.between(1, 3); i > 0; i--) {
      faults.push({ type: 'pause', at: at(), node: random.below(nodes), lasts: lasts() })
    }
  }
  if (random.chance(0.04)) {
    const [a, b] = pair(random, nodes)
    faults.push({ type: 'cut', at: at(), a, b })
  }
  if (random.chance(0.04)) faults.push({ type: 'kill', at: at(), node: random.below(nodes) })
  return faults
}

/** Where several threads share a node, one may stand still in the middle of a fault while the others go on. */
function drawStalls(random: Random, threads: number, meanDelay: number): Fault[] {
  if (threads === 1 || random.chance(0.5)) return []
  return [{ type: 'stall', at: 0, chance: random.pick([0.05, 0.3]), lasts: random.pick([3, 30]) * meanDelay }]
}

/** Some nodes are clogged one after the other, and released in another order (FoundationDB's best finder of bugs). */
function swizzle(random: Random, nodes: number, at: number, lasts: number): Fault[] {
  const some = random.shuffle(Array.from({ length: nodes }, (_, i) => i)).slice(0, random.between(1, nodes))
  const ends = random.shuffle(some.map((_, i) => at + lasts + (i * lasts) / some.length))
  return some.flatMap((node, i) => {
    const begins = at + (i * lasts) / some.length
    const clogs: Fault[] = []
    for (let peer = 0; peer < nodes; peer++) {
      if (peer === node) continue
      clogs.push({ type: 'clog', at: begins, from: peer, to: node, lasts: (ends[i] as number) - begins })
    }
    return clogs
  })
}

function pair(random: Random, nodes: number): [number, number] {
  const a = random.below(nodes)
  return [a, (a + random.between(1, nodes - 1)) % nodes]
}

/** One line for people. */
export function describe({ setup, flavour, mixed }: Draw): string {
  const { kind, protocol, nodes, threads, pages, pageBytes, plan } = setup
  const kinds = [...new Set(plan.faults.map((fault) => fault.type))]
  const slow = Math.max(...plan.slowness)
  return [
    kind,
    `${nodes} nodes × ${threads}`,
    `${pages} pages of ${pageBytes} bytes`,
    `${flavour.locks} locks`,
    `${flavour.phases} phases`,
    ...(flavour.flags > 0 ? [`${flavour.flags} flags`] : []),
    ...(flavour.tries > 0 ? [`${flavour.tries * 100} % of locks tried`] : []),
    ...(flavour.parcels > 0 ? [`${flavour.parcels} messages`] : []),
    ...(flavour.spin ? ['polls without rest'] : []),
    ...(flavour.heap ? ['malloc and free'] : []),
    ...(mixed ? [`several protocols, the run's is ${protocol}`] : []),
    `delay ${plan.network.delay} ${plan.network.meanDelay} µs${plan.network.pieces ? ' in pieces' : ''}`,
    `bursts of ${plan.burst}`,
    ...(slow > 1 ? [`a node ${slow} times slower`] : []),
    ...(kinds.length > 0 ? [`faults: ${kinds.join(', ')}`] : []),
  ].join(', ')
}
