/**
 * PageRank, by iteration, of a random graph in which few vertices have most of the edges: each vertex passes d = 0.85
 * of its rank on, in equal shares, to those that it has edges to; one without edges out passes it on to all. Each
 * vertex pulls what it gets, so nobody but its process writes its rank. The graph itself is in graph.ts.
 *
 * What is kept is not the rank but the share, which is what others want to know: so there is one division for a vertex
 * and none for an edge.
 */
import type { App } from '../lib/app.js'
import { digest } from '../lib/digest.js'
import type { Graph, Incoming } from './graph.js'

export interface Pagerank {
  readonly [name: string]: number
  readonly vertices: number
  readonly edges: number
  readonly iterations: number
}

export const pagerank: App<Pagerank> = {
  name: 'pagerank',
  presets: {
    million: { vertices: 100_000, edges: 1_000_000, iterations: 20 },
    quick: { vertices: 5_000, edges: 50_000, iterations: 20 },
  },
  bytes: ({ vertices }) => 2 * vertices * Float64Array.BYTES_PER_ELEMENT,
  unfit: ({ vertices, edges, iterations }, processes) => {
    const least = Math.max(2, processes)
    if (vertices < least || vertices > MOST_VERTICES) {
      return `--vertices ${vertices}: from ${least} to ${MOST_VERTICES}, with one for each process`
    }
    if (edges < 1 || edges > MOST_EDGES) return `--edges ${edges}: from 1 to ${MOST_EDGES}`
    if (iterations < 1) return `--iterations ${iterations}: at least 1`
    return undefined
  },
}

/** The shares of a process go into one message. */
const MOST_VERTICES = 4_000_000
const MOST_EDGES = 100_000_000
const DAMPING = 0.85

/** At first all ranks are equal. */
export function start(shares: Float64Array, { degrees }: Graph, from: number, to: number): void {
  for (let v = from; v < to; v++) shares[v] = 1 / degrees.length / (degrees[v] as number)
}

/**
 * The next shares of the vertices of `incoming`, from the last ones of all. The sums are in the order of the edges, and
 * what the dangling vertices give to all is added up by each process, over all of them, in the order of their numbers:
 * there are few, and so neither bits nor messages depend on who has which.
 */
export function pull(shares: Float64Array, next: Float64Array, { degrees, dangling }: Graph, incoming: Incoming): void {
  const { from, to, ends, sources } = incoming
  let forAll = 0
  for (let i = 0; i < dangling.length; i++) forAll += shares[dangling[i] as number] as number
  let edge = 0
  for (let v = from; v < to; v++) {
    let sum = forAll
    for (const end = ends[v - from] as number; edge < end; edge++) sum += shares[sources[edge] as number] as number
    next[v] = ((1 - DAMPING) / degrees.length + DAMPING * sum) / (degrees[v] as number)
  }
}

/** The digest of all ranks, their sum, which is 1 but for rounding, and the vertex that has the highest. */
export function resultOf(shares: Float64Array, { degrees }: Graph) {
  const ranks = shares.map((share, v) => share * (degrees[v] as number))
  const sum = ranks.reduce((a, b) => a + b)
  const top = ranks.reduce((best, rank, v) => (rank > (ranks[best] as number) ? v : best), 0)
  return { digest: digest(ranks), sum: sum.toFixed(12), top, rank: (ranks[top] as number).toFixed(6) }
}
