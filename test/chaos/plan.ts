/**
 * What is to happen in one chaos run, drawn from its seed: the size of the run, which of its processes are stopped,
 * continued and killed and when, and what its connections do to the bytes. Moments are places in the program's own
 * progress where that is possible, because a time of day means nothing on another machine. Each kind of harm is left
 * out of a part of the runs: what always happens hides what happens rarely.
 */
import { Random } from '../../src/sim/random.js'

/** How a connection is cut: an error on both sides, an end on both, or an end on the side of the receiver alone. */
export type How = 'reset' | 'close' | 'half'

export interface FlowPlan {
  /** How much is passed on at one time. */
  readonly chunks: 'whole' | 'bytes' | 'random'
  /** Before each chunk, ms. */
  readonly delayMs: number
  /** After that many bytes nothing moves for a while. */
  readonly freeze?: { readonly at: number; readonly forMs: number }
  readonly cut?: { readonly at: number; readonly how: How }
  /** Bits that are turned over in the byte at that place; only corruption.ts does that. */
  readonly flip?: { readonly at: number; readonly mask: number }
}
export interface WirePlan {
  /** From the dialer to the listener, and back. */
  readonly up: FlowPlan
  readonly down: FlowPlan
}
export const smooth: FlowPlan = { chunks: 'whole', delayMs: 0 }

/** Where in a round a process can wound itself: see witness.mjs. */
const points = ['writing', 'locked', 'allocated', 'before the barrier', 'checking', 'freeing'] as const

/** What a process does to itself. A stopped one is continued from outside. */
export interface Wound {
  readonly process: number
  readonly round: number
  readonly point: (typeof points)[number]
  readonly signal: 'SIGSTOP' | 'SIGKILL'
  readonly forMs: number
}

/** A signal; before it another process may be stopped, and is never continued. */
export interface Ending {
  readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'
  readonly stopped?: number
}
/** Stops of `ms` each, as far from each other. */
export interface Stops {
  readonly stops: number
  readonly ms: number
}

/** What is done from outside when a process has begun a round; round 0 is when all nodes have been started. */
export interface Strike {
  readonly target: number | 'launcher'
  readonly when: { readonly process: number; readonly round: number }
  readonly afterMs: number
  readonly act: Ending | Stops
}

export interface Plan {
  readonly seed: number
  readonly nodes: number
  readonly rounds: number
  /** Size of the witness's largest array. */
  readonly bytes: number
  readonly pageBytes: number
  readonly wounds: readonly Wound[]
  readonly strikes: readonly Strike[]
  /** By `dialer-listener`; undefined: the nodes are connected without us. */
  readonly wires: ReadonlyMap<string, WirePlan> | undefined
}

export function planOf(seed: number): Plan {
  const random = new Random(seed)
  const wired = random.chance(0.6)
  const nodes = random.pick([2, 2, 3, 3, 3, 4, 5])
  const rounds = random.between(3, wired ? 8 : 20)
  const bytes = random.pick([50, 5_000, 20_000, wired ? 10_000 : 60_000])
  const pageBytes = random.pick([4096, 4096, 16_384])
  const place = { nodes, rounds }
  return {
    seed,
    ...place,
    bytes,
    pageBytes,
    wounds: wounds(random, place),
    strikes: strikes(random, place),
    wires: wired ? wires(random, nodes) : undefined,
  }
}

type Place = Pick<Plan, 'nodes' | 'rounds'>

function wounds(random: Random, { nodes, rounds }: Place): Wound[] {
  const wound = (signal: Wound['signal']): Wound => ({
    process: random.below(nodes),
    round: random.between(1, rounds),
    point: random.pick(points),
    signal,
    forMs: random.pick([1, 20, 100]),
  })
  const stops = random.chance(0.5) ? random.between(1, 4) : 0
  return [...Array.from({ length: stops }, () => wound('SIGSTOP')), ...(random.chance(0.12) ? [wound('SIGKILL')] : [])]
}

function strikes(random: Random, { nodes, rounds }: Place): Strike[] {
  const all: Strike[] = []
  const ending = (signal: Ending['signal'], stopped: number): Ending =>
    random.chance(0.4) ? { signal, stopped } : { signal }
  const add = (target: Strike['target'], act: Strike['act']): void => {
    // A node that has not begun and is stopped cannot know that its launcher is gone.
    const joining = random.chance(0.15) && !(target === 'launcher' && 'stopped' in act)
    const round = joining ? 0 : random.between(1, rounds)
    const afterMs = joining ? random.below(300) : random.pick([0, 0, 1, 3, 10, 30])
    all.push({ target, when: { process: random.below(nodes), round }, afterMs, act })
  }
  if (random.chance(0.5))
    for (let i = random.between(1, 4); i > 0; i--) add(random.below(nodes), { stops: 1, ms: random.pick([1, 10, 100]) })
  // A stutter reaches places that one long stop misses.
  if (random.chance(0.3)) add(random.below(nodes), { stops: 30, ms: random.pick([1, 3]) })
  if (random.chance(0.3)) add('launcher', { stops: 1, ms: random.pick([10, 200]) })
  if (random.chance(0.2))
    for (let i = random.between(1, 2); i > 0; i--) {
      const target = random.below(nodes)
      const other = (target + random.between(1, nodes - 1)) % nodes
      add(target, ending('SIGKILL', other))
    }
  // A node takes no notice of that once it has begun: it is the launcher's to act on.
  if (random.chance(0.1)) add(random.below(nodes), { signal: 'SIGTERM' })
  if (random.chance(0.12)) add('launcher', ending(random.pick(['SIGKILL', 'SIGTERM', 'SIGINT']), random.below(nodes)))
  return all
}

function wires(random: Random, nodes: number): ReadonlyMap<string, WirePlan> {
  const harm = { freezes: random.chance(0.4), delays: random.chance(0.3) }
  const all = new Map<string, WirePlan>()
  for (let dialer = 1; dialer < nodes; dialer++)
    for (let listener = 0; listener < dialer; listener++)
      all.set(`${dialer}-${listener}`, { up: flow(random, harm), down: flow(random, harm) })
  if (random.chance(0.5)) {
    const [name, wire] = random.pick([...all])
    const cut = { at: place(random), how: random.pick(['reset', 'close', 'half'] as const) }
    const side = random.pick(['up', 'down'] as const)
    all.set(name, { ...wire, [side]: { ...wire[side], cut } })
  }
  return all
}

function flow(random: Random, harm: { readonly freezes: boolean; readonly delays: boolean }): FlowPlan {
  const chunks = random.pick(['whole', 'bytes', 'random', 'random'] as const)
  const delayMs = harm.delays && chunks !== 'bytes' ? random.below(3) : 0
  const freeze = { at: place(random), forMs: random.pick([30, 100, 300]) }
  return harm.freezes && random.chance(0.5) ? { chunks, delayMs, freeze } : { chunks, delayMs }
}

/** A byte of a connection: of the handshake, or any later one, the earlier the likelier. */
function place(random: Random): number {
  return random.chance(0.2) ? random.below(100) : Math.floor(Math.exp(Math.log(20_000) * random.fraction()) * 4)
}
