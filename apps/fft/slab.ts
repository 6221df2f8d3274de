/**
 * What one process has and does of the cube. In space a number is at (z, y, x), x running fastest, and the process has
 * some planes of equal z: there it transforms along x and y alone. In frequency space it is at (y, z, x), and the
 * process has planes of equal y: there it transforms along z alone. Between the two all have to get from all. Whoever
 * computes a plane leaves it in a cube of such planes; whoever goes on reads, for each plane of his own, one row of all
 * of these. How rows get from one process to another is not done here.
 */
import { NasRandom } from '../lib/nas-random.js'
import { type Fft, momentsLength, planeLength, rowLength } from './fft.js'
import { type Place, Transform } from './transform.js'

/** Rows (plane, row) of many planes, of which the process needs only its own: the first is at 0. */
export interface Rows {
  readonly numbers: Float64Array
  /** Doubles from a row to the same one in the next plane. */
  readonly step: number
}

export class Slab {
  /** Sums of some numbers of the planes: for each plane those of all moments. */
  readonly sums: Float64Array
  /** In space, the planes of the process: the noise of the start, later how it looks at a moment. */
  private readonly field: Float64Array
  /** In frequency space, the planes of the process at moment 0. */
  private readonly spectrum: Float64Array
  /** One plane of it at another moment. */
  private readonly damped: Float64Array
  private readonly transform: Transform

  /** The process has planes [from, to) of either kind. */
  constructor(
    private readonly problem: Fft,
    private readonly from: number,
    private readonly to: number,
  ) {
    const length = (to - from) * planeLength(problem)
    this.sums = new Float64Array((to - from) * momentsLength(problem))
    this.field = new Float64Array(length)
    this.spectrum = new Float64Array(length)
    this.damped = new Float64Array(planeLength(problem))
    this.transform = new Transform(problem.side)
  }

  /** The field at the start: noise. */
  start(): void {
    new NasRandom(SEED, this.from * planeLength(this.problem)).fill(this.field)
  }

  /** Along x and y: from the field into `planes`, a cube's part that is the process's. */
  forwardInPlanes(planes: Float64Array): void {
    const plane = planeLength(this.problem)
    const [rows, source, target] = [this.along(this.field), this.across(this.field), this.across(planes)]
    for (let at = 0; at < this.field.length; at += plane) {
      this.forEachBlock(this.row, (aside) => this.transform.forward(rows, at + aside, rows, at + aside))
      this.forEachBlock(2, (aside) => this.transform.forward(source, at + aside, target, at + aside))
    }
  }

  /** The rest of it, along z: from the rows that all have left there into the spectrum. */
  forwardThroughPlanes({ numbers, step }: Rows): void {
    const source: Place = { numbers, step, aside: 2 }
    const target = this.across(this.spectrum)
    for (let own = 0; own < this.to - this.from; own++) {
      const [from, to] = [own * this.row, own * planeLength(this.problem)]
      this.forEachBlock(2, (aside) => this.transform.forward(source, from + aside, target, to + aside))
    }
  }

  /** The spectrum at a moment, back along z: into `planes`. */
  backThroughPlanes(planes: Float64Array, moment: number): void {
    const [source, target] = [this.across(this.damped), this.across(planes)]
    const factors = factorsOf(this.problem.side, moment)
    for (let own = 0; own < this.to - this.from; own++) {
      const at = own * planeLength(this.problem)
      damp(this.spectrum.subarray(at, at + this.damped.length), this.damped, factors, this.from + own)
      this.forEachBlock(2, (aside) => this.transform.inverse(source, aside, target, at + aside))
    }
  }

  /** The rest of it, along y and x: from the rows that all have left there into the field, whose sums are taken. */
  backInPlanes({ numbers, step }: Rows, moment: number): void {
    const source: Place = { numbers, step, aside: 2 }
    const [rows, target] = [this.along(this.field), this.across(this.field)]
    for (let own = 0; own < this.to - this.from; own++) {
      const [from, to] = [own * this.row, own * planeLength(this.problem)]
      this.forEachBlock(2, (aside) => this.transform.inverse(source, from + aside, target, to + aside))
      this.forEachBlock(this.row, (aside) => this.transform.inverse(rows, to + aside, rows, to + aside))
      const [real, imaginary] = this.sumOf(own)
      const sum = own * momentsLength(this.problem) + 2 * (moment - 1)
      this.sums[sum] = real
      this.sums[sum + 1] = imaginary
    }
  }

  private get row(): number {
    return rowLength(this.problem)
  }

  /** Rows of numbers that are beside each other. */
  private along(numbers: Float64Array): Place {
    return { numbers, step: 2, aside: this.row }
  }

  /** Columns of numbers of which each is in another row. */
  private across(numbers: Float64Array): Place {
    return { numbers, step: this.row, aside: 2 }
  }

  /** As many rows, or columns, as are transformed at once; `aside` is the distance between two. */
  private forEachBlock(aside: number, visit: (offset: number) => void): void {
    const { lanes } = this.transform
    for (let lane = 0; lane < this.problem.side; lane += lanes) visit(lane * aside)
  }

  /** NAS takes the numbers (5j, 3j, j), each modulo the side, for j from 1 to 1024: here those of one plane. */
  private sumOf(own: number): readonly [real: number, imaginary: number] {
    const { side } = this.problem
    let real = 0
    let imaginary = 0
    for (let j = 1; j <= 1024; j++) {
      if ((5 * j) % side !== this.from + own) continue
      const at = own * planeLength(this.problem) + ((3 * j) % side) * this.row + (j % side) * 2
      real += this.field[at] as number
      imaginary += this.field[at + 1] as number
    }
    return [real, imaginary]
  }
}

const SEED = 314159265
const ALPHA = 1e-6

/** By how much a frequency is damped: the product of three of these, one for each of its coordinates. */
function factorsOf(side: number, moment: number): Float64Array {
  // The upper half of the coordinates stands for negative ones.
  const frequency = (i: number): number => (i < side / 2 ? i : i - side)
  return Float64Array.from({ length: side }, (_, i) => Math.exp(-4 * ALPHA * Math.PI ** 2 * moment * frequency(i) ** 2))
}

/** A plane (z, x) of the spectrum, whose y is given. */
function damp(plane: Float64Array, damped: Float64Array, factors: Float64Array, y: number): void {
  const side = factors.length
  let at = 0
  for (let z = 0; z < side; z++) {
    const factorYZ = (factors[y] as number) * (factors[z] as number)
    for (let x = 0; x < side; x++) {
      const factor = factorYZ * (factors[x] as number)
      damped[at] = (plane[at] as number) * factor
      damped[at + 1] = (plane[at + 1] as number) * factor
      at += 2
    }
  }
}
