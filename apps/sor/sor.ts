/**
 * Red-black over-relaxation (SC'95, section 3.4 of the comparison): 1024 × 3072 points, 51 iterations, of which the first is
 * not timed. `zero` begins with edges of 1 and zeros inside, where for a long time nothing changes; `nonzero` with noise,
 * so that everything does.
 */
import { BLACK, initialise, type Plate, RED, relax } from '../../examples/lib/sor.js'
import type { App } from '../lib/app.js'
import { blockOf } from '../lib/blocks.js'
import { digest } from '../lib/digest.js'

export interface Sor extends Plate {
  readonly [name: string]: number | string
  readonly iterations: number
  readonly start: 'zero' | 'nonzero'
}

export const sor: App<Sor> = {
  name: 'sor',
  presets: {
    zero: { rows: 1024, cols: 3072, iterations: 51, start: 'zero' },
    nonzero: { rows: 1024, cols: 3072, iterations: 51, start: 'nonzero' },
    quick: { rows: 256, cols: 1024, iterations: 11, start: 'nonzero' },
  },
  bytes: ({ rows, cols }) => rows * cols * 4,
  unfit: ({ rows, cols, iterations }, processes) => {
    if (cols % 2 !== 0 || cols < 4) return `--cols ${cols}: must be even, at least 4`
    if (iterations < 2) return `--iterations ${iterations}: at least 2, of which the first is not timed`
    if (rows < 3 || rows < processes) return `--rows ${rows}: at least 3, and one for each of ${processes} processes`
    return undefined
  },
}

/** One array for each colour, of half as many columns. */
export interface Colours {
  readonly red: Float32Array
  readonly black: Float32Array
}

export const cellsOf = ({ rows, cols }: Sor): number => (rows * cols) / 2

export const start = ({ red, black }: Colours, problem: Sor, from: number, to: number): void =>
  initialise(red, black, problem, from, to, problem.start)

export const relaxRed = ({ red, black }: Colours, problem: Sor, from: number, to: number): void =>
  relax(red, black, RED, problem, from, to)

export const relaxBlack = ({ red, black }: Colours, problem: Sor, from: number, to: number): void =>
  relax(black, red, BLACK, problem, from, to)

export const rowsOf = ({ rows }: Sor, id: number, count: number): readonly [from: number, to: number] =>
  blockOf(rows, id, count)

export const resultOf = ({ red, black }: Colours): { digest: string } => ({ digest: digest(red, black) })
