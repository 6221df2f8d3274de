/**
 * The forces of flexible water, SPC/Fw (Wu, Tepper and Voth, J. Chem. Phys. 124, 2006): springs for both bonds and for
 * the angle inside a molecule; between two molecules Lennard-Jones of the oxygens and Coulomb of all nine pairs of
 * atoms. Lengths are in ångström, energies in kcal/mol, masses in atomic units, times in femtoseconds.
 */
import { followersOf } from './pairs.js'

/** Numbers that a molecule has for its position, or its force: x, y and z of oxygen and of both hydrogens. */
export const NUMBERS = 9

/** From kcal/mol to atomic units of mass · Å² / fs². */
export const ENERGY = 4.184e-4

export const BOND = 1.012
export const ANGLE = (113.24 * Math.PI) / 180
const BOND_SPRING = 1059.162
const ANGLE_SPRING = 75.9

const EPSILON = 0.1554253
const SIGMA_6 = 3.165492 ** 6
const COULOMB = 332.06371
const CHARGES = [-0.82, 0.41, 0.41]
const PRODUCTS = Float64Array.from(CHARGES.flatMap((a) => CHARGES.map((b) => a * b * COULOMB)))

const OXYGEN_MASS = 15.9994
const HYDROGEN_MASS = 1.00794
export const MASSES = Float64Array.from({ length: NUMBERS }, (_, i) => (i < 3 ? OXYGEN_MASS : HYDROGEN_MASS))

/** 0.997 g in a cubic centimetre. */
const VOLUME = (OXYGEN_MASS + 2 * HYDROGEN_MASS) / 0.997 / 0.602214076

/** The side of a box for so many molecules. */
export const sideOf = (molecules: number): number => Math.cbrt(molecules * VOLUME)

/** Forces inside of molecules [from, to), in place of what `forces` has of them; the energy of them. */
export function withinMolecules(positions: Float64Array, from: number, to: number, forces: Float64Array): number {
  let energy = 0
  for (let at = from * NUMBERS; at < to * NUMBERS; at += NUMBERS) {
    const x = positions[at] as number
    const y = positions[at + 1] as number
    const z = positions[at + 2] as number
    // Unit vectors from the oxygen to both hydrogens.
    let ax = (positions[at + 3] as number) - x
    let ay = (positions[at + 4] as number) - y
    let az = (positions[at + 5] as number) - z
    let bx = (positions[at + 6] as number) - x
    let by = (positions[at + 7] as number) - y
    let bz = (positions[at + 8] as number) - z
    const a = Math.sqrt(ax * ax + ay * ay + az * az)
    const b = Math.sqrt(bx * bx + by * by + bz * bz)
    ax /= a
    ay /= a
    az /= a
    bx /= b
    by /= b
    bz /= b
    const cosine = ax * bx + ay * by + az * bz
    const bent = Math.acos(cosine) - ANGLE
    energy += 0.5 * BOND_SPRING * ((a - BOND) ** 2 + (b - BOND) ** 2) + 0.5 * ANGLE_SPRING * bent * bent

    const turn = (ANGLE_SPRING * bent) / Math.sqrt(1 - cosine * cosine)
    const stretchA = -BOND_SPRING * (a - BOND) - (turn / a) * cosine
    const stretchB = -BOND_SPRING * (b - BOND) - (turn / b) * cosine
    const fax = stretchA * ax + (turn / a) * bx
    const fay = stretchA * ay + (turn / a) * by
    const faz = stretchA * az + (turn / a) * bz
    const fbx = stretchB * bx + (turn / b) * ax
    const fby = stretchB * by + (turn / b) * ay
    const fbz = stretchB * bz + (turn / b) * az
    forces[at] = -fax - fbx
    forces[at + 1] = -fay - fby
    forces[at + 2] = -faz - fbz
    forces[at + 3] = fax
    forces[at + 4] = fay
    forces[at + 5] = faz
    forces[at + 6] = fbx
    forces[at + 7] = fby
    forces[at + 8] = fbz
  }
  return energy
}

