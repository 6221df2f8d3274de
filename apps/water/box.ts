/**
 * The box and how it is filled: molecules begin on a cubic lattice, turned at random, with random velocities of 298
 * kelvin. What leaves the box on one side comes in on the other.
 */
import { randomFrom } from '../lib/random.js'
import { ANGLE, BOND, ENERGY, MASSES, NUMBERS, sideOf } from './potential.js'

const KELVIN = 298
const BOLTZMANN = 0.0019872041

export interface Beginning {
  readonly positions: Float64Array
  /** Å / fs. */
  readonly velocities: Float64Array
}

/** All molecules at the start. Every process makes them by itself, all the same. */
export function beginningOf(molecules: number): Beginning {
  const random = randomFrom(1994)
  return { positions: onLattice(molecules, random), velocities: inMotion(molecules, random) }
}

/** Puts molecules [from, to) back into the box, each as a whole and by its oxygen. */
export function returnToBox(positions: Float64Array, molecules: number, from: number, to: number): void {
  const side = sideOf(molecules)
  for (let at = from * NUMBERS; at < to * NUMBERS; at += NUMBERS) {
    for (let axis = at; axis < at + 3; axis++) {
      const shift = side * Math.floor((positions[axis] as number) / side)
      if (shift === 0) continue
      for (let i = axis; i < at + NUMBERS; i += 3) positions[i] = (positions[i] as number) - shift
    }
  }
}

/**
 * The lattice has at least as many places as there are molecules. When it has more, those left free are spread evenly.
 */
function onLattice(molecules: number, random: () => number): Float64Array {
  let edge = 1
  while (edge ** 3 < molecules) edge++
  const distance = sideOf(molecules) / edge
  const positions = new Float64Array(molecules * NUMBERS)
  for (let m = 0; m < molecules; m++) {
    const place = Math.floor((m * edge ** 3) / molecules)
    const cell = [Math.floor(place / edge ** 2), Math.floor(place / edge) % edge, place % edge]
    const [along, across] = turned(random)
    for (let axis = 0; axis < 3; axis++) {
      const oxygen = ((cell[axis] as number) + 0.5) * distance
      const middle = oxygen + BOND * Math.cos(ANGLE / 2) * (along[axis] as number)
      const aside = BOND * Math.sin(ANGLE / 2) * (across[axis] as number)
      positions.set([oxygen], m * NUMBERS + axis)
      positions.set([middle + aside], m * NUMBERS + 3 + axis)
      positions.set([middle - aside], m * NUMBERS + 6 + axis)
    }
  }
  return positions
}

/** Two directions at right angles, at random. */
function turned(random: () => number): readonly [along: number[], across: number[]] {
  const along = unit([normal(random), normal(random), normal(random)])
  const other = [normal(random), normal(random), normal(random)]
  const shadow = other.reduce((sum, value, i) => sum + value * (along[i] as number), 0)
  return [along, unit(other.map((value, i) => value - shadow * (along[i] as number)))]
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** Maxwell's distribution; the water as a whole is at rest. */
function inMotion(molecules: number, random: () => number): Float64Array {
  const velocities = Float64Array.from({ length: molecules * NUMBERS }, (_, i) => {
    return normal(random) * Math.sqrt((BOLTZMANN * KELVIN * ENERGY) / (MASSES[i % NUMBERS] as number))
  })
  const mass = [0, 3, 6].reduce((sum, atom) => sum + (MASSES[atom] as number), 0)
  for (let axis = 0; axis < 3; axis++) {
    let momentum = 0
    for (let i = axis; i < velocities.length; i += 3)
      momentum += (velocities[i] as number) * (MASSES[i % NUMBERS] as number)
    for (let i = axis; i < velocities.length; i += 3)
      velocities[i] = (velocities[i] as number) - momentum / (mass * molecules)
  }
  return velocities
}

/** From the normal distribution (Box and Muller 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
