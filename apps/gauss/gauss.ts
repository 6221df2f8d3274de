/**
 * Gaussian elimination on a dense matrix of random numbers: A becomes L U, with the factors of L where the zeros would
 * be. Rows are dealt out like cards, so that everybody has something to do until the end, and each step needs one row
 * of one process: the pivot row, which all others read. A row of 512 numbers is a page.
 *
 * The pivot is the largest number of the pivot row, and columns change places, not rows. That is as stable as the
 * largest number of a column, and whoever has the row can find it; a column would have to be searched by all together
 * in each step.
 */
import type { App } from '../lib/app.js'
import { digest } from '../lib/digest.js'
import { randomFrom } from '../lib/random.js'

export interface Gauss {
  readonly [name: string]: number
  readonly size: number
}

export const gauss: App<Gauss> = {
  name: 'gauss',
  presets: {
    512: { size: 512 },
    1024: { size: 1024 },
    quick: { size: 128 },
  },
  bytes: ({ size }) => size * size * Float64Array.BYTES_PER_ELEMENT,
  unfit: ({ size }, processes) => {
    const least = Math.max(2, processes)
    if (size >= least && size <= MOST) return undefined
    return `--size ${size}: from ${least} to ${MOST}, with a row for each process`
  },
}

/** 2 GiB. */
const MOST = 16384

export const ownerOf = (row: number, processes: number): number => row % processes

/** The first row from `row` on that belongs to process `id`; its others follow at distances of `processes`. */
export const nextRow = (row: number, id: number, processes: number): number =>
  row + ((((id - row) % processes) + processes) % processes)

/** Rows `first`, `first + stride`, …: numbers in [-1, 1), each row from a seed of its own. */
export function start(matrix: Float64Array, { size }: Gauss, first: number, stride: number): void {
  for (let row = first; row < size; row += stride) fill(matrix, row * size, size, row)
}

function fill(numbers: Float64Array, at: number, size: number, row: number): void {
  const random = randomFrom(row * 7919 + 1)
  for (let i = at; i < at + size; i++) numbers[i] = 2 * random() - 1
}

/** What a process knows of the step it is in: the pivot row, and where the pivot was. */
export class Pivot {
  /** The pivot row in this step, a copy with the pivot in column `step`; what is left of it is of older steps. */
  readonly row: Float64Array
  /** In which column each step found its pivot. */
  readonly columns: Int32Array

  constructor(private readonly size: number) {
    this.row = new Float64Array(size)
    this.columns = new Int32Array(size)
  }

  /** From row `step` of the matrix, which stays as it is: others may be reading it. */
  choose(matrix: Float64Array, step: number): void {
    const { row, size } = this
    let column = step
    for (let j = step; j < size; j++) {
      const value = matrix[step * size + j] as number
      row[j] = value
      if (Math.abs(value) > Math.abs(row[column] as number)) column = j
    }
    if (row[column] === 0) throw new Error(`the matrix is singular: there is no pivot for step ${step}`)
    this.columns[step] = column
    const pivot = row[column] as number
    row[column] = row[step] as number
    row[step] = pivot
  }
}

/** Takes the pivot row from rows `first`, `first + stride`, … below `end`. */
export function eliminate(
  matrix: Float64Array,
  size: number,
  step: number,
  { row, columns }: Pivot,
  first: number,
  end: number,
  stride: number,
): void {
  const pivot = row[step] as number
  const column = columns[step] as number
  for (let r = first; r < end; r += stride) {
    const at = r * size
    const factor = (matrix[at + column] as number) / pivot
    matrix[at + column] = matrix[at + step] as number
    matrix[at + step] = factor
    for (let j = step + 1; j < size; j++) {
      matrix[at + j] = (matrix[at + j] as number) - factor * (row[j] as number)
    }
  }
}

/** The digest of L and U, and how far off the solution is of a system whose unknowns are all 1. */
export function resultOf(matrix: Float64Array, { size }: Gauss, { columns }: Pivot) {
  const unknowns = solve(matrix, size, columns, rowSums(size))
  const error = unknowns.reduce((worst, value) => Math.max(worst, Math.abs(value - 1)), 0)
  return { digest: digest(matrix), error: error.toExponential(1) }
}

function rowSums(size: number): Float64Array {
  const row = new Float64Array(size)
  return Float64Array.from({ length: size }, (_, number) => {
    fill(row, 0, size, number)
    return row.reduce((a, b) => a + b)
  })
}

/** Solves A x = `right`. */
function solve(matrix: Float64Array, size: number, columns: Int32Array, right: Float64Array): Float64Array {
  const sums = Float64Array.from(right)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) sums[i] = (sums[i] as number) - (matrix[i * size + j] as number) * (sums[j] as number)
  }
  // Row i has the order of columns before its own step, so the unknowns go back to that order with each row.
  const unknowns = new Float64Array(size)
  for (let i = size - 1; i >= 0; i--) {
    const column = columns[i] as number
    unknowns[i] = unknowns[column] as number
    let rest = sums[i] as number
    for (let j = i; j < size; j++) {
      if (j !== column) rest -= (matrix[i * size + j] as number) * (unknowns[j] as number)
    }
    unknowns[column] = rest / (matrix[i * size + column] as number)
  }
  return unknowns
}
