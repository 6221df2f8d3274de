/**
 * The program of a schedule in the making: a list of operations for each process of the simulated cluster, and
 * beside it what is to become of each load. What a litmus test does not speak of goes to bytes and locks of the
 * process's own, so it adds nothing to the order that the test is about, and yet closes intervals, dirties pages
 * and brings news.
 */
import type { Operation } from '../../sim/operation.js'
import type { Random } from '../../sim/random.js'
import type { Stage } from './stage.js'

/** What becomes of a load. */
export interface Reading {
  /** The column of the outcome that it fills. */
  readonly column: string | undefined
  /** It is repeated until it returns this at least. */
  readonly until: number
}

export class Script {
  readonly operations: readonly Operation[][]
  readonly readings: readonly Reading[][]
  private knocks = 0

  constructor(
    private readonly stage: Stage,
    private readonly random: Random,
  ) {
    this.operations = Array.from({ length: stage.procs }, () => [])
    this.readings = Array.from({ length: stage.procs }, () => [])
  }

  add(proc: number, operation: Operation): void {
    this.operations[proc]?.push(operation)
  }

  load(proc: number, address: number, column?: string): void {
    this.add(proc, { type: 'load', address })
    this.readings[proc]?.push({ column, until: 0 })
  }

  /** The lock is held. */
  wait(proc: number, lock: number, address: number, value: number): void {
    this.add(proc, { type: 'await', lock, cond: 0, address, value })
    this.readings[proc]?.push({ column: undefined, until: value })
  }

  /** All meet. */
  barrier(): void {
    for (let proc = 0; proc < this.stage.procs; proc++) this.add(proc, { type: 'barrier', id: 0 })
  }

  /** Lets time pass. */
  idle(proc: number, steps: number): void {
    for (let i = 0; i < steps; i++) this.load(proc, this.stage.quiet)
  }

  /** Stores a byte of its own on a page of the test: a notice, but nothing that anybody reads. */
  dirty(proc: number, page: number): void {
    this.add(proc, { type: 'store', address: this.stage.own(proc, page), value: this.random.between(1, 255) })
  }

  /** Loads its own byte of a page: the page is fetched if it was closed. */
  look(proc: number, page: number): void {
    this.load(proc, this.stage.own(proc, page))
  }

  /** Takes a lock that nobody else ever takes from a node of the test: that node's interval ends, and its news comes. */
  knock(proc: number): void {
    const { cast, nodeOf, lockManagedBy } = this.stage
    const others = cast.map(nodeOf).filter((node) => node !== nodeOf(proc))
    if (others.length > 0) this.take(proc, lockManagedBy(this.random.pick(others), this.knocks++))
  }

  /** A section with nothing in it. */
  take(proc: number, lock: number): void {
    this.add(proc, { type: 'acquire', lock })
    this.add(proc, { type: 'release', lock })
  }
}
