/**
 * Barnes-Hut with messages: each process has all bodies, and after each step sends those of its zone to all others.
 * Zones are known to everybody, so the records go without their numbers; and with their velocities, for whoever gets
 * them next.
 */
import * as tm from 'treadmarks'
import { receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { barnes, resultOf } from './barnes.js'
import { advance, BODY, COST, divide, POSITION, zonesFor } from './bodies.js'
import { accelerate } from './gravity.js'
import { plummer } from './plummer.js'
import { makeTree, treeFor } from './tree.js'

const choice = chosen(barnes, 'messages')
const { problem } = choice
const bodies = plummer(problem.bodies)
const tree = treeFor(problem.bodies)
const zones = zonesFor(problem.bodies, tm.nprocs)

/** Of a body: position, velocity and cost. */
const NEWS = 7
const news = new Float64Array(problem.bodies * NEWS)
const zoneOf = (proc: number): Int32Array => zones.order.subarray(zones.starts[proc], zones.starts[proc + 1])

function tellOthers(): void {
  const mine = zoneOf(tm.procId)
  const packed = news.subarray(0, mine.length * NEWS)
  for (let k = 0; k < mine.length; k++) {
    const at = (mine[k] as number) * BODY
    for (let i = 0; i < NEWS - 1; i++) packed[k * NEWS + i] = bodies[at + POSITION + i] as number
    packed[k * NEWS + NEWS - 1] = bodies[at + COST] as number
  }
  for (let step = 1; step < tm.nprocs; step++) sendNumbers((tm.procId + step) % tm.nprocs, packed)
}

function hearOthers(): void {
  for (let step = 1; step < tm.nprocs; step++) {
    const from = (tm.procId - step + tm.nprocs) % tm.nprocs
    const theirs = zoneOf(from)
    const packed = news.subarray(0, theirs.length * NEWS)
    receiveNumbers(from, packed)
    for (let k = 0; k < theirs.length; k++) {
      const at = (theirs[k] as number) * BODY
      for (let i = 0; i < NEWS - 1; i++) bodies[at + POSITION + i] = packed[k * NEWS + i] as number
      bodies[at + COST] = packed[k * NEWS + NEWS - 1] as number
    }
  }
}

function step(number: number): void {
  makeTree(tree, bodies)
  divide(tree, bodies, zones)
  const from = zones.starts[tm.procId] as number
  const to = zones.starts[tm.procId + 1] as number
  accelerate(tree, bodies, zones.order, from, to)
  advance(bodies, zones.order, from, to, number === 0)
  tellOthers()
  hearOthers()
}

step(0)
const seconds = timed(() => {
  for (let number = 1; number < problem.steps; number++) step(number)
})
if (tm.procId === 0) tell(barnes, 'messages', choice, seconds, resultOf(bodies))
