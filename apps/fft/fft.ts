/**
 * FT of the NAS benchmarks (SC'95, 3D-FFT): a cube of 64 × 64 × 64 complex numbers, 6 iterations. Heat is spread in
 * frequency space: one transform in three dimensions takes the noise of the start there; then, for each moment t, all
 * frequencies are damped and one transform back tells how the cube looks, of which 1024 numbers are added up. As in
 * NAS, all is done before it is timed.
 */
import type { App } from '../lib/app.js'
import { digest } from '../lib/digest.js'

export interface Fft {
  readonly [name: string]: number
  /** Of the cube: numbers along each edge. */
  readonly side: number
  readonly iterations: number
}

export const fft: App<Fft> = {
  name: 'fft',
  presets: {
    paper: { side: 64, iterations: 6 },
    quick: { side: 32, iterations: 6 },
  },
  bytes: (problem) => (2 * cubeLength(problem) + sumsLength(problem)) * Float64Array.BYTES_PER_ELEMENT,
  unfit: ({ side, iterations }, processes) => {
    if (!SIDES.includes(side)) return `--side ${side}: must be one of ${SIDES.join(', ')}`
    if (iterations < 1 || iterations > 1000) return `--iterations ${iterations}: from 1 to 1000`
    if (side % processes !== 0) {
      const fit = Math.min(side, 2 ** Math.floor(Math.log2(processes)))
      return `--side ${side}: ${processes} processes cannot have equal parts of it; ${fit} can`
    }
    return undefined
  },
}

/**
 * So often all is done before it is timed. NAS does it once, to have touched all memory; V8 needs some times more until it
 * has compiled what is needed, also that of the service thread, and 6 iterations last a tenth of a second.
 */
export const UNTIMED = 4

/** In a cube of 256 what one process has for another is too much for a message. */
const SIDES = [4, 8, 16, 32, 64, 128]

/** Doubles of a row, of a plane, of a cube. */
export const rowLength = ({ side }: Fft): number => 2 * side
export const planeLength = ({ side }: Fft): number => 2 * side ** 2
export const cubeLength = ({ side }: Fft): number => 2 * side ** 3

/** Doubles of the sums of all planes at all moments: those of a plane lie together. */
export const sumsLength = ({ side, iterations }: Fft): number => side * momentsLength({ iterations })
export const momentsLength = ({ iterations }: Pick<Fft, 'iterations'>): number => 2 * iterations

/**
 * The checksums, by the sums of the planes. These are added in the order of the planes, whoever has which: all versions
 * give the same bits.
 */
export function resultOf(problem: Fft, sums: Float64Array) {
  const { side, iterations } = problem
  const length = momentsLength(problem)
  const checks = new Float64Array(length)
  for (let i = 0; i < sums.length; i++) {
    checks[i % length] = (checks[i % length] as number) + (sums[i] as number) / side ** 3
  }
  const known = side === 64 && iterations <= 6 ? CLASS_S.slice(0, length) : undefined
  const [real, imaginary] = checks.subarray(length - 2)
  return {
    digest: digest(checks),
    real: real as number,
    imaginary: imaginary as number,
    ...(known && { nas: known.every((value, i) => close(checks[i] as number, value)) ? 'agrees' : 'differs' }),
  }
}

const close = (value: number, known: number): boolean => Math.abs(value / known - 1) < 1e-12

/** The checksums that NAS gives for a cube of 64, moment by moment: real part, imaginary part. */
const CLASS_S: readonly number[] = [
  [554.6087004964, 484.5363331978],
  [554.6385409189, 486.5304269511],
  [554.6148406171, 488.3910722336],
  [554.5423607415, 490.1273169046],
  [554.4255039624, 491.7475857993],
  [554.2683411902, 493.2597244941],
].flat()
