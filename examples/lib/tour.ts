/**
 * Branch and bound for the travelling salesman, as one process does it: partial tours, a lower bound for what
 * they can become, their extension by one city, and the exhaustive search below one. What processes share, the
 * queue and the shortest tour, is the caller's business, told through `Shared`.
 */

/**
 * A partial tour, as one record of whole numbers: lower bound of all tours that begin like this, number of
 * cities left, length so far, then all cities: those visited, in order, and the others, in any order. The
 * first two are its priority: most promising first, and of equals the one that is nearer to its end.
 */
export type PartialTour = Int32Array
const BOUND = 0
const LEFT = 1
const LENGTH = 2
const CITIES = 3

export const partialTourLength = (cities: number): number => CITIES + cities
export const boundOf = (tour: PartialTour): number => tour[BOUND] as number
export const citiesLeft = (tour: PartialTour): number => tour[LEFT] as number

/** The shortest tour known to all. Both answer its length, which is never longer than what was known before. */
export interface Shared {
  /** A tour was found that is shorter than the shortest this process knew. */
  found(tour: Int32Array, length: number): number
  /** Asks from time to time whether others have found a shorter one. */
  refresh(): number
}

/** How many partial tours are looked at between two calls of `refresh`: some milliseconds. */
const nodesBetweenRefreshes = 10_000

export class Search {
  /** Partial tours looked at. */
  nodes = 0
  /** Length of the shortest tour this process knows of; an old, longer one only makes it prune less. */
  shortest: number
  private nextRefresh = nodesBetweenRefreshes
  private readonly path: Int32Array
  /** For Prim's algorithm: the cities not yet in the tree, and what it costs to connect each. */
  private readonly outside: Int32Array
  private readonly cost: Int32Array
  /** Candidates for the next city with their bounds, for each depth of the recursion. */
  private readonly candidates: Int32Array[]
  private readonly bounds: Int32Array[]

  constructor(
    private readonly distances: Int32Array,
    private readonly cities: number,
    private readonly shared: Shared,
  ) {
    this.shortest = shared.refresh()
    this.path = new Int32Array(cities)
    this.outside = new Int32Array(cities)
    this.cost = new Int32Array(cities)
    this.candidates = Array.from({ length: cities }, () => new Int32Array(cities))
    this.bounds = Array.from({ length: cities }, () => new Int32Array(cities))
  }

  /** The tour that has only left city 0. */
  root(): PartialTour {
    const tour = new Int32Array(partialTourLength(this.cities))
    tour[LEFT] = this.cities - 1
    for (let city = 0; city < this.cities; city++) tour[CITIES + city] = city
    return tour
  }

  refresh(): void {
    this.shortest = this.shared.refresh()
    this.nextRefresh = this.nodes + nodesBetweenRefreshes
  }

  /** All extensions of a tour by one city that may still lead to a shorter tour than the shortest. */
  extend(tour: PartialTour): PartialTour[] {
    const visited = this.load(tour)
    const length = tour[LENGTH] as number
    const count = this.branch(visited, length)
    const last = this.path[visited - 1] as number
    const extended: PartialTour[] = []
    for (let i = 0; i < count; i++) {
      const city = this.candidates[visited]?.[i] as number
      const child = Int32Array.from(tour)
      child[BOUND] = this.bounds[visited]?.[i] as number
      child[LEFT] = citiesLeft(tour) - 1
      child[LENGTH] = length + (this.distances[last * this.cities + city] as number)
      const place = child.indexOf(city, CITIES + visited)
      child[place] = child[CITIES + visited] as number
      child[CITIES + visited] = city
      extended.push(child)
    }
    return extended
  }

  /** Searches everything below a partial tour, depth first and alone. */
  solve(tour: PartialTour): void {
    if (boundOf(tour) < this.shortest) this.descend(this.load(tour), tour[LENGTH] as number)
  }

  private load(tour: PartialTour): number {
    this.path.set(tour.subarray(CITIES))
    return this.cities - citiesLeft(tour)
  }

  private descend(visited: number, length: number): void {
    const { path, distances, cities } = this
    const last = path[visited - 1] as number
    if (visited === cities) {
      const whole = length + (distances[last * cities] as number)
      if (whole < this.shortest) this.shortest = this.shared.found(path, whole)
      return
    }
    if (this.nodes >= this.nextRefresh) this.refresh()
    const count = this.branch(visited, length)
    const candidates = this.candidates[visited] as Int32Array
    const bounds = this.bounds[visited] as Int32Array
    for (let i = 0; i < count; i++) {
      if ((bounds[i] as number) >= this.shortest) return // and so are the bounds of all after it
      const city = candidates[i] as number
      const place = path.indexOf(city, visited)
      path[place] = path[visited] as number
      path[visited] = city
      this.descend(visited + 1, length + (distances[last * cities + city] as number))
    }
  }

