/**
 * A cluster of stars after Plummer, as Aarseth, Hénon and Wielen (1974) make one: total mass and constant of gravity
 * are 1, the energy is -1/4. From a seed, so that it is the same in every process.
 */
import { randomFrom } from '../lib/random.js'
import { BODY, COST, MASS, POSITION, VELOCITY } from './bodies.js'

/** From a sphere whose core has radius 1. */
const SCALE = (3 * Math.PI) / 16
/** The outermost thousandth of the mass is left out; it would be very far away. */
const INSIDE = 0.999

export function plummer(count: number): Float64Array {
  const random = randomFrom(1995)
  const bodies = new Float64Array(count * BODY)
  for (let at = 0; at < bodies.length; at += BODY) {
    bodies[at + MASS] = 1 / count
    bodies[at + COST] = 1
    const radius = 1 / Math.sqrt((INSIDE * (1 - random())) ** (-2 / 3) - 1)
    bodies.set(direction(random, SCALE * radius), at + POSITION)
    const parting = Math.SQRT2 * (1 + radius * radius) ** -0.25
    bodies.set(direction(random, (parting * shareOfEscape(random)) / Math.sqrt(SCALE)), at + VELOCITY)
  }
  rest(bodies, count, POSITION)
  rest(bodies, count, VELOCITY)
  return bodies
}

/** A speed, as a part of that which leaves the cluster; their density is q² (1 - q²)^(7/2), which is below 0.1. */
function shareOfEscape(random: () => number): number {
  for (;;) {
    const q = random()
    if (0.1 * random() < q * q * (1 - q * q) ** 3.5) return q
  }
}

function direction(random: () => number, length: number): number[] {
  const z = 2 * random() - 1
  const flat = Math.sqrt(1 - z * z)
  const angle = 2 * Math.PI * random()
  return [length * flat * Math.cos(angle), length * flat * Math.sin(angle), length * z]
}

/** Takes the mean of the vectors at `field` away from each, so that the cluster stays where it is. */
function rest(bodies: Float64Array, count: number, field: number): void {
  for (let axis = field; axis < field + 3; axis++) {
    let sum = 0
    for (let i = axis; i < bodies.length; i += BODY) sum += bodies[i] as number
    for (let i = axis; i < bodies.length; i += BODY) bodies[i] = (bodies[i] as number) - sum / count
  }
}
