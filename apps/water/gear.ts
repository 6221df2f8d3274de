/**
 * Gear's predictor and corrector of sixth order (Gear 1971). Beside its position, each coordinate has its first six
 * derivatives, the k-th of them times h^k / k! for a step of h. So the prediction is a row of Pascal's triangle for
 * each, and the correction is the same error for all, in fixed shares.
 */
import { ENERGY, MASSES, NUMBERS } from './potential.js'

/** Numbers that a coordinate has beside its position. */
const ORDER = 6

/** Femtoseconds. */
const STEP = 0.25

/**
 * What position and derivatives get of the error of the second; those from the third on stem from (t+1)(t+2)(t+3)(t+4).
 */
const SHARES = [863 / 6048, 665 / 1008, 1, 25 / 36, 35 / 144, 1 / 24, 1 / 360] as const

/** From force over mass to the second derivative as it is kept. */
const SECOND = (ENERGY * STEP * STEP) / 2

/** Derivatives of all coordinates, those of one side by side. */
export const derivativesOf = (molecules: number): Float64Array => new Float64Array(molecules * NUMBERS * ORDER)

/** Velocities and forces of the start are known, and what lies beyond them is not. */
export function startDerivatives(
  derivatives: Float64Array,
  velocities: Float64Array,
  forces: Float64Array,
  from: number,
  to: number,
): void {
  for (let i = from * NUMBERS; i < to * NUMBERS; i++) {
    derivatives[i * ORDER] = (velocities[i] as number) * STEP
    derivatives[i * ORDER + 1] = (SECOND * (forces[i] as number)) / (MASSES[i % NUMBERS] as number)
  }
}

/** Where molecules [from, to) will be, and how they will move. */
export function predict(positions: Float64Array, derivatives: Float64Array, from: number, to: number): void {
  for (let i = from * NUMBERS; i < to * NUMBERS; i++) {
    const at = i * ORDER
    const d1 = derivatives[at] as number
    const d2 = derivatives[at + 1] as number
    const d3 = derivatives[at + 2] as number
    const d4 = derivatives[at + 3] as number
    const d5 = derivatives[at + 4] as number
    const d6 = derivatives[at + 5] as number
    positions[i] = (positions[i] as number) + d1 + d2 + d3 + d4 + d5 + d6
    derivatives[at] = d1 + 2 * d2 + 3 * d3 + 4 * d4 + 5 * d5 + 6 * d6
    derivatives[at + 1] = d2 + 3 * d3 + 6 * d4 + 10 * d5 + 15 * d6
    derivatives[at + 2] = d3 + 4 * d4 + 10 * d5 + 20 * d6
    derivatives[at + 3] = d4 + 5 * d5 + 15 * d6
    derivatives[at + 4] = d5 + 6 * d6
  }
}

/** The forces tell how wrong the prediction was. */
export function correct(
  positions: Float64Array,
  derivatives: Float64Array,
  forces: Float64Array,
  from: number,
  to: number,
): void {
  const [c0, c1, c2, c3, c4, c5, c6] = SHARES
  for (let i = from * NUMBERS; i < to * NUMBERS; i++) {
    const at = i * ORDER
    const second = (SECOND * (forces[i] as number)) / (MASSES[i % NUMBERS] as number)
    const error = second - (derivatives[at + 1] as number)
    positions[i] = (positions[i] as number) + c0 * error
    derivatives[at] = (derivatives[at] as number) + c1 * error
    derivatives[at + 1] = (derivatives[at + 1] as number) + c2 * error
    derivatives[at + 2] = (derivatives[at + 2] as number) + c3 * error
    derivatives[at + 3] = (derivatives[at + 3] as number) + c4 * error
    derivatives[at + 4] = (derivatives[at + 4] as number) + c5 * error
    derivatives[at + 5] = (derivatives[at + 5] as number) + c6 * error
  }
}

/** Energy of the motion of molecules [from, to), kcal/mol. */
export function kineticEnergy(derivatives: Float64Array, from: number, to: number): number {
  let energy = 0
  for (let i = from * NUMBERS; i < to * NUMBERS; i++) {
    const velocity = (derivatives[i * ORDER] as number) / STEP
    energy += 0.5 * (MASSES[i % NUMBERS] as number) * velocity * velocity
  }
  return energy / ENERGY
}
