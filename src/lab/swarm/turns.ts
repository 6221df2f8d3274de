/**
 * Whether a program can end at all: its processes take turns on one memory, with plain locks, conditions and meetings,
 * until all are at their ends or none can go on. A program that others have made smaller may wait for a flag that
 * nobody sets any more; that it hangs says nothing about the shared memory.
 */
import type { Operation, Program } from '../../sim/operation.js'

export const canEnd = (program: Program): boolean => new Turns(program).run()

interface Process {
  readonly operations: readonly Operation[]
  at: number
  /** Asleep on a condition of the lock, or woken and without the lock still. */
  state: 'goes' | 'sleeps' | 'woken'
  readonly blocks: Set<number>
}

const meets = (operation: Operation | undefined): boolean =>
  operation?.type === 'barrier' ||
  operation?.type === 'alloc' ||
  operation?.type === 'allocUnder' ||
  operation?.type === 'distribute'

class Turns {
  private readonly processes: readonly Process[]
  private readonly memory = new Map<number, number>()
  private readonly holders = new Map<number, Process>()
  /** Sent and not received: from whom and to whom. */
  private readonly parcels: string[] = []

  constructor(program: Program) {
    this.processes = program.map((operations) => ({ operations, at: 0, state: 'goes', blocks: new Set() }))
  }

  run(): boolean {
    for (let moved = true; moved; ) {
      moved = false
      for (const process of this.processes) while (this.step(process)) moved = true
      moved = this.meet() || moved
    }
    return this.processes.every(({ at, operations }) => at === operations.length)
  }

  /** One operation, if it can be done now. */
  private step(process: Process): boolean {
    const operation = process.operations[process.at]
    if (operation === undefined || meets(operation) || !this.perform(process, operation)) return false
    process.at++
    return true
  }

  private perform(process: Process, operation: Operation): boolean {
    switch (operation.type) {
      case 'store':
        this.memory.set(operation.address, operation.value)
        return true
      case 'acquire':
        return this.take(process, operation.lock)
      case 'tryAcquire':
        if (!this.take(process, operation.lock)) process.at += operation.skip
        return true
      case 'send':
        this.parcels.push(`${this.processes.indexOf(process)} ${operation.to}`)
        return true
      case 'recv':
        return this.receive(`${operation.from} ${this.processes.indexOf(process)}`)
      case 'release':
        return this.holds(process, operation.lock) && this.holders.delete(operation.lock)
      case 'wait':
        return this.wait(process, operation.lock)
      case 'await':
        return (
          this.holdsAgain(process, operation.lock) && (this.reached(operation) || this.sleep(process, operation.lock))
        )
      case 'poll':
        return this.holders.get(operation.lock) === undefined && this.reached(operation)
      case 'signal':
      case 'broadcast':
        return this.holds(process, operation.lock) && this.wake(operation)
      case 'malloc':
        process.blocks.add(operation.block)
        return true
      case 'free':
        return process.blocks.delete(operation.block)
      case 'loadBlock':
      case 'storeBlock':
        return process.blocks.has(operation.block)
      default:
        return true
    }
  }

  private receive(way: string): boolean {
    const at = this.parcels.indexOf(way)
    if (at >= 0) this.parcels.splice(at, 1)
    return at >= 0
  }

  private take(process: Process, lock: number): boolean {
    if (this.holders.has(lock)) return false
    this.holders.set(lock, process)
    return true
  }

  private holds(process: Process, lock: number): boolean {
    return this.holders.get(lock) === process
  }

  /** Whoever has slept must have the lock first. */
  private holdsAgain(process: Process, lock: number): boolean {
    if (process.state === 'woken' && this.take(process, lock)) process.state = 'goes'
    return process.state === 'goes' && this.holds(process, lock)
  }

  private wait(process: Process, lock: number): boolean {
    const woken = process.state === 'woken'
    if (!this.holdsAgain(process, lock)) return false
    return woken || this.sleep(process, lock)
  }

  private sleep(process: Process, lock: number): false {
    process.state = 'sleeps'
    this.holders.delete(lock)
    return false
  }

  private wake({ type, lock, cond }: { type: string; lock: number; cond: number }): true {
    const sleepers = this.processes.filter(({ state, operations, at }) => {
      const operation = operations[at]
      const waits = operation?.type === 'wait' || operation?.type === 'await'
      return state === 'sleeps' && waits && operation.lock === lock && operation.cond === cond
    })
    for (const sleeper of type === 'signal' ? sleepers.slice(0, 1) : sleepers) sleeper.state = 'woken'
    return true
  }

  private reached({ address, value }: { address: number; value: number }): boolean {
    return (this.memory.get(address) ?? 0) >= value
  }

  /** All processes together. */
  private meet(): boolean {
    if (!this.processes.every(({ operations, at }) => meets(operations[at]))) return false
    // Who meets for different things never meets.
    const called = this.processes.map(({ operations, at }) => operations[at] as Operation)
    if (new Set(called.map((operation) => JSON.stringify(operation))).size > 1) return false
    for (const [i, process] of this.processes.entries()) {
      const operation = called[i] as Operation
      if (operation.type === 'allocUnder') process.blocks.add(operation.block)
      process.at++
    }
    return true
  }
}