/**
 * Adds what the pairs of molecules [from, to) contribute, to their own forces and to those of their followers; their
 * energy.
 */
export function betweenMolecules(
  positions: Float64Array,
  molecules: number,
  from: number,
  to: number,
  forces: Float64Array,
): number {
  const side = sideOf(molecules)
  let energy = 0
  for (let i = from; i < to; i++) {
    const followers = followersOf(molecules, i)
    for (let step = 1; step <= followers; step++) {
      const j = (i + step) % molecules
      energy += pair(positions, i * NUMBERS, j * NUMBERS, side, forces)
    }
  }
  return energy
}

/**
 * One pair, of which the nearest images count. A molecule is near or far as a whole, by its oxygen, because half a
 * molecule would have a charge. From nine tenths of half a box to half a box the energy fades, so that it has no edge.
 */
function pair(positions: Float64Array, at: number, bt: number, side: number, forces: Float64Array): number {
  const end = 0.25 * side * side
  const begin = 0.81 * end
  let dx = (positions[at] as number) - (positions[bt] as number)
  let dy = (positions[at + 1] as number) - (positions[bt + 1] as number)
  let dz = (positions[at + 2] as number) - (positions[bt + 2] as number)
  const shiftX = side * Math.round(dx / side)
  const shiftY = side * Math.round(dy / side)
  const shiftZ = side * Math.round(dz / side)
  dx -= shiftX
  dy -= shiftY
  dz -= shiftZ
  const far = dx * dx + dy * dy + dz * dz
  if (far >= end) return 0
  const fading = far > begin
  const rest = fading ? (end - far) / (end - begin) : 1
  const share = rest * rest * (3 - 2 * rest)

  const s6 = SIGMA_6 / (far * far * far)
  let energy = 4 * EPSILON * (s6 * s6 - s6)
  const oxygens = (share * 24 * EPSILON * (2 * s6 * s6 - s6)) / far
  let ox = oxygens * dx
  let oy = oxygens * dy
  let oz = oxygens * dz
  for (let a = 0; a < 3; a++) {
    const ax = (positions[at + 3 * a] as number) - shiftX
    const ay = (positions[at + 3 * a + 1] as number) - shiftY
    const az = (positions[at + 3 * a + 2] as number) - shiftZ
    let fx = 0
    let fy = 0
    let fz = 0
    for (let b = 0; b < 3; b++) {
      const rx = ax - (positions[bt + 3 * b] as number)
      const ry = ay - (positions[bt + 3 * b + 1] as number)
      const rz = az - (positions[bt + 3 * b + 2] as number)
      const near = 1 / Math.sqrt(rx * rx + ry * ry + rz * rz)
      const coulomb = (PRODUCTS[3 * a + b] as number) * near
      energy += coulomb
      const push = share * coulomb * near * near
      fx += push * rx
      fy += push * ry
      fz += push * rz
      forces[bt + 3 * b] = (forces[bt + 3 * b] as number) - push * rx
      forces[bt + 3 * b + 1] = (forces[bt + 3 * b + 1] as number) - push * ry
      forces[bt + 3 * b + 2] = (forces[bt + 3 * b + 2] as number) - push * rz
    }
    forces[at + 3 * a] = (forces[at + 3 * a] as number) + fx
    forces[at + 3 * a + 1] = (forces[at + 3 * a + 1] as number) + fy
    forces[at + 3 * a + 2] = (forces[at + 3 * a + 2] as number) + fz
  }
  if (fading) {
    const edge = (12 * rest * (1 - rest) * energy) / (end - begin)
    ox += edge * dx
    oy += edge * dy
    oz += edge * dz
  }
  forces[at] = (forces[at] as number) + ox
  forces[at + 1] = (forces[at + 1] as number) + oy
  forces[at + 2] = (forces[at + 2] as number) + oz
  forces[bt] = (forces[bt] as number) - ox
  forces[bt + 1] = (forces[bt + 1] as number) - oy
  forces[bt + 2] = (forces[bt + 2] as number) - oz
  return share * energy
}
