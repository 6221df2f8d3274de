/** Water as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { beginningOf, returnToBox } from './box.js'
import { correct, derivativesOf, kineticEnergy, predict, startDerivatives } from './gear.js'
import { betweenMolecules, withinMolecules } from './potential.js'
import { resultOf, totalsOf, water } from './water.js'

const choice = chosen(water)
const { problem } = choice
const { molecules, steps } = problem
const beginning = beginningOf(molecules)
const positions = beginning.positions.slice()
const forces = new Float64Array(positions.length)
const derivatives = derivativesOf(molecules)
const kinetic = new Float64Array(steps)

function computeForces(): void {
  withinMolecules(positions, 0, molecules, forces)
  betweenMolecules(positions, molecules, 0, molecules, forces)
}

computeForces()
startDerivatives(derivatives, beginning.velocities, forces, 0, molecules)
const seconds = timed(() => {
  for (let step = 0; step < steps; step++) {
    predict(positions, derivatives, 0, molecules)
    computeForces()
    correct(positions, derivatives, forces, 0, molecules)
    returnToBox(positions, molecules, 0, molecules)
    kinetic[step] = kineticEnergy(derivatives, 0, molecules)
  }
})
const totals = totalsOf(problem, positions, forces, beginning, 0, molecules)
tell(water, choice, seconds, resultOf(problem, kinetic[steps - 1] as number, totals))
