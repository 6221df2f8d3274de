/**
 * Makes a failing trial small: cuts off what came after the failure, leaves out phases, processes, sections and
 * operations, calms the plan, and keeps each change after which some schedule still fails in the same way. What is
 * left is what a person can read. (Delta debugging, Zeller and Hildebrandt 2002, on the story's own structure.)
 */
import type { Operation } from '../../sim/operation.js'
import { calm, type Plan } from '../../sim/plan.js'
import type { Setup } from './draw.js'
import { type Phase, type Section, type Story, tell } from './story.js'
import { type FailureKind, procsOf, sizeOf, type Trial, tryOut } from './trial.js'
import { canEnd } from './turns.js'

/** Operations simulated in all, at most. */
const BUDGET = 2_500_000
/** A small run that goes on for so many steps will not end. */
const SMALL_STEPS = 100_000

/** A trial as small as could be found that fails as `trial` does. `told`: hears of each step, for people who wait. */
export function shrink(trial: Trial, kind: FailureKind, told: (size: number) => void = () => {}): Trial {
  return new Shrinker(trial, kind, told).shrink()
}

/** Schedules tried for a trial of this size: a failure that needs luck is not lost with a change, and small ones cost little. */
const schedulesFor = (size: number): number => Math.min(Math.max(Math.round(6_000 / size), 3), 100)

class Shrinker {
  private spent = 0

  constructor(
    private best: Trial,
    private readonly kind: FailureKind,
    private readonly told: (size: number) => void,
  ) {}

  shrink(): Trial {
    this.cutTails()
    for (let before = Number.POSITIVE_INFINITY; sizeOf(this.best) < before && this.spent < BUDGET; ) {
      before = sizeOf(this.best)
      this.told(before)
      this.simplifyPlan()
      this.leaveOutPhases()
      this.leaveOutProcesses()
      this.leaveOutSections()
      this.joinPhases()
      this.leaveOutOperations()
      this.leaveOutLocks()
      this.leaveOutNodes()
      this.leaveOutThreads()
    }
    return this.best
  }

  /** Keeps the trial if its program can end at all, and still fails under some schedule. */
  private try(trial: Trial): boolean {
    const program = tell(trial.story, procsOf(trial.setup))
    if (!canEnd(program)) return false
    const size = sizeOf(trial)
    for (let i = 0; i < schedulesFor(size) && this.spent < BUDGET; i++) {
      const setup = { ...trial.setup, plan: { ...trial.setup.plan, seed: trial.setup.plan.seed + i } }
      const { failure, outcome } = tryOut(setup, program)
      this.spent += outcome?.operations ?? size
      if (failure?.kind !== this.kind) continue
      this.best = { setup, story: trial.story }
      return true
    }
    return false
  }

  /** No process goes on behind the section that it was in when the run failed: the same run, but shorter. */
  private cutTails(): void {
    const { setup, story } = this.best
    const { progress } = tryOut(setup, tell(story, procsOf(setup)))
    const left = progress.map((done) => done - story.prologue.length)
    const awaited = setters(story)
    const phases: Phase[] = []
    while (left.some((one) => one >= 0) && phases.length < story.phases.length) {
      const phase = story.phases[phases.length] as Phase
      phases.push(
        phase.map((list, proc) => list.filter((section) => begun(section, left, proc) || awaited.has(section))),
      )
      for (const proc of left.keys()) left[proc] = (left[proc] as number) - 1
    }
    // Those who wait for the others behind the last one still do.
    const nothing: Phase = left.map(() => [])
    this.tryPhases([...phases, nothing])
  }

  private simplifyPlan(): void {
    const { setup } = this.best
    const plain = calm(setup.nodes, setup.plan.seed)
    const simpler: Partial<Plan>[] = [
      { maxSteps: SMALL_STEPS },
      { ...plain, maxSteps: SMALL_STEPS },
      { faults: [], slowness: plain.slowness },
      { slowness: plain.slowness },
      { network: plain.network },
      { burst: plain.burst, think: plain.think, service: plain.service },
      { interrupt: 0 },
    ]
    for (const change of simpler) this.tryPlan(change)
    this.minimise(setup.plan.faults, (faults) => this.tryPlan({ faults: [...faults] }))
  }

  private tryPlan(change: Partial<Plan>): boolean {
    const { setup } = this.best
    const plan = { ...setup.plan, ...change }
    return JSON.stringify(plan) !== JSON.stringify(setup.plan) && this.try({ ...this.best, setup: { ...setup, plan } })
  }

  private leaveOutPhases(): void {
    this.minimise(this.best.story.phases, (phases) => this.tryPhases([...phases]))
  }

