/**
 * Checks every read of a run against what the memory model allows, byte by byte. A read may return the last
 * write that happened before it (each of them, where several are the last), or any write that is not ordered
 * with it; in a program without races that leaves one value. Values that nobody wrote are never allowed.
 */
import { Fairness } from './fairness.js'
import { type Clock, HappenedBefore } from './happened-before.js'
import { LastStore } from './last-store.js'
import { Parcels } from './parcels.js'
import { Violation } from './violation.js'

interface Write {
  readonly proc: number
  readonly stretch: number
  /** Grows with each write of the run. */
  readonly number: number
  readonly value: number
  /** What happened before it. */
  readonly clock: Clock
}

export interface Expected {
  /** The program is said to have no races; one that has is a violation of the kind `race`. */
  readonly raceFree: boolean
  /** The memory is said to be sequentially consistent, also for a program with races. */
  readonly sequential?: boolean
}

/** Writes to one byte that are kept before those are looked for that nobody can read any more. */
const KEPT = 8

export class Checker {
  /** Reads and writes that were checked. */
  checked = 0
  private readonly order: HappenedBefore
  private readonly fairness = new Fairness()
  private readonly parcels = new Parcels()
  /** By byte: the writes that somebody may still read, oldest first. */
  private readonly writes: (Write[] | undefined)[]

  private readonly raceFree: boolean
  private readonly last: LastStore | undefined

  constructor(procs: number, bytes: number, { raceFree, sequential = false }: Expected) {
    this.raceFree = raceFree
    this.last = sequential ? new LastStore(bytes) : undefined
    this.order = new HappenedBefore(procs)
    this.writes = new Array<Write[] | undefined>(bytes).fill(undefined)
  }

  loaded(proc: number, address: number, value: number): void {
    this.checked++
    this.last?.loaded(proc, address, value)
    const writes = this.writes[address]
    if (writes === undefined) {
      if (value !== 0) throw this.wrong(proc, address, value, [])
      return
    }
    const last = writes[writes.length - 1] as Write
    if (writes.length === 1 && this.visible(proc, last)) {
      if (last.value !== value) throw this.wrong(proc, address, value, writes)
      return
    }
    if (this.raceFree) throw race('reads', proc, address, last)
    if (!this.mayReturn(proc, writes, value)) throw this.wrong(proc, address, value, writes)
  }

  stored(proc: number, address: number, value: number): void {
    this.last?.stored(proc, address, value)
    this.written(proc, address, value)
  }

  private written(proc: number, address: number, value: number): void {
    const writes = this.writes[address]
    const write: Write = {
      proc,
      stretch: this.order.stretch(proc),
      number: this.checked++,
      value,
      clock: this.order.clock(proc),
    }
    if (writes === undefined) {
      this.writes[address] = [write]
    } else if (this.raceFree) {
      const last = writes[0] as Write
      if (!this.visible(proc, last)) throw race('writes', proc, address, last)
      writes[0] = write
    } else {
      writes.push(write)
      if (writes.length > KEPT) this.writes[address] = this.readable(writes)
    }
  }

  asks(proc: number, lock: number): void {
    this.fairness.asks(proc, lock)
  }

  travelling(any: boolean): void {
    this.fairness.travelling(any)
  }

  acquired(proc: number, lock: number): void {
    this.order.acquired(proc, lock)
    this.fairness.acquired(proc, lock)
  }

  releases(proc: number, lock: number): void {
    this.order.releases(proc, lock)
    this.fairness.releases(lock)
  }

  arrives(proc: number): void {
    this.order.arrives(proc)
  }

  departs(proc: number): void {
    this.order.departs(proc)
  }

  /** Memory comes as zeros, whoever had it before. */
  allocated(proc: number, start: number, end: number): void {
    this.order.allocated(proc, start, end)
    for (let address = start; address < end; address++) {
      if (this.writes[address] !== undefined) this.written(proc, address, 0)
    }
  }

  frees(proc: number, start: number, end: number): void {
    this.order.frees(proc, start, end)
  }

  sends(proc: number, to: number, value: number): void {
    this.parcels.sends(proc, to, value)
  }

  receives(proc: number, from: number, value: number): void {
    this.parcels.receives(proc, from, value)
  }

  private visible(proc: number, write: Write): boolean {
    return this.order.sees(proc, write.proc, write.stretch)
  }

  private mayReturn(proc: number, writes: readonly Write[], value: number): boolean {
    let before = false
    for (const write of writes) {
      const visible = this.visible(proc, write)
      if (write.value === value && !(visible && this.overwritten(proc, write, writes))) return true
      before ||= visible
    }
    return value === 0 && !before
  }

  /** Whether a later write, too, happened before the present moment of `proc`. */
  private overwritten(proc: number, write: Write, writes: readonly Write[]): boolean {
    for (const later of writes) if (this.visible(proc, later) && precedes(write, later)) return true
    return false
  }

  /** Without the writes that were followed by one that everybody has seen. */
  private readable(writes: readonly Write[]): Write[] {
    const settled = writes.filter((write) => write.stretch <= this.order.seenByAll(write.proc))
    return writes.filter((write) => !settled.some((later) => precedes(write, later)))
  }

  private wrong(proc: number, address: number, value: number, writes: readonly Write[]): Violation {
    const allowed = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => this.mayReturn(proc, writes, byte))
    const details = [`allowed: ${allowed.join(', ')}`]
    for (const write of writes) {
      const seen = this.visible(proc, write)
      const stale = seen && this.overwritten(proc, write, writes)
      const why = !seen ? 'not ordered with the read' : stale ? 'overwritten since' : 'the last before the read'
      details.push(`process ${write.proc} wrote ${write.value}: ${why}`)
      if (seen && !stale) {
        details.push(...this.order.chain(write.proc, write.stretch, proc).map((line) => `  ${line}`))
      }
    }
    return new Violation('wrong value', `process ${proc} read ${value} from byte ${address}`, details)
  }
}

/** Whether one write happened before another to the same byte. */
const precedes = (a: Write, b: Write): boolean =>
  a.proc === b.proc ? a.number < b.number : (b.clock[a.proc] as number) >= a.stretch

const race = (does: string, proc: number, address: number, last: Write): Violation =>
  new Violation('race', `process ${proc} ${does} byte ${address} without being ordered after process ${last.proc}`, [
    `process ${last.proc} wrote ${last.value} there, and no synchronisation since then connects the two`,
  ])
