/**
 * The acceleration of a body: a walk through the tree, which takes a far cell as a whole, with its mass and its
 * quadrupole, and looks into a near one. What it adds up comes in the order of the tree, so it is the same whoever
 * computes it.
 */
import { ACCELERATION, BODY, COST, MASS, POSITION } from './bodies.js'
import { CELL, CENTRE, DISTANCE, QUADRUPOLE, type Tree } from './tree.js'

/** No two bodies are nearer than this, squared, so that close ones do not fling each other away. */
const SOFTENING = 0.05 ** 2

/** Accelerations and costs of bodies `order[from]` to `order[to - 1]`. */
export function accelerate(tree: Tree, bodies: Float64Array, order: Int32Array, from: number, to: number): void {
  for (let k = from; k < to; k++) attract(tree, bodies, order[k] as number)
}

function attract({ children, cells, stack }: Tree, bodies: Float64Array, body: number): void {
  const at = body * BODY
  const x = bodies[at + POSITION] as number
  const y = bodies[at + POSITION + 1] as number
  const z = bodies[at + POSITION + 2] as number
  let ax = 0
  let ay = 0
  let az = 0
  let cost = 0
  let height = 1
  stack[0] = 0
  while (height > 0) {
    const node = stack[--height] as number
    if (node < 0) {
      const other = ~node * BODY
      if (other === at) continue
      const dx = (bodies[other + POSITION] as number) - x
      const dy = (bodies[other + POSITION + 1] as number) - y
      const dz = (bodies[other + POSITION + 2] as number) - z
      const square = dx * dx + dy * dy + dz * dz + SOFTENING
      const pull = (bodies[other + MASS] as number) / (square * Math.sqrt(square))
      ax += pull * dx
      ay += pull * dy
      az += pull * dz
      cost++
      continue
    }
    const cell = node * CELL
    const dx = (cells[cell + CENTRE] as number) - x
    const dy = (cells[cell + CENTRE + 1] as number) - y
    const dz = (cells[cell + CENTRE + 2] as number) - z
    const far = dx * dx + dy * dy + dz * dz
    if (far < (cells[cell + DISTANCE] as number)) {
      for (let slot = node * 8 + 7; slot >= node * 8; slot--) {
        const child = children[slot] as number
        if (child !== 0) stack[height++] = child
      }
      continue
    }
    const near = 1 / (far + SOFTENING)
    const q = cell + QUADRUPOLE
    const xy = cells[q + 1] as number
    const xz = cells[q + 2] as number
    const yz = cells[q + 4] as number
    const qx = (cells[q] as number) * dx + xy * dy + xz * dz
    const qy = xy * dx + (cells[q + 3] as number) * dy + yz * dz
    const qz = xz * dx + yz * dy + (cells[q + 5] as number) * dz
    const cube = near * Math.sqrt(near)
    const turn = cube * near
    const pull = (cells[cell] as number) * cube + 2.5 * (qx * dx + qy * dy + qz * dz) * turn * near
    ax += pull * dx - turn * qx
    ay += pull * dy - turn * qy
    az += pull * dz - turn * qz
    cost++
  }
  bodies[at + ACCELERATION] = ax
  bodies[at + ACCELERATION + 1] = ay
  bodies[at + ACCELERATION + 2] = az
  bodies[at + COST] = cost
}
