/**
 * Gravity of many bodies by the method of Barnes and Hut, after Barnes of the SPLASH suite (SC'95, section 3.9 of the
 * comparison): 4,096 bodies, 6 steps, of which the first is not timed. Cells have quadrupoles, as there. Every process
 * builds the whole tree for itself, and computes those bodies that are its own by their place in the tree and their
 * cost.
 */
import type { App, Result } from '../lib/app.js'
import { digest } from '../lib/digest.js'
import { BODY, POSITION } from './bodies.js'

export interface Barnes {
  readonly [name: string]: number
  readonly bodies: number
  readonly steps: number
}

export const barnes: App<Barnes> = {
  name: 'barnes',
  presets: {
    paper: { bodies: 4096, steps: 6 },
    quick: { bodies: 512, steps: 3 },
  },
  bytes: ({ bodies }) => bodies * BODY * 8,
  unfit: ({ bodies, steps }, processes) => {
    if (bodies < 2) return `--bodies ${bodies}: at least 2, one would have nothing that attracts it`
    if (bodies < processes) return `--bodies ${bodies}: at least one for each of ${processes} processes`
    if (steps < 2) return `--steps ${steps}: at least 2, of which the first is not timed`
    return undefined
  },
}

/** Positions and velocities of all bodies, to the last bit; they stand side by side in a record. */
export function resultOf(bodies: Float64Array): Result {
  const moving = new Float64Array((bodies.length / BODY) * 6)
  for (let body = 0; body * BODY < bodies.length; body++) {
    moving.set(bodies.subarray(body * BODY + POSITION, body * BODY + POSITION + 6), body * 6)
  }
  return { digest: digest(moving) }
}
