/**
 * Water with messages: before the pairs each process gets the positions of the molecules that follow its own, as far as
 * its pairs reach; afterwards it sends what it found to the owners of those molecules. One message each way for two
 * processes that have pairs in common, and no other waiting.
 */
import * as tm from 'treadmarks'
import { receiveNumbers, sendNumbers, sumTo0 } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { beginningOf, returnToBox } from './box.js'
import { correct, derivativesOf, kineticEnergy, predict, startDerivatives } from './gear.js'
import { type Part, partsOf } from './pairs.js'
import { betweenMolecules, NUMBERS, withinMolecules } from './potential.js'
import { moleculesOf, resultOf, totalsOf, water } from './water.js'

const choice = chosen(water, 'messages')
const { problem } = choice
const { molecules, steps } = problem
const [from, to] = moleculesOf(problem, tm.procId, tm.nprocs)
const beginning = beginningOf(molecules)
// In full length, so that molecules have the same numbers everywhere.
const positions = beginning.positions.slice()
const forces = new Float64Array(positions.length)
const derivatives = derivativesOf(molecules)

/** Molecules of others that pairs of mine reach. */
const needed = partsOf(molecules, tm.procId, tm.nprocs).filter(({ proc }) => proc !== tm.procId)
/** Molecules of mine that pairs of others reach; `proc` is the other here. */
const wanted: Part[] = []
for (let step = 1; step < tm.nprocs; step++) {
  const proc = (tm.procId - step + tm.nprocs) % tm.nprocs
  const mine = partsOf(molecules, proc, tm.nprocs).find((part) => part.proc === tm.procId)
  if (mine !== undefined) wanted.push({ ...mine, proc })
}
const found = new Float64Array((to - from) * NUMBERS)

const within = (numbers: Float64Array, { first, end }: Part): Float64Array =>
  numbers.subarray(first * NUMBERS, end * NUMBERS)

function getPositions(): void {
  for (const part of wanted) sendNumbers(part.proc, within(positions, part))
  for (const part of needed) receiveNumbers(part.proc, within(positions, part))
}

function computeForces(): void {
  forces.fill(0)
  withinMolecules(positions, from, to, forces)
  betweenMolecules(positions, molecules, from, to, forces)
  for (const part of needed) sendNumbers(part.proc, within(forces, part))
  for (const part of wanted) {
    const sum = within(forces, part)
    const more = found.subarray(0, sum.length)
    receiveNumbers(part.proc, more)
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (more[i] as number)
  }
}

computeForces()
startDerivatives(derivatives, beginning.velocities, forces, from, to)
const kinetic = new Float64Array(1)
const seconds = timed(() => {
  for (let step = 0; step < steps; step++) {
    predict(positions, derivatives, from, to)
    getPositions()
    computeForces()
    correct(positions, derivatives, forces, from, to)
    returnToBox(positions, molecules, from, to)
    kinetic[0] = kineticEnergy(derivatives, from, to)
    sumTo0(kinetic)
  }
})

getPositions()
const totals = totalsOf(problem, positions, forces, beginning, from, to)
sumTo0(totals)
if (tm.procId === 0) tell(water, 'messages', choice, seconds, resultOf(problem, kinetic[0] as number, totals))