  /** Writes the candidates for the next city, lowest bound first, and answers how many there are. */
  private branch(visited: number, length: number): number {
    const { path, distances, cities, shortest } = this
    const candidates = this.candidates[visited] as Int32Array
    const bounds = this.bounds[visited] as Int32Array
    const last = path[visited - 1] as number
    // A tour and its reverse are the same: look only at those that visit city 1 before city 2.
    const tooEarly = path.indexOf(1, visited) < 0 ? -1 : 2
    let count = 0
    for (let place = visited; place < cities; place++) {
      const city = path[place] as number
      if (city === tooEarly) continue
      this.nodes++
      const bound = this.lowerBound(visited, place, length + (distances[last * cities + city] as number))
      if (bound >= shortest) continue
      let at = count++
      for (; at > 0 && (bounds[at - 1] as number) > bound; at--) {
        bounds[at] = bounds[at - 1] as number
        candidates[at] = candidates[at - 1] as number
      }
      bounds[at] = bound
      candidates[at] = city
    }
    return count
  }

  /**
   * No tour that goes on with the city at `place` is shorter than this: what is left of it is a path through
   * all other cities, which is no shorter than their minimum spanning tree, and its two connections, from that
   * city and to city 0.
   */
  private lowerBound(visited: number, place: number, length: number): number {
    const { path, distances, cities, outside, cost } = this
    const city = path[place] as number
    let count = 0
    let fromCity = Infinity
    let toStart = Infinity
    for (let i = visited; i < cities; i++) {
      if (i === place) continue
      const other = path[i] as number
      outside[count++] = other
      fromCity = Math.min(fromCity, distances[city * cities + other] as number)
      toStart = Math.min(toStart, distances[other] as number)
    }
    if (count === 0) return length + (distances[city] as number)
    let total = length + fromCity + toStart

    let joined = outside[--count] as number
    for (let i = 0; i < count; i++) cost[i] = distances[joined * cities + (outside[i] as number)] as number
    while (count > 0) {
      let nearest = 0
      for (let i = 1; i < count; i++) if ((cost[i] as number) < (cost[nearest] as number)) nearest = i
      total += cost[nearest] as number
      joined = outside[nearest] as number
      count--
      outside[nearest] = outside[count] as number
      cost[nearest] = cost[count] as number
      for (let i = 0; i < count; i++) {
        const distance = distances[joined * cities + (outside[i] as number)] as number
        if (distance < (cost[i] as number)) cost[i] = distance
      }
    }
    return total
  }
}

/** Length of a closed tour. */
export function tourLength(distances: Int32Array, tour: Int32Array): number {
  let length = 0
  tour.forEach((city, i) => {
    length += distances[city * tour.length + (tour[(i + 1) % tour.length] as number)] as number
  })
  return length
}

/** Whether all cities are in it, each once. */
export function isPermutation(tour: Int32Array): boolean {
  return Int32Array.from(tour)
    .sort()
    .every((city, i) => city === i)
}

/** A tour to begin with: always on to the nearest city, then improved by reversing stretches of it (2-opt). */
export function goodTour(distances: Int32Array, cities: number): Int32Array {
  const distance = (a: number, b: number): number => distances[a * cities + b] as number
  const tour = Int32Array.from({ length: cities }, (_, city) => city)
  for (let i = 1; i < cities; i++) {
    const last = tour[i - 1] as number
    let nearest = i
    for (let j = i + 1; j < cities; j++) {
      if (distance(last, tour[j] as number) < distance(last, tour[nearest] as number)) nearest = j
    }
    const city = tour[nearest] as number
    tour[nearest] = tour[i] as number
    tour[i] = city
  }
  for (let improved = true; improved; ) {
    improved = false
    for (let i = 1; i < cities - 1; i++) {
      for (let j = i + 1; j < cities; j++) {
        const [before, first] = [tour[i - 1] as number, tour[i] as number]
        const [last, after] = [tour[j] as number, tour[(j + 1) % cities] as number]
        if (distance(before, last) + distance(first, after) < distance(before, first) + distance(last, after)) {
          tour.subarray(i, j + 1).reverse()
          improved = true
        }
      }
    }
  }
  return tour
}
