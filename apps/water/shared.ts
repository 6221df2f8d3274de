/**
 * Water with shared memory: positions and forces are shared, derivatives are each process's own. While a process
 * computes pairs it adds forces up for itself; then it adds them to the shared ones under locks, first its own, then
 * those of the processes that follow, so that not all want the same at once.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { beginningOf, returnToBox } from './box.js'
import { correct, derivativesOf, kineticEnergy, predict, startDerivatives } from './gear.js'
import { partsOf } from './pairs.js'
import { betweenMolecules, NUMBERS, withinMolecules } from './potential.js'
import { moleculesOf, resultOf, TOTALS, totalsOf, water } from './water.js'

const choice = chosen(water, 'shared')
const { problem } = choice
const { molecules, steps } = problem
const positions = tm.alloc(Float64Array, molecules * NUMBERS, { name: 'positions' })
const forces = tm.alloc(Float64Array, molecules * NUMBERS, { name: 'forces' })
const kinetic = tm.alloc(Float64Array, steps, { name: 'kinetic' })
const totals = tm.alloc(Float64Array, TOTALS, { name: 'totals' })

const [from, to] = moleculesOf(problem, tm.procId, tm.nprocs)
const parts = partsOf(molecules, tm.procId, tm.nprocs)
// The locks of forces are numbered like molecules or processes; the next one is for the sums.
const lockOfSums = problem.locks === 'molecule' ? molecules : tm.nprocs
const beginning = beginningOf(molecules)
const contributions = new Float64Array(molecules * NUMBERS)
const derivatives = derivativesOf(molecules)

/** Adds what this process found to the forces of molecules [first, end). */
function contribute(first: number, end: number): void {
  for (let i = first * NUMBERS; i < end * NUMBERS; i++) {
    forces[i] = (forces[i] as number) + (contributions[i] as number)
  }
}

function contributeAll(): void {
  for (const { proc, first, end } of parts) {
    if (problem.locks === 'process') tm.withLock(proc, () => contribute(first, end))
    else for (let m = first; m < end; m++) tm.withLock(m, () => contribute(m, m + 1))
  }
}

/** The owner begins each force, with what is inside the molecule; then all add to it. */
function computeForces(): void {
  withinMolecules(positions, from, to, forces)
  tm.barrier(1)
  contributions.fill(0)
  betweenMolecules(positions, molecules, from, to, contributions)
  contributeAll()
  tm.barrier(2)
}

positions.set(beginning.positions.subarray(from * NUMBERS, to * NUMBERS), from * NUMBERS)
computeForces()
startDerivatives(derivatives, beginning.velocities, forces, from, to)
const seconds = timed(() => {
  for (let step = 0; step < steps; step++) {
    predict(positions, derivatives, from, to)
    computeForces()
    correct(positions, derivatives, forces, from, to)
    returnToBox(positions, molecules, from, to)
    const mine = kineticEnergy(derivatives, from, to)
    tm.withLock(lockOfSums, () => {
      kinetic[step] = (kinetic[step] as number) + mine
    })
  }
})

const mine = totalsOf(problem, positions, forces, beginning, from, to)
tm.withLock(lockOfSums, () => {
  for (let i = 0; i < TOTALS; i++) totals[i] = (totals[i] as number) + (mine[i] as number)
})
tm.barrier(3)
if (tm.procId === 0) tell(water, 'shared', choice, seconds, resultOf(problem, kinetic[steps - 1] as number, totals))
