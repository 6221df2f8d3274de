/**
 * Red-black over-relaxation on a plate. The plate is a checkerboard: red cells have only black neighbours and
 * black only red, so all cells of one colour can be computed at once. Each colour is an array of its own, half
 * as wide as the plate. Nothing here knows about shared memory: the sequential and the shared program both
 * use these functions, on private and on shared arrays.
 */

/** The plate: `cols` is even, and a colour has `cols / 2` cells in each row. */
export interface Plate {
  readonly rows: number
  readonly cols: number
}

export type Colour = 0 | 1
export const RED: Colour = 0
export const BLACK: Colour = 1

/**
 * How the plate starts; its edge is held at 1 for ever.
 * `zero`: the inside is 0. `nonzero`: noise, so that practically every cell changes in every iteration.
 * `tread`: the hot tracks of two tyres, for the eye.
 */
export const starts = ['zero', 'nonzero', 'tread'] as const
export type Start = (typeof starts)[number]

/**
 * Half an iteration: each cell of `colour` in rows [from, to) becomes the mean of its four neighbours, which
 * have the other colour. (As in the papers' program, the relaxation factor is 1.) The sum is done in double
 * precision and rounded once, by the store into the Float32Array.
 */
export function relax(
  cells: Float32Array,
  others: Float32Array,
  colour: Colour,
  plate: Plate,
  from: number,
  to: number,
): void {
  const half = plate.cols >> 1
  const last = Math.min(to, plate.rows - 1)
  for (let row = Math.max(from, 1); row < last; row++) {
    // In rows where `shift` is 0 cell k lies in column 2k, between neighbours k-1 and k; where it is 1, in
    // column 2k+1, between k and k+1. The cells in the first and last column belong to the edge.
    const shift = (row + colour) & 1
    const start = row * half + 1 - shift
    const end = start + half - 1
    let left = others[start - 1 + shift] as number
    for (let cell = start; cell < end; cell++) {
      const right = others[cell + shift] as number
      const above = others[cell - half] as number
      const below = others[cell + half] as number
      cells[cell] = 0.25 * (above + below + left + right)
      left = right
    }
  }
}

/** Sets rows [from, to) of both colours to their start. Zeros are not written: memory starts as zeros. */
export function initialise(
  red: Float32Array,
  black: Float32Array,
  plate: Plate,
  from: number,
  to: number,
  start: Start,
): void {
  const half = plate.cols >> 1
  for (let row = from; row < to; row++) {
    for (let col = 0; col < plate.cols; col++) {
      const temperature = startOf(row, col, plate, start)
      if (temperature !== 0) (((row + col) & 1) === RED ? red : black)[row * half + (col >> 1)] = temperature
    }
  }
}

function startOf(row: number, col: number, { rows, cols }: Plate, start: Start): number {
  if (row === 0 || col === 0 || row === rows - 1 || col === cols - 1) return 1
  if (start === 'zero') return 0
  if (start === 'nonzero') return (Math.imul((row * 7919) ^ (col * 104729), 0x9e3779b1) >>> 8) / 2 ** 24
  return tread(row / rows, (col / cols) * 3)
}

/** Two tracks of chevrons along the plate, y from 0 to 1 across it and x from 0 to 3 along it. */
function tread(y: number, x: number): number {
  for (const middle of [0.3, 0.7]) {
    const across = Math.abs(y - middle)
    if (across > 0.145) continue
    if (across < 0.012) return 1
    const along = x + 1.1 * across + (middle > 0.5 ? 0.07 : 0)
    if (across > 0.025 && along % 0.14 < 0.085) return 0.35 + (0.65 * x) / 3
  }
  return 0
}

/** The rows of process `id` out of `count`: [from, to), blocks that differ by at most one row. */
export function blockOf(rows: number, id: number, count: number): [from: number, to: number] {
  return [Math.floor((rows * id) / count), Math.floor((rows * (id + 1)) / count)]
}

/** FNV-1a over 32-bit words [from, to), continuing from `hash`. */
export function digest(words: Uint32Array, from: number, to: number, hash = 0x811c9dc5): number {
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193)
  return hash >>> 0
}
