/**
 * What was before a schedule's test begins, all of it before a barrier, so that it changes nothing that the test
 * may show. From the zero state no node has a stale copy or an unmade diff, and a race would hardly ever show; a
 * past leaves them behind.
 */
import type { Random } from '../../sim/random.js'
import type { LitmusTest, Step } from './model.js'
import type { Script } from './script.js'
import type { Stage } from './stage.js'

/**
 * For some locations a diff that will be made late by the very process that stores there, for others a copy
 * everywhere that will be stale: what a race needs to show.
 */
export function layBait(test: LitmusTest, stage: Stage, script: Script, random: Random): void {
  storeInitial(test, stage, script, random, 0)
  script.barrier()
  const flags = random.chance(0.5)
  for (let page = 0; page < stage.usedPages; page++) {
    const late = flags ? (isFlag(test, stage, page) ? 0.9 : 0.1) : 0.5
    const [writer] = writersOf(test, stage, page)
    if (writer !== undefined && random.chance(late)) script.dirty(writer, page)
  }
  script.barrier()
}

/** Whether everybody who stores there does something else before. */
function isFlag(test: LitmusTest, stage: Stage, page: number): boolean {
  return test.processes.every((steps) => {
    const first = steps.find((step) => 'location' in step)
    return first === undefined || !isStoreTo(page, stage, first)
  })
}

/**
 * Rounds of: somebody stores the initial values; all meet; some read, and some store bytes beside the locations;
 * all meet.
 */
export function drawPast(test: LitmusTest, stage: Stage, script: Script, random: Random): void {
  const rounds = random.pick([0, 1, 1, 1, 2, 3])
  const [stores, reads, late] = [random.pick(SHARES), random.pick(SHARES), random.pick([0, 0.5, 0.5, 1])]
  const locks = new Set(test.processes.flat().flatMap((step) => ('lock' in step ? [step.lock] : [])))
  for (let round = 0; round < Math.max(rounds, test.init.size > 0 ? 1 : 0); round++) {
    storeInitial(test, stage, script, random, stores)
    script.barrier()
    for (let proc = 0; proc < stage.procs; proc++) {
      for (const address of stage.addresses.values()) if (random.chance(reads)) script.load(proc, address)
    }
    for (let page = 0; page < stage.usedPages; page++) {
      const writers = random.chance(0.7) ? writersOf(test, stage, page) : []
      if (random.chance(late)) script.dirty(writers.length > 0 ? random.pick(writers) : random.below(stage.procs), page)
    }
    for (const lock of locks) if (random.chance(0.5)) script.take(random.below(stage.procs), stage.lock(lock))
    script.barrier()
  }
}

/** Somebody stores what the test begins with; zeros only now and then, because they are there already. */
function storeInitial(test: LitmusTest, stage: Stage, script: Script, random: Random, zeros: number): void {
  for (const location of test.locations) {
    const value = test.init.get(location) ?? 0
    const address = stage.addresses.get(location) as number
    if (value === 0 && !random.chance(zeros)) continue
    script.add(random.below(stage.procs), { type: 'store', address, value })
  }
}

/** The processes that store to a location on this page in the test. */
function writersOf({ processes }: LitmusTest, stage: Stage, page: number): number[] {
  return stage.cast.filter((_, i) => processes[i]?.some((step) => isStoreTo(page, stage, step)))
}

function isStoreTo(page: number, { addresses, pageBytes }: Stage, step: Step): boolean {
  return step.type === 'store' && Math.floor((addresses.get(step.location) as number) / pageBytes) === page
}

/** Of the occasions for something, how many are taken: mostly none or all. */
const SHARES = [0, 0, 0.3, 0.6, 1]
