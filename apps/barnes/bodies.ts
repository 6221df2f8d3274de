/**
 * A body is a record of eleven numbers, and all records stand in one array in the order in which bodies were made.
 * Those of a process are neighbours in space and lie scattered over the array; it is never sorted.
 */
import type { Tree } from './tree.js'

/** Numbers of a body, and where in its record they are. */
export const BODY = 11
export const MASS = 0
export const POSITION = 1
export const VELOCITY = 4
export const ACCELERATION = 7
/** Interactions that its last acceleration took. */
export const COST = 10

const STEP = 0.025

/**
 * Bodies in the order of the tree, divided into zones: that of process p begins at `starts[p]` and ends where the next
 * begins.
 */
export interface Zones {
  readonly order: Int32Array
  readonly starts: Int32Array
}

export const zonesFor = (bodies: number, processes: number): Zones => ({
  order: new Int32Array(bodies),
  starts: new Int32Array(processes + 1),
})

/**
 * Zones of about equal cost. What is next to each other in the tree is close in space, so a zone is a compact region.
 */
export function divide(tree: Tree, bodies: Float64Array, { order, starts }: Zones): void {
  collect(tree, order)
  let total = 0
  for (let body = 0; body < order.length; body++) total += bodies[body * BODY + COST] as number
  const processes = starts.length - 1
  let before = 0
  let zone = 0
  for (let k = 0; k < order.length; k++) {
    for (; zone * total <= before * processes; zone++) starts[zone] = k
    before += bodies[(order[k] as number) * BODY + COST] as number
  }
  starts.fill(order.length, zone)
}

/** Bodies of the tree from its first corner to its last, which is Morton's order of their positions. */
function collect({ children, stack }: Tree, order: Int32Array): void {
  let height = 1
  let found = 0
  stack[0] = 0
  while (height > 0) {
    const node = stack[--height] as number
    if (node < 0) order[found++] = ~node
    else {
      for (let corner = 7; corner >= 0; corner--) {
        const child = children[node * 8 + corner] as number
        if (child !== 0) stack[height++] = child
      }
    }
  }
}

/**
 * Moves bodies `order[from]` to `order[to - 1]` a step on. Velocities are half a step behind positions, so the first
 * push is half.
 */
export function advance(bodies: Float64Array, order: Int32Array, from: number, to: number, first: boolean): void {
  const push = first ? STEP / 2 : STEP
  for (let k = from; k < to; k++) {
    const at = (order[k] as number) * BODY
    for (let axis = at; axis < at + 3; axis++) {
      const velocity = (bodies[axis + VELOCITY] as number) + push * (bodies[axis + ACCELERATION] as number)
      bodies[axis + VELOCITY] = velocity
      bodies[axis + POSITION] = (bodies[axis + POSITION] as number) + STEP * velocity
    }
  }
}
