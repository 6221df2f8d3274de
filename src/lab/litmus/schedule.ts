/**
 * One schedule of a litmus test: the test as a program for the simulator, on a stage of its own, after a past, with
 * noise, and with a plan of how fast everything goes. All of it is drawn from the seed.
 */
import type { Operation, Program } from '../../sim/operation.js'
import type { Plan } from '../../sim/plan.js'
import { Random } from '../../sim/random.js'
import { barriersOf, finalLocations, type LitmusTest, type Step } from './model.js'
import { drawLate, drawNoise, drawPlan, type Noise } from './pace.js'
import { drawPast, layBait } from './past.js'
import { type Reading, Script } from './script.js'
import { drawStage, type Stage } from './stage.js'

export interface Schedule {
  readonly stage: Stage
  readonly plan: Plan
  readonly program: Program
  /** By process: what becomes of its loads, in order. */
  readonly readings: readonly (readonly Reading[])[]
}

export function drawSchedule(test: LitmusTest, seed: number): Schedule {
  const random = new Random(seed, STREAM)
  const baited = random.chance(0.3)
  const stage = drawStage(test, random, baited)
  const script = new Script(stage, random)
  if (baited) layBait(test, stage, script, random)
  else drawPast(test, stage, script, random)
  playTest(test, stage, script, drawLate(stage, script, random), drawNoise(stage, script, random))
  readFinal(test, stage, script, random)
  return { stage, plan: drawPlan(seed, stage, random), program: script.operations, readings: script.readings }
}

/** Apart from those of the simulator itself and of the workloads. */
const STREAM = 7

function playTest(test: LitmusTest, stage: Stage, script: Script, late: Noise, noise: Noise): void {
  for (let proc = 0; proc < stage.procs; proc++) {
    const part = stage.cast.indexOf(proc)
    const barriers = Array.from({ length: barriersOf(test) }, (): Step => ({ type: 'barrier' }))
    late(proc)
    noise(proc)
    for (const step of test.processes[part] ?? barriers) {
      play(step, proc, stage, script)
      noise(proc)
    }
  }
}

function play(step: Step, proc: number, stage: Stage, script: Script): void {
  const address = 'location' in step ? (stage.addresses.get(step.location) as number) : 0
  switch (step.type) {
    case 'load':
      return script.load(proc, address, step.register)
    case 'wait':
      return script.wait(proc, stage.lock(step.lock), address, step.value)
    default:
      return script.add(proc, operationOf(step, address, stage))
  }
}

function operationOf(step: Exclude<Step, { type: 'load' | 'wait' }>, address: number, stage: Stage): Operation {
  switch (step.type) {
    case 'store':
      return { type: 'store', address, value: step.value }
    case 'lock':
      return { type: 'acquire', lock: stage.lock(step.lock) }
    case 'unlock':
      return { type: 'release', lock: stage.lock(step.lock) }
    case 'barrier':
      return { type: 'barrier', id: 0 }
    case 'signal':
    case 'broadcast':
      return { type: step.type, lock: stage.lock(step.lock), cond: 0 }
  }
}

/** A final value is what one process sees, whichever, when all have met after their last steps. */
function readFinal(test: LitmusTest, stage: Stage, script: Script, random: Random): void {
  const final = finalLocations(test)
  if (final.length === 0) return
  script.barrier()
  const reader = random.below(stage.procs)
  for (const location of final) script.load(reader, stage.addresses.get(location) as number, location)
}