  /** Two phases without a meeting between them. */
  private joinPhases(): void {
    for (let i = 0; i + 1 < this.best.story.phases.length; ) {
      const { phases } = this.best.story
      const joined = (phases[i] as Phase).map((list, proc) => [...list, ...(phases[i + 1]?.[proc] ?? [])])
      if (!this.tryPhases([...phases.slice(0, i), joined, ...phases.slice(i + 2)])) i++
    }
  }

  private leaveOutProcesses(): void {
    for (let proc = 0; proc < procsOf(this.best.setup); proc++) {
      this.changePhases((phase) => phase.map((sections, p) => (p === proc ? [] : sections)))
    }
  }

  private leaveOutSections(): void {
    const all = this.best.story.phases.flatMap((phase) => phase.flat())
    this.minimise(all, (sections) => {
      const kept = new Set<Section>(sections)
      return this.changePhases((phase) => phase.map((list) => list.filter((section) => kept.has(section))))
    })
  }

  private leaveOutOperations(): void {
    const all = this.best.story.phases.flatMap((phase) => phase.flat(2)).filter(separable)
    this.minimise(all, (operations) => {
      const kept = new Set<Operation>(operations)
      return this.changeSections((section) => section.filter((one) => !separable(one) || kept.has(one)))
    })
  }

  /** A lock is left out with its release; what stood between them stays. */
  private leaveOutLocks(): void {
    const all = this.best.story.phases.flatMap((phase) => phase.flat(2)).filter(({ type }) => type === 'acquire')
    for (const acquire of all) this.changeSections((section) => withoutLock(section, acquire))
  }

  /** Nodes whose processes do nothing but meet the others. */
  private leaveOutNodes(): void {
    for (let node = this.best.setup.nodes - 1; node >= 0 && this.best.setup.nodes > 2; node--) {
      const { setup } = this.best
      const first = node * setup.threads
      const procs = new Set(Array.from({ length: setup.threads }, (_, i) => first + i))
      if (!this.idle(procs)) continue
      const slowness = setup.plan.slowness.filter((_, i) => i !== node)
      // The others name nodes, which have other numbers then.
      const faults = setup.plan.faults.filter(({ type }) => type === 'stall')
      const plan = { ...setup.plan, slowness, faults }
      this.tryWithout(procs, { ...setup, nodes: setup.nodes - 1, plan })
    }
  }

  /** A thread of each node, where each has one that does nothing. */
  private leaveOutThreads(): void {
    const { setup } = this.best
    if (setup.threads === 1) return
    const procs = new Set<number>()
    for (let node = 0; node < setup.nodes; node++) {
      const own = Array.from({ length: setup.threads }, (_, i) => node * setup.threads + i)
      const idle = own.find((proc) => this.idle(new Set([proc])))
      if (idle === undefined) return
      procs.add(idle)
    }
    this.tryWithout(procs, { ...setup, threads: setup.threads - 1 })
  }

  private idle(procs: ReadonlySet<number>): boolean {
    return this.best.story.phases.every((phase) => [...procs].every((proc) => (phase[proc] ?? []).flat().length === 0))
  }

  private tryWithout(procs: ReadonlySet<number>, setup: Setup): boolean {
    const { story } = this.best
    const phases = story.phases.map((phase) => phase.filter((_, proc) => !procs.has(proc)))
    return this.try({ setup, story: { ...story, phases } })
  }

  private tryPhases(phases: readonly Phase[]): boolean {
    const { setup, story } = this.best
    return this.try({ setup, story: { ...story, phases } })
  }

  private changePhases(change: (phase: Phase) => Phase): boolean {
    return this.tryPhases(this.best.story.phases.map(change))
  }

  private changeSections(change: (section: Section) => Section): boolean {
    return this.changePhases((phase) => phase.map((list) => list.map(change).filter((section) => section.length > 0)))
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

/** Whether a process that has done `left[proc]` operations has begun this section; its operations are taken off. */
function begun(section: Section, left: number[], proc: number): boolean {
  const has = (left[proc] as number) >= 0
  left[proc] = (left[proc] as number) - section.length
  return has
}

/** The sections that set what others wait for. */
function setters({ phases }: Story): Set<Section> {
  const sections = phases.flatMap((phase) => phase.flat())
  const flags = new Set<number>()
  for (const one of sections.flat()) if (one.type === 'await' || one.type === 'poll') flags.add(one.address)
  return new Set(sections.filter((section) => section.some((one) => one.type === 'store' && flags.has(one.address))))
}

/** Those that may go alone; whether another operation waits for them is seen when it is tried. */
const separable = ({ type }: Operation): boolean =>
  type !== 'acquire' && type !== 'release' && type !== 'malloc' && type !== 'free'

function withoutLock(section: Section, acquire: Operation): Section {
  const from = section.indexOf(acquire)
  if (from < 0 || acquire.type !== 'acquire') return section
  const to = section.findIndex((one, i) => i > from && one.type === 'release' && one.lock === acquire.lock)
  return section.filter((_, i) => i !== from && i !== to)
}
