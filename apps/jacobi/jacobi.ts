/**
 * Jacobi's method for the temperature of a plate (TreadMarks, USENIX 1994): 2000 × 1000 points in single precision, 100
 * iterations. Each point becomes the mean of its four neighbours; all are computed into a scratch array first, and
 * copied back then. A row has 4,000 bytes, so rows do not begin where pages do.
 */
import type { App } from '../lib/app.js'
import { blockOf } from '../lib/blocks.js'

export interface Jacobi {
  readonly [name: string]: number
  readonly rows: number
  readonly cols: number
  readonly iterations: number
}

export const jacobi: App<Jacobi> = {
  name: 'jacobi',
  presets: {
    paper: { rows: 2000, cols: 1000, iterations: 100 },
    quick: { rows: 400, cols: 250, iterations: 20 },
  },
  bytes: ({ rows, cols }) => rows * cols * 4,
  unfit: ({ rows, cols }, processes) => {
    if (cols < 3) return `--cols ${cols}: at least 3`
    if (rows < processes + 2) {
      return `--rows ${rows}: ${processes} processes need ${processes + 2} at least, one for each and the two of the edge`
    }
    return undefined
  },
}

/** The rows of a process; the first row and the last belong to the edge and to nobody. */
export function rowsOf({ rows }: Jacobi, id: number, count: number): readonly [from: number, to: number] {
  const [from, to] = blockOf(rows - 2, id, count)
  return [from + 1, to + 1]
}

/** The edge is held at 1; the inside begins with noise. Row `r` of the grid, for r in [from, to). */
export function start(grid: Float32Array, { rows, cols }: Jacobi, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    for (let col = 0; col < cols; col++) {
      const edge = row === 0 || col === 0 || row === rows - 1 || col === cols - 1
      grid[row * cols + col] = edge ? 1 : (Math.imul((row * 7919) ^ (col * 104729), 0x9e3779b1) >>> 8) / 2 ** 24
    }
  }
}

/** The means of the inner points of rows [from, to), into `scratch`, whose first row is that of `from`. */
export function average(grid: Float32Array, scratch: Float32Array, cols: number, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const first = row * cols + 1
    const shift = from * cols
    let left = grid[first - 1] as number
    let here = grid[first] as number
    for (let i = first; i < first + cols - 2; i++) {
      const right = grid[i + 1] as number
      scratch[i - shift] = 0.25 * ((grid[i - cols] as number) + (grid[i + cols] as number) + left + right)
      left = here
      here = right
    }
  }
}

/** The inner points of rows [from, to), back from `scratch`. */
export function copyBack(grid: Float32Array, scratch: Float32Array, cols: number, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const at = (row - from) * cols
    grid.set(scratch.subarray(at + 1, at + cols - 1), row * cols + 1)
  }
}
