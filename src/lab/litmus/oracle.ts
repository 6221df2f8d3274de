/**
 * What a litmus test's outcomes are, worked out from the definitions and from nothing of the implementation. An
 * execution is legal under lazy release consistency when each load returns a store that is not after it and not
 * overwritten before it, in the order that program, locks, barriers and conditions make, and when this order
 * together with "is returned by" has no circle. Without a circle all steps can be put in one line, in which every
 * load stands behind the store that it returns. So all such lines are walked, step by step, and each load returns
 * in turn whatever it may; under sequential consistency, the last store alone.
 */
import { LitmusError } from './mistake.js'
import { finalLocations, type LitmusTest, outcomeKey, type Step } from './model.js'

/** The models whose outcomes can be worked out. */
export const knownModels = ['sc', 'lrc'] as const
export type KnownModel = (typeof knownModels)[number]

export interface Findings {
  readonly outcomes: ReadonlySet<string>
  /** Two accesses of some execution that are not ordered, in words; undefined when there are none. Of `sc` alone. */
  readonly race: string | undefined
}

/** Throws when the program may wait for ever, or is too large. */
export function findOutcomes(test: LitmusTest, model: KnownModel): Findings {
  const walk = new Walk(test, model)
  walk.all()
  return walk
}

const MAX_STATES = 1_000_000

/** A set of accesses, a bit for each. */
type Accesses = bigint

interface Access {
  readonly bit: Accesses
  /** Where it stands: `P0's step 2`. */
  readonly place: string
  readonly location: string
  /** Undefined for a load. */
  readonly value: number | undefined
  /** What happened before it. */
  readonly before: Accesses
}

interface Process {
  /** Its next step. */
  readonly at: number
  /** 'sleeps' on a condition; 'woken' from it, and without its lock yet. */
  readonly state: 'goes' | 'sleeps' | 'woken'
  /** How often it has looked in vain in the present wait. */
  readonly looks: number
  /** What happened before its present moment. */
  readonly before: Accesses
}

interface State {
  readonly processes: readonly Process[]
  /** The locks that are held. */
  readonly held: ReadonlySet<number>
  /** By lock: what happened before its last release. */
  readonly released: ReadonlyMap<number, Accesses>
  /** In the order of the line. */
  readonly accesses: readonly Access[]
  /** By column. */
  readonly values: ReadonlyMap<string, number>
}

class Walk implements Findings {
  readonly outcomes = new Set<string>()
  race: string | undefined
  private readonly programs: readonly (readonly Step[])[]
  /** By place. */
  private readonly bits = new Map<string, Accesses>()
  private readonly met = new Set<string>()

  constructor(
    private readonly test: LitmusTest,
    private readonly model: KnownModel,
  ) {
    this.programs = withClosing(test)
  }

  all(): void {
    const ahead = [this.beginning()]
    for (let state = ahead.pop(); state !== undefined; state = ahead.pop()) {
      const next = [...this.next(state)]
      if (next.length === 0) this.end(state)
      for (const one of next) {
        const key = this.keyOf(one)
        if (this.met.has(key)) continue
        this.met.add(key)
        ahead.push(one)
      }
      if (this.met.size > MAX_STATES) throw this.wrong(`a smaller program: this one has over ${MAX_STATES} states`)
    }
  }

  private wrong(expected: string): LitmusError {
    return new LitmusError(this.test.path, this.test.line, `expected ${expected}`)
  }

  private beginning(): State {
    const { locations, init } = this.test
    const accesses = locations.map((location): Access => {
      const value = init.get(location) ?? 0
      return { bit: this.bitOf(location), place: 'the beginning', location, value, before: 0n }
    })
    // The initial values were stored before everything.
    const before = accesses.reduce((all, { bit }) => all | bit, 0n)
    const processes = this.programs.map((): Process => ({ at: 0, state: 'goes', looks: 0, before }))
    return { processes, held: new Set(), released: new Map(), accesses, values: new Map() }
  }

  private end({ processes, values }: State): void {
    const stuck = processes.findIndex(({ at }, i) => at < (this.programs[i] as readonly Step[]).length)
    if (stuck >= 0) throw this.wrong(`processes that always come to their end; P${stuck} may wait for ever`)
    this.outcomes.add(outcomeKey(this.test.columns.map((column) => values.get(column) as number)))
  }

  private *next(state: State): Generator<State> {
    const steps = state.processes.map(({ at }, i) => this.programs[i]?.[at])
    if (steps.every((step) => step?.type === 'barrier')) yield meet(state)
    for (const [i, step] of steps.entries()) {
      if (step !== undefined && step.type !== 'barrier') yield* this.perform(state, i, step)
    }
  }

  private *perform(state: State, i: number, step: Exclude<Step, { type: 'barrier' }>): Generator<State> {
    const process = state.processes[i] as Process
    switch (step.type) {
      case 'load':
        for (const value of this.readable(state, process, step.location)) {
          const values = new Map(state.values).set(step.register, value)
          yield advance({ ...this.access(state, i, step.location), values }, i)
        }
        return
      case 'store':
        yield advance(this.access(state, i, step.location, step.value), i)
        return
      case 'lock':
        if (!state.held.has(step.lock)) yield advance(acquire(state, i, step.lock), i)
        return
      case 'unlock':
        yield advance(release(state, i, step.lock), i)
        return
      case 'wait':
        yield* this.wait(state, i, process, step)
        return
      case 'signal':
      case 'broadcast':
        for (const woken of this.wake(state, step.lock, step.type === 'broadcast')) yield advance(woken, i)
    }
  }

