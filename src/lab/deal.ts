/**
 * `mixed`: a cluster in which pages obey different protocols. From a seed: which protocol is the run's, and which pages obey
 * which. Where the program allocates its region the pages are dealt out by allocations, at its beginning and between its
 * phases; else they are dealt out before it begins.
 */
import { Allocator } from '../core/allocator.js'
import type { CoherenceFactory } from '../core/coherence.js'
import { builtProtocols, protocols } from '../protocols/table.js'
import type { ClusterShape } from '../sim/node.js'
import type { Operation } from '../sim/operation.js'
import { Random } from '../sim/random.js'
import type { Setup } from './swarm/draw.js'
import type { Phase, Section } from './swarm/story.js'

/** Apart from those of the workloads and the simulator itself. */
const STREAM = 8

/** Of each page, the protocol it obeys from the beginning. */
export function dealOut(seed: number, pages: number): { readonly protocol: string; readonly dealt: readonly string[] } {
  const random = new Random(seed, STREAM)
  const protocol = random.pick(builtProtocols)
  // Mostly many protocols; two alone show best what they do to each other.
  const some = random.chance(0.6) ? builtProtocols : random.shuffle([...builtProtocols]).slice(0, 2)
  return { protocol, dealt: Array.from({ length: pages }, () => random.pick(some)) }
}

/** What a simulated cluster needs to know of it. */
export function shapeOf(
  protocol: string,
  dealt: readonly string[] = [],
): Pick<ClusterShape, 'coherence' | 'protocols' | 'dealt'> {
  const coherence = protocols[protocol] as CoherenceFactory
  return { coherence, protocols, dealt: dealt.map((name) => (name === protocol ? undefined : name)) }
}

type AllocUnder = Extract<Operation, { type: 'allocUnder' }>

/** Allocations under other protocols than the run's that are `pages` pages together, and where the region begins. */
export function dealByAllocations(
  seed: number,
  protocol: string,
  pages: number,
  heap: { readonly pages: number; readonly pageBytes: number },
): { readonly prologue: readonly AllocUnder[]; readonly base: number } {
  const random = new Random(seed, STREAM + 1)
  const others = builtProtocols.filter((name) => name !== protocol)
  const allocator = new Allocator(heap.pages * heap.pageBytes, heap.pageBytes)
  const prologue: AllocUnder[] = []
  let base = 0
  for (let left = pages; left > 0; ) {
    const part = random.between(1, Math.min(left, 4))
    const under = random.pick(others)
    // One byte less than whole pages, or a page of few bytes: it is all the same.
    const bytes = part * heap.pageBytes - random.below(heap.pageBytes)
    // Numbers that the blocks of the program do not have.
    prologue.push({ type: 'allocUnder', block: FIRST_BLOCK + prologue.length, bytes, protocol: under })
    base = allocator.malloc(bytes, 0, under).address
    left -= part
  }
  return { prologue, base }
}

const FIRST_BLOCK = 1_000_000
const LATE_BLOCK = 2_000_000

/** For late allocations: the largest, and a smaller one that was freed before it, of each protocol. */
export const LATE_PAGES = 3 * (builtProtocols.length - 1)

/**
 * In every second phase all get memory under another protocol than the run's and write a byte of it each; in the next one
 * they read what others wrote, and one of them frees it. So a protocol comes into use while the run is under way, and
 * memory is given out again.
 */
export function withLateAllocations(seed: number, { protocol, pageBytes }: Setup, phases: readonly Phase[]): Phase[] {
  const random = new Random(seed, STREAM + 2)
  const others = builtProtocols.filter((name) => name !== protocol)
  const changed = phases.map((phase) => phase.map((list) => [...list]))
  for (let i = 0; i + 1 < changed.length; i += 2) {
    const [uses, frees] = [changed[i], changed[i + 1]] as [Section[][], Section[][]]
    const allocation: AllocUnder = {
      type: 'allocUnder',
      block: LATE_BLOCK + i,
      bytes: random.between(1, 2 * pageBytes),
      protocol: random.pick(others),
    }
    const { block, bytes } = allocation
    const freer = random.below(frees.length)
    for (const [proc, list] of uses.entries()) {
      const value = random.between(1, 255)
      // It is zero before.
      const load: Operation = { type: 'loadBlock', block, offset: proc }
      const store: Operation = { type: 'storeBlock', block, offset: proc, value }
      list.unshift([allocation, ...(proc < bytes ? [load, store] : [])])
    }
    for (const [proc, list] of frees.entries()) {
      const loads = Array.from(
        { length: 3 },
        (): Operation => ({ type: 'loadBlock', block, offset: random.below(bytes) }),
      )
      if (proc !== freer) list.unshift(loads)
      else list.splice(random.between(0, list.length), 0, [{ type: 'free', block }])
    }
  }
  return changed
}
