/**
 * Barnes-Hut with shared memory: the bodies are shared, the tree is not. Everybody builds it from all bodies; then each
 * writes those of its zone. They lie all over the array, so every page is written by everybody, each time another part
 * of it.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { barnes, resultOf } from './barnes.js'
import { advance, BODY, divide, zonesFor } from './bodies.js'
import { accelerate } from './gravity.js'
import { plummer } from './plummer.js'
import { makeTree, treeFor } from './tree.js'

const choice = chosen(barnes, 'shared')
const { problem } = choice
const bodies = tm.alloc(Float64Array, problem.bodies * BODY, { name: 'bodies' })
if (tm.procId === 0) bodies.set(plummer(problem.bodies))
tm.barrier()
const tree = treeFor(problem.bodies)
const zones = zonesFor(problem.bodies, tm.nprocs)

function step(number: number): void {
  makeTree(tree, bodies)
  divide(tree, bodies, zones)
  const from = zones.starts[tm.procId] as number
  const to = zones.starts[tm.procId + 1] as number
  // All have read the costs before the first writes new ones; and below, positions before the first moves a body.
  tm.barrier(1)
  accelerate(tree, bodies, zones.order, from, to)
  tm.barrier(2)
  advance(bodies, zones.order, from, to, number === 0)
  tm.barrier(3)
}

step(0)
const seconds = timed(() => {
  for (let number = 1; number < problem.steps; number++) step(number)
})
if (tm.procId === 0) tell(barnes, 'shared', choice, seconds, resultOf(bodies))
