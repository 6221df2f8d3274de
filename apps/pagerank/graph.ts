/**
 * A random graph, the same for each process, from a seed: few vertices have many edges, and many have few. The number
 * of vertices with at least k edges falls with k^-1.5 for edges in and with k^-2 for edges out. There may be several
 * edges between two vertices, and edges from a vertex to itself; each counts.
 */
import { randomFrom } from '../lib/random.js'

export interface Graph {
  /** Edges out of each vertex. A dangling one, which has none, counts as one that has an edge to each vertex. */
  readonly degrees: Int32Array
  /** Vertices without edges out. */
  readonly dangling: Int32Array
  /** Edges into each vertex. */
  readonly inDegrees: Int32Array
}

/**
 * The edges into vertices [from, to), in compressed form: those of a vertex begin where those of the one before end.
 */
export interface Incoming {
  readonly from: number
  readonly to: number
  /** Of vertex `from + i`, at i. */
  readonly ends: Int32Array
  readonly sources: Int32Array
}

interface Size {
  readonly vertices: number
  readonly edges: number
}

export function degreesOf(size: Size): Graph {
  const degrees = new Int32Array(size.vertices)
  const inDegrees = new Int32Array(size.vertices)
  eachEdge(size, (source, target) => {
    degrees[source] = (degrees[source] as number) + 1
    inDegrees[target] = (inDegrees[target] as number) + 1
  })
  const dangling: number[] = []
  degrees.forEach((degree, v) => {
    if (degree === 0) dangling.push(v)
  })
  for (const v of dangling) degrees[v] = size.vertices
  return { degrees, dangling: Int32Array.from(dangling), inDegrees }
}

/** The edges are made once more and those of other vertices dropped, so a process keeps no more than it needs. */
export function incomingOf(size: Size, { inDegrees }: Graph, [from, to]: readonly [number, number]): Incoming {
  const places = new Int32Array(to - from)
  let count = 0
  for (let v = from; v < to; v++) {
    places[v - from] = count
    count += inDegrees[v] as number
  }
  const sources = new Int32Array(count)
  eachEdge(size, (source, target) => {
    if (target < from || target >= to) return
    const place = places[target - from] as number
    sources[place] = source
    places[target - from] = place + 1
  })
  // Each place has moved on to the end of its vertex.
  return { from, to, ends: places, sources }
}

/** Blocks of vertices, one for each process, that have about equally many edges in: edges are the work. */
export function blocksOf({ inDegrees }: Graph, processes: number): readonly (readonly [from: number, to: number])[] {
  const total = inDegrees.reduce((a, b) => a + b, 0)
  const ends: number[] = []
  let sum = 0
  inDegrees.forEach((degree, v) => {
    // A block ends where its part of the edges does, or where there would be no vertex left for each of the others.
    const [block, left] = [ends.length + 1, inDegrees.length - v - 1]
    sum += degree
    if (block < processes && (sum * processes >= total * block || left === processes - block)) ends.push(v + 1)
  })
  ends.push(inDegrees.length)
  return ends.map((end, block) => [ends[block - 1] ?? 0, end] as const)
}

/** All edges, always in the same order. */
function eachEdge({ vertices, edges }: Size, edge: (source: number, target: number) => void): void {
  const random = randomFrom(SEED)
  const sources = coprime(vertices, 0.618)
  const targets = coprime(vertices, 0.414)
  for (let i = 0; i < edges; i++) {
    // Powers of a random number lie near 0, so the first places are taken often. By multiplication, which is exact
    // everywhere; Math.pow is not. The places are scattered over the vertices then: the heavy ones are not neighbours.
    const out = random()
    const into = random()
    const source = Math.floor(out * out * vertices)
    const target = Math.floor(into * into * into * vertices)
    edge(((source + 1) * sources) % vertices, ((target + 1) * targets) % vertices)
  }
}

const SEED = 20

/**
 * A number without a common divisor with `count`, near that part of it: its multiples, mod `count`, are all numbers.
 */
function coprime(count: number, part: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let number = Math.max(1, Math.floor(count * part))
  while (divisor(number, count) !== 1) number++
  return number
}
