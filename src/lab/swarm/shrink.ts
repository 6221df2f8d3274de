/**
 * Makes a failing trial small: leaves out phases, processes, sections and operations, calms the plan, and keeps
 * each change after which some schedule still fails in the same way. What is left is what a person can read.
 * (Delta debugging, Zeller and Hildebrandt 2002, on the story's own structure.)
 */
import type { Operation } from '../../sim/operation.js'
import { calm, type Plan } from '../../sim/plan.js'
import type { Setup } from './draw.js'
import { type Phase, type Section, type Story, tell } from './story.js'
import { type FailureKind, tryOut } from './trial.js'

export interface Trial {
  readonly setup: Setup
  readonly story: Story
}

/** Schedules tried for each smaller trial: a failure that needs luck is not lost with the first change. */
const SCHEDULES = 6
/** Operations simulated in all, at most. */
const BUDGET = 4_000_000

/** A trial as small as could be found that fails as `trial` does. `told`: hears of each step, for people who wait. */
export function shrink(trial: Trial, kind: FailureKind, told: (size: number) => void = () => {}): Trial {
  return new Shrinker(trial, kind, told).shrink()
}

/** Operations of all processes. */
export const sizeOf = ({ setup, story }: Trial): number =>
  tell(story, procsOf(setup)).reduce((sum, operations) => sum + operations.length, 0)

const procsOf = ({ nodes, threads }: Setup): number => nodes * threads

class Shrinker {
  private spent = 0

  constructor(
    private best: Trial,
    private readonly kind: FailureKind,
    private readonly told: (size: number) => void,
  ) {}

  shrink(): Trial {
    for (let before = Number.POSITIVE_INFINITY; sizeOf(this.best) < before; ) {
      before = sizeOf(this.best)
      this.told(before)
      this.simplifyPlan()
      this.leaveOutPhases()
      this.leaveOutProcesses()
      this.leaveOutSections()
      this.leaveOutOperations()
      this.fewerNodes()
    }
    return this.best
  }

  /** Keeps the trial if it still fails under some schedule. */
  private try(trial: Trial): boolean {
    const program = tell(trial.story, procsOf(trial.setup))
    for (let i = 0; i < SCHEDULES && this.spent < BUDGET; i++) {
      const setup = { ...trial.setup, plan: { ...trial.setup.plan, seed: trial.setup.plan.seed + i } }
      const { failure, outcome } = tryOut(setup, program)
      this.spent += outcome?.operations ?? sizeOf(trial)
      if (failure?.kind !== this.kind) continue
      this.best = { setup, story: trial.story }
      return true
    }
    return false
  }

  private simplifyPlan(): void {
    const { setup } = this.best
    const { nodes } = setup
    const plain = calm(nodes, setup.plan.seed)
    const simpler: Partial<Plan>[] = [
      { ...plain, maxSteps: setup.plan.maxSteps },
      { faults: [], slowness: plain.slowness },
      { faults: [] },
      { slowness: plain.slowness },
      { network: plain.network },
      { interrupt: 0 },
    ]
    for (const change of simpler) {
      const plan = { ...this.best.setup.plan, ...change }
      if (JSON.stringify(plan) !== JSON.stringify(this.best.setup.plan)) {
        this.try({ ...this.best, setup: { ...this.best.setup, plan } })
      }
    }
  }

  private leaveOutPhases(): void {
    const { setup, story } = this.best
    this.minimise([...story.phases], (phases) => this.try({ setup, story: { ...story, phases } }))
  }

  private leaveOutProcesses(): void {
    for (let proc = 0; proc < procsOf(this.best.setup); proc++) {
      this.try(this.withPhases((phase) => phase.map((sections, p) => (p === proc ? [] : sections))))
    }
  }

  private leaveOutSections(): void {
    const { setup, story } = this.best
    const all = story.phases.flatMap((phase) => phase.flat())
    this.minimise(all, (sections) => {
      const kept = new Set<Section>(sections)
      const phases = story.phases.map((phase) => phase.map((list) => list.filter((section) => kept.has(section))))
      return this.try({ setup, story: { ...story, phases } })
    })
  }

  private leaveOutOperations(): void {
    const { setup, story } = this.best
    const all = story.phases.flatMap((phase) => phase.flat(2)).filter(separable)
    this.minimise(all, (operations) => {
      const kept = new Set<Operation>(operations)
      const phases = story.phases.map((phase) =>
        phase.map((list) => list.map((section) => section.filter((one) => !separable(one) || kept.has(one)))),
      )
      return this.try({ setup, story: { ...story, phases } })
    })
  }

  /** Processes that do nothing but meet the others: the last ones go, as long as it fails without them. */
  private fewerNodes(): void {
    for (;;) {
      const { setup, story } = this.best
      const nodes = setup.nodes - 1
      const procs = nodes * setup.threads
      const idle = story.phases.every((phase) => phase.slice(procs).every((list) => list.length === 0))
      if (nodes < 2 || !idle) return
      const plan = { ...setup.plan, slowness: setup.plan.slowness.slice(0, nodes), faults: [] }
      const phases = story.phases.map((phase) => phase.slice(0, procs))
      if (!this.try({ setup: { ...setup, nodes, plan }, story: { ...story, phases } })) return
    }
  }

  private withPhases(change: (phase: Phase) => Phase): Trial {
    const { setup, story } = this.best
    return { setup, story: { ...story, phases: story.phases.map(change) } }
  }

  /** Leaves out as many items as it can: large parts first, then smaller ones, then one by one. */
  private minimise<T>(items: readonly T[], fails: (items: readonly T[]) => boolean): void {
    let rest = items
    for (let part = Math.ceil(rest.length / 2); part >= 1 && rest.length > 0; part = part > 1 ? part >> 1 : 0) {
      for (let from = 0; from < rest.length; ) {
        const without = [...rest.slice(0, from), ...rest.slice(from + part)]
        if (fails(without)) rest = without
        else from += part
        if (this.spent >= BUDGET) return
      }
    }
  }
}

/** Those that another operation does not need. */
const separable = ({ type }: Operation): boolean =>
  type === 'load' || type === 'store' || type === 'loadBlock' || type === 'storeBlock'
