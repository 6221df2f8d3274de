/**
 * Molecular dynamics of liquid water in a periodic box, with all pairs of molecules, after Water of the SPLASH suite:
 * 343 molecules in TreadMarks (USENIX 1994), 288 and 1,728 in the comparison with messages (SC'95), 5 steps, all timed.
 * The forces of the start, from which the first step predicts, and the potential energy at the end are not timed.
 */
import type { App, Result } from '../lib/app.js'
import { blockOf } from '../lib/blocks.js'
import type { Beginning } from './box.js'
import { betweenMolecules, NUMBERS, sideOf, withinMolecules } from './potential.js'

export interface Water {
  readonly [name: string]: number | string
  readonly molecules: number
  readonly steps: number
  /** What has a lock of its own while forces are added up: each molecule, or each process for all of its molecules. */
  readonly locks: 'molecule' | 'process'
}

export const water: App<Water> = {
  name: 'water',
  // Names that are numbers come first, the lowest foremost, in whatever order they are written: 288 is the default.
  presets: {
    '288': { molecules: 288, steps: 5, locks: 'process' },
    '343': { molecules: 343, steps: 5, locks: 'molecule' },
    '1728': { molecules: 1728, steps: 5, locks: 'process' },
    quick: { molecules: 64, steps: 2, locks: 'molecule' },
  },
  // What pairs contribute to a force is added up in each process by itself and then between the processes, so the order
  // depends on their number, and with locks on who came first. After 5 steps that shows in the 13th digit; but
  // molecules are billiard balls, and in hundreds of steps any difference grows.
  bound: 1e-11,
  bytes: ({ molecules, steps }) => 2 * molecules * NUMBERS * 8 + (steps + TOTALS) * 8,
  unfit: ({ molecules, steps, locks }, processes) => {
    if (molecules < 8) return `--molecules ${molecules}: at least 8, or the box is smaller than what is in it`
    if (molecules < processes) return `--molecules ${molecules}: at least one for each of ${processes} processes`
    if (locks === 'molecule' && molecules > 65_000) {
      return `--molecules ${molecules}: at most 65,000, each has a lock; in presets 288 and 1728 processes have`
    }
    if (steps < 1) return `--steps ${steps}: at least 1`
    return undefined
  },
}

/** The molecules of a process. */
export const moleculesOf = ({ molecules }: Water, id: number, count: number): readonly [from: number, to: number] =>
  blockOf(molecules, id, count)

/**
 * What is added up over the molecules at the end: potential energy, squares of forces, squares of the ways from the
 * start.
 */
export const TOTALS = 3

/** These sums for molecules [from, to) and their pairs. */
export function totalsOf(
  { molecules }: Water,
  positions: Float64Array,
  forces: Float64Array,
  beginning: Beginning,
  from: number,
  to: number,
): Float64Array {
  const unused = new Float64Array(positions.length)
  const potential =
    withinMolecules(positions, from, to, unused) + betweenMolecules(positions, molecules, from, to, unused)
  const side = sideOf(molecules)
  let force = 0
  let way = 0
  for (let i = from * NUMBERS; i < to * NUMBERS; i++) {
    const gone = (positions[i] as number) - (beginning.positions[i] as number)
    force += (forces[i] as number) ** 2
    way += (gone - side * Math.round(gone / side)) ** 2
  }
  return Float64Array.of(potential, force, way)
}

/** Energies in kcal/mol; force on an atom in kcal/mol/Å and way it has come in Å, both as roots of mean squares. */
export function resultOf({ molecules }: Water, kinetic: number, totals: Float64Array): Result {
  const [potential = 0, force = 0, way = 0] = totals
  const mean = (squares: number): number => Math.sqrt(squares / (3 * molecules))
  return { kinetic, potential, force: mean(force), way: mean(way) }
}