  private *wait(
    state: State,
    i: number,
    process: Process,
    { lock, location, value: least }: Extract<Step, { type: 'wait' }>,
  ): Generator<State> {
    if (process.state === 'sleeps') return
    if (process.state === 'woken') {
      if (!state.held.has(lock)) yield change(acquire(state, i, lock), i, { state: 'goes' })
      return
    }
    for (const value of this.readable(state, process, location)) {
      const looked = this.access(state, i, location)
      if (value >= least) yield advance(looked, i)
      else yield change(release(looked, i, lock), i, { state: 'sleeps', looks: process.looks + 1 })
    }
  }

  /** One sleeper of the lock's condition, whichever; or all. With none, nothing happens. */
  private wake(state: State, lock: number, all: boolean): State[] {
    const sleepers = [...state.processes.entries()].flatMap(([i, process]) => {
      const step = this.programs[i]?.[process.at]
      return process.state === 'sleeps' && step?.type === 'wait' && step.lock === lock ? [i] : []
    })
    if (sleepers.length === 0) return [state]
    const wake = (from: State, i: number): State => change(from, i, { state: 'woken' })
    return all ? [sleepers.reduce(wake, state)] : sleepers.map((i) => wake(state, i))
  }

  /** What a load may return, by the model. */
  private readable({ accesses }: State, { before }: Process, location: string): Set<number> {
    const stores = accesses.filter((access) => access.location === location && access.value !== undefined)
    const known = stores.filter(({ bit }) => (before & bit) !== 0n)
    const readable =
      this.model === 'sc'
        ? stores.slice(-1)
        : stores.filter(({ bit }) => !known.some((later) => (later.before & bit) !== 0n))
    return new Set(readable.map(({ value }) => value as number))
  }

  private access(state: State, i: number, location: string, value?: number): State {
    const { at, looks, before } = state.processes[i] as Process
    const bit = this.bitOf(`${i} ${at} ${looks}`)
    const place = `P${i}'s step ${at + 1}`
    for (const other of state.accesses) {
      const conflict = other.location === location && (value ?? other.value) !== undefined
      if (conflict && (before & other.bit) === 0n) this.race ??= `${other.place} and ${place}, at ${location}`
    }
    const accesses = [...state.accesses, { bit, place, location, value, before }]
    return change({ ...state, accesses }, i, { before: before | bit })
  }

  private bitOf(place: string): Accesses {
    const bit = this.bits.get(place) ?? 1n << BigInt(this.bits.size)
    this.bits.set(place, bit)
    return bit
  }

  /** The same for lines that can go on in the same ways only. */
  private keyOf({ processes, held, released, accesses, values }: State): string {
    // Under sc it is the order of the stores that counts; otherwise, what each has seen.
    const stores = accesses.filter(({ value }) => value !== undefined)
    const told =
      this.model === 'sc'
        ? this.test.locations.map((location) => stores.findLast((store) => store.location === location)?.bit)
        : stores.map(({ bit, before }) => `${bit} ${before}`).sort()
    return [
      ...processes.map(({ at, state, looks, before }) => `${at} ${state} ${looks} ${before}`),
      [...held].sort().join(' '),
      [...released].map((entry) => entry.join(' ')).sort(),
      told.join(';'),
      this.test.columns.map((column) => values.get(column)).join(' '),
    ].join('|')
  }
}

/** The programs; where final values are asked for, with a barrier at their ends, after which one process reads. */
function withClosing(test: LitmusTest): Step[][] {
  const final = finalLocations(test)
  if (final.length === 0) return test.processes.map((steps) => [...steps])
  const loads = final.map((location): Step => ({ type: 'load', register: location, location }))
  return test.processes.map((steps, i) => [...steps, { type: 'barrier' }, ...(i === 0 ? loads : [])])
}

const change = (state: State, i: number, part: Partial<Process>): State => ({
  ...state,
  processes: state.processes.map((process, k) => (k === i ? { ...process, ...part } : process)),
})

const advance = (state: State, i: number): State =>
  change(state, i, { at: (state.processes[i] as Process).at + 1, looks: 0 })

function acquire(state: State, i: number, lock: number): State {
  const before = (state.processes[i] as Process).before | (state.released.get(lock) ?? 0n)
  return change({ ...state, held: new Set(state.held).add(lock) }, i, { before })
}

function release(state: State, i: number, lock: number): State {
  const { before } = state.processes[i] as Process
  const held = new Set([...state.held].filter((one) => one !== lock))
  return { ...state, held, released: new Map(state.released).set(lock, before) }
}

/** All leave the barrier: what each had seen, all have. */
function meet(state: State): State {
  const before = state.processes.reduce((all, process) => all | process.before, 0n)
  return { ...state, processes: state.processes.map(({ at }) => ({ at: at + 1, state: 'goes', looks: 0, before })) }
}
