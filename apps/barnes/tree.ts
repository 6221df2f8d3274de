/**
 * The tree of Barnes and Hut (Nature 324, 1986): cubes that are divided into eight until each holds one body at most.
 * It lies in a few typed arrays that are used again for every step. Its shape depends only on where the bodies are.
 */
import { BODY, MASS, POSITION } from './bodies.js'

/** A cell is farther than its size over this when it may stand for all of its bodies. */
const THETA = 1

/**
 * Numbers of a cell: its mass, where its centre is, its quadrupole, and the square of the distance where it may be
 * used.
 */
export const CELL = 11
export const CENTRE = 1
export const QUADRUPOLE = 4
export const DISTANCE = 10

export interface Tree {
  /**
   * Eight for each cell, corner by corner: another cell, or a body as the complement of its number, or 0 for nobody.
   */
  readonly children: Int32Array
  readonly cells: Float64Array
  /** The middle of each cube, and half its side. */
  readonly cubes: Float64Array
  /** For those who walk through it; it has room for every cell and every body. */
  readonly stack: Int32Array
}

export function treeFor(bodies: number): Tree {
  const cells = 4 * bodies + 64
  return {
    children: new Int32Array(cells * 8),
    cells: new Float64Array(cells * CELL),
    cubes: new Float64Array(cells * 4),
    stack: new Int32Array(cells + bodies),
  }
}

/** Builds the tree of all bodies anew. The root is cell 0. */
export function makeTree(tree: Tree, bodies: Float64Array): void {
  const { children, cubes } = tree
  enclose(cubes, bodies)
  children.fill(0, 0, 8)
  let cells = 1
  for (let body = 0; body * BODY < bodies.length; body++) {
    let cell = 0
    for (;;) {
      const corner = cornerOf(cubes, cell, bodies, body)
      const slot = cell * 8 + corner
      const child = children[slot] as number
      if (child === 0) {
        children[slot] = ~body
        break
      }
      if (child > 0) cell = child
      else {
        // Somebody is here already: a cell for both, where the next round looks on.
        if (cells * CELL === tree.cells.length) throw new Error('too many cells: bodies are nearly at the same place')
        children.fill(0, cells * 8, cells * 8 + 8)
        halve(cubes, cell, corner, cells)
        children[cells * 8 + cornerOf(cubes, cells, bodies, ~child)] = child
        children[slot] = cells
        cell = cells++
      }
    }
  }
  // A cell was made after the one it is in, so from the last to the first its children are done.
  for (let cell = cells - 1; cell >= 0; cell--) summarise(tree, bodies, cell)
}

/** The root: a cube around all. */
function enclose(cubes: Float64Array, bodies: Float64Array): void {
  let side = 0
  for (let axis = 0; axis < 3; axis++) {
    let least = Infinity
    let most = -Infinity
    for (let i = POSITION + axis; i < bodies.length; i += BODY) {
      const x = bodies[i] as number
      if (x < least) least = x
      if (x > most) most = x
    }
    cubes[axis] = (least + most) / 2
    side = Math.max(side, most - least)
  }
  cubes[3] = side / 2
}

/** In which of the eight parts of a cube a body is: bit 0 says whether it is above the middle in x, 1 in y, 2 in z. */
function cornerOf(cubes: Float64Array, cell: number, bodies: Float64Array, body: number): number {
  const at = body * BODY + POSITION
  const x = (bodies[at] as number) >= (cubes[cell * 4] as number) ? 1 : 0
  const y = (bodies[at + 1] as number) >= (cubes[cell * 4 + 1] as number) ? 2 : 0
  const z = (bodies[at + 2] as number) >= (cubes[cell * 4 + 2] as number) ? 4 : 0
  return x | y | z
}

/** Makes cube `part` that corner of cube `cell`. */
function halve(cubes: Float64Array, cell: number, corner: number, part: number): void {
  const half = (cubes[cell * 4 + 3] as number) / 2
  for (let axis = 0; axis < 3; axis++) {
    cubes[part * 4 + axis] = (cubes[cell * 4 + axis] as number) + ((corner >> axis) & 1 ? half : -half)
  }
  cubes[part * 4 + 3] = half
}

/** What a cell is from afar: the sums over its children. */
function summarise({ children, cells, cubes }: Tree, bodies: Float64Array, cell: number): void {
  const at = cell * CELL
  cells.fill(0, at, at + CELL)
  for (let slot = cell * 8; slot < cell * 8 + 8; slot++) {
    const child = children[slot] as number
    if (child > 0) addMass(cells, at, cells, child * CELL)
    else if (child < 0) addMass(cells, at, bodies, ~child * BODY)
  }
  const mass = cells[at] as number
  for (let i = at + CENTRE; i < at + CENTRE + 3; i++) cells[i] = (cells[i] as number) / mass
  for (let slot = cell * 8; slot < cell * 8 + 8; slot++) {
    const child = children[slot] as number
    if (child > 0) {
      addQuadrupole(cells, at, cells, child * CELL)
      for (let i = QUADRUPOLE; i < QUADRUPOLE + 6; i++) {
        cells[at + i] = (cells[at + i] as number) + (cells[child * CELL + i] as number)
      }
    } else if (child < 0) addQuadrupole(cells, at, bodies, ~child * BODY)
  }
  cells[at + DISTANCE] = distanceOf(cells, at, cubes, cell) ** 2
}

/**
 * From this distance on a cell may be used. A body in it is nearer than that in any case, and so never meets itself.
 */
function distanceOf(cells: Float64Array, at: number, cubes: Float64Array, cell: number): number {
  const half = cubes[cell * 4 + 3] as number
  let square = 0
  for (let axis = 0; axis < 3; axis++) {
    square += ((cells[at + CENTRE + axis] as number) - (cubes[cell * 4 + axis] as number)) ** 2
  }
  return Math.max((2 * half) / THETA, Math.sqrt(3) * half + Math.sqrt(square))
}

// Bodies and cells begin alike: mass, then position or centre.

function addMass(cells: Float64Array, at: number, parts: Float64Array, part: number): void {
  const mass = parts[part + MASS] as number
  cells[at] = (cells[at] as number) + mass
  for (let i = 1; i <= 3; i++) cells[at + i] = (cells[at + i] as number) + mass * (parts[part + i] as number)
}

/** The quadrupole of a part's whole mass around the centre of the cell: xx, xy, xz, yy, yz, zz. */
function addQuadrupole(cells: Float64Array, at: number, parts: Float64Array, part: number): void {
  const mass = parts[part + MASS] as number
  const x = (parts[part + 1] as number) - (cells[at + CENTRE] as number)
  const y = (parts[part + 2] as number) - (cells[at + CENTRE + 1] as number)
  const z = (parts[part + 3] as number) - (cells[at + CENTRE + 2] as number)
  const square = x * x + y * y + z * z
  const q = at + QUADRUPOLE
  cells[q] = (cells[q] as number) + mass * (3 * x * x - square)
  cells[q + 1] = (cells[q + 1] as number) + mass * 3 * x * y
  cells[q + 2] = (cells[q + 2] as number) + mass * 3 * x * z
  cells[q + 3] = (cells[q + 3] as number) + mass * (3 * y * y - square)
  cells[q + 4] = (cells[q + 4] as number) + mass * 3 * y * z
  cells[q + 5] = (cells[q + 5] as number) + mass * (3 * z * z - square)
}
