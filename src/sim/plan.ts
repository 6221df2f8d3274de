/**
 * How a simulated run goes, apart from its program: how fast nodes and network are, how finely threads are
 * interleaved, and what goes wrong when. Times are virtual, in µs.
 */
import type { NetworkPlan } from './network.js'

export type Fault =
  /** Nothing arrives from one node at another for a while. */
  | { readonly type: 'clog'; readonly at: number; readonly from: number; readonly to: number; readonly lasts: number }
  /** A node stands still for a while, as one that is stopped and continued. */
  | { readonly type: 'pause'; readonly at: number; readonly node: number; readonly lasts: number }
  /** From now on threads are taken off their processors in the middle of write faults: so probably, for so long on average. */
  | { readonly type: 'stall'; readonly at: number; readonly chance: number; readonly lasts: number }
  /** Both directions between two nodes are cut, each at any byte. */
  | { readonly type: 'cut'; readonly at: number; readonly a: number; readonly b: number }
  | { readonly type: 'kill'; readonly at: number; readonly node: number }

export interface Plan {
  /** Of everything that the run itself draws. */
  readonly seed: number
  readonly network: NetworkPlan
  /** Steps a thread goes on before others are looked at, at most. */
  readonly burst: number
  /** Mean time between two bursts of a thread. */
  readonly think: number
  /** Mean time until the service takes something, and for which it is busy then. */
  readonly service: number
  /** How probably another thread goes on between two steps of the service. */
  readonly interrupt: number
  /** How many times slower each node is than planned; 1 for most. */
  readonly slowness: readonly number[]
  readonly faults: readonly Fault[]
  /** Steps after which a run that has not ended never will. */
  readonly maxSteps: number
}

/** A quick, even run without faults. */
export const calm = (nodes: number, seed: number): Plan => ({
  seed,
  network: { delay: 'exponential', meanDelay: 20, pieces: false, whole: false },
  burst: 4,
  think: 2,
  service: 2,
  interrupt: 0.1,
  slowness: new Array<number>(nodes).fill(1),
  faults: [],
  maxSteps: 1_000_000,
})
