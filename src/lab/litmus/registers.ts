/**
 * The registers of a litmus test, filled from what the simulator's observer hears: each load of a process in the
 * order of its program, for which the schedule knows the register, if any. A second observer may listen too.
 */
import type { Observer } from '../../sim/operation.js'
import type { Reading } from './script.js'

export class Registers implements Observer {
  private readonly byColumn = new Map<string, number>()
  /** By process: how many of its readings are done. */
  private readonly done: number[]

  constructor(
    private readonly readings: readonly (readonly Reading[])[],
    private readonly also: Observer | undefined,
  ) {
    this.done = new Array<number>(readings.length).fill(0)
  }

  /** When the run is over. */
  values(columns: readonly string[]): number[] {
    return columns.map((column) => this.byColumn.get(column) as number)
  }

  loaded(proc: number, address: number, value: number): void {
    const done = this.done[proc] as number
    const { column, until } = (this.readings[proc] as readonly Reading[])[done] as Reading
    if (value >= until) this.done[proc] = done + 1
    if (column !== undefined) this.byColumn.set(column, value)
    this.also?.loaded(proc, address, value)
  }

  stored(proc: number, address: number, value: number): void {
    this.also?.stored(proc, address, value)
  }

  acquired(proc: number, lock: number): void {
    this.also?.acquired(proc, lock)
  }

  releases(proc: number, lock: number): void {
    this.also?.releases(proc, lock)
  }

  arrives(proc: number): void {
    this.also?.arrives(proc)
  }

  departs(proc: number): void {
    this.also?.departs(proc)
  }

  allocated(proc: number, start: number, end: number): void {
    this.also?.allocated(proc, start, end)
  }

  frees(proc: number, start: number, end: number): void {
    this.also?.frees(proc, start, end)
  }
}
