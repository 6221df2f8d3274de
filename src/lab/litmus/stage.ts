/**
 * Where a litmus test is played in one schedule: on how many nodes with how many threads, which process of the
 * test runs where, and at which byte of which page each location stands. All drawn from the schedule's seed,
 * because what a race shows depends on it: locations share a page or do not, processes a node.
 */
import type { Random } from '../../sim/random.js'
import type { LitmusTest } from './model.js'

export interface Stage {
  readonly nodes: number
  readonly threads: number
  /** Processes of the cluster; some may have no part in the test but noise and barriers. */
  readonly procs: number
  readonly pageBytes: number
  /** Pages on which locations stand are the first ones. */
  readonly usedPages: number
  readonly pages: number
  /** By process of the test: its process in the cluster. */
  readonly cast: readonly number[]
  /** By location. */
  readonly addresses: ReadonlyMap<string, number>
  /** A byte that nobody stores to. */
  readonly quiet: number
  readonly nodeOf: (proc: number) => number
  /** A byte of this process alone on a page. */
  readonly own: (proc: number, page: number) => number
  /** The lock of the cluster for a lock of the test. */
  readonly lock: (lock: number) => number
  /** A lock that is not the test's; its token is on this node at first. */
  readonly lockManagedBy: (node: number, number: number) => number
}

const PAGE_BYTES = 64
/** The first half of a page is for locations, the second for each process's own bytes. */
const OWN_BYTES = PAGE_BYTES / 2
/** Locks of the test have numbers below this. */
const FIRST_OTHER_LOCK = 1_000

/** `apart`: no two locations on one page. */
export function drawStage(test: LitmusTest, random: Random, apart: boolean): Stage {
  const { nodes, threads } = drawCluster(test.processes.length, random)
  const procs = nodes * threads
  const everybody = random.shuffle(Array.from({ length: procs }, (_, i) => i))
  const most = test.locations.length
  const usedPages = apart ? most : random.pick([1, most, random.between(1, most)])
  const firstLock = random.below(nodes)
  return {
    nodes,
    threads,
    procs,
    pageBytes: PAGE_BYTES,
    usedPages,
    pages: usedPages + 1,
    cast: everybody.slice(0, test.processes.length),
    addresses: drawAddresses(test.locations, usedPages, random),
    quiet: usedPages * PAGE_BYTES,
    nodeOf: (proc) => Math.floor(proc / threads),
    own: (proc, page) => page * PAGE_BYTES + OWN_BYTES + proc,
    lock: (lock) => firstLock + lock,
    lockManagedBy: (node, number) => nodes * (FIRST_OTHER_LOCK + number) + node,
  }
}

/** Mostly a node for each process, perhaps with one to spare; sometimes several processes on a node. */
function drawCluster(processes: number, random: Random): { nodes: number; threads: number } {
  const threads = random.pick([1, 1, 2, 3, 4])
  const nodes = Math.ceil(processes / threads) + random.pick([0, 0, 0, 1])
  return { nodes, threads }
}

/** As many pages as are used, each with a location at least; neighbours on a page may be next to each other. */
function drawAddresses(locations: readonly string[], usedPages: number, random: Random): Map<string, number> {
  const close = random.chance(0.5)
  const base = random.below(OWN_BYTES - locations.length)
  const offsets = random.shuffle(Array.from({ length: close ? locations.length : OWN_BYTES }, (_, i) => i))
  const pages = random.shuffle([...locations.keys()].map((i) => (i < usedPages ? i : random.below(usedPages))))
  return new Map(
    locations.map((location, i) => {
      const offset = (offsets[i] as number) + (close ? base : 0)
      return [location, (pages[i] as number) * PAGE_BYTES + offset]
    }),
  )
}
