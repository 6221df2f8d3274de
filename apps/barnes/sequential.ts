/** Barnes-Hut as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { barnes, resultOf } from './barnes.js'
import { advance, divide, zonesFor } from './bodies.js'
import { accelerate } from './gravity.js'
import { plummer } from './plummer.js'
import { makeTree, treeFor } from './tree.js'

const choice = chosen(barnes)
const { problem } = choice
const bodies = plummer(problem.bodies)
const tree = treeFor(problem.bodies)
// A single zone. In the order of the tree neighbours follow each other, and take nearly the same way through it.
const zones = zonesFor(problem.bodies, 1)

function step(number: number): void {
  makeTree(tree, bodies)
  divide(tree, bodies, zones)
  accelerate(tree, bodies, zones.order, 0, problem.bodies)
  advance(bodies, zones.order, 0, problem.bodies, number === 0)
}

step(0)
const seconds = timed(() => {
  for (let number = 1; number < problem.steps; number++) step(number)
})
tell(barnes, choice, seconds, resultOf(bodies))
