/**
 * The processes of a scenario: what each is doing, which locks it holds, which blocks of memory it has. An act is
 * tried at once; while it waits for something the process can begin nothing else, and `resume` tries again.
 * What a program may not do, such as releasing a lock that it does not hold, is refused here, as the real node
 * refuses it before the core hears of it.
 */
import type { Operation } from '../../sim/operation.js'
import type { Act } from './command.js'
import { CommandError, type Place } from './words.js'

/** Tries an operation: what it came to, or undefined while it waits, or that its node's run is over. */
export type Attempt = (process: number, operation: Operation) => number | undefined | 'over'

interface Doing {
  readonly act: Act
  readonly operation: Operation
}

interface Block {
  readonly number: number
  readonly owner: number
  readonly bytes: number
  /** Once malloc has answered. */
  start: number | undefined
}

export class Processes {
  private readonly doing = new Map<number, Doing>()
  private readonly held: readonly Set<number>[]
  private readonly blocks = new Map<string, Block>()
  private blocksMade = 0

  constructor(
    processes: number,
    private readonly pageBytes: number,
    private readonly heapBytes: number,
    private readonly attempt: Attempt,
    private readonly tell: (line: string) => void,
  ) {
    this.held = Array.from({ length: processes }, () => new Set<number>())
  }

  begin(process: number, act: Exclude<Act, { type: 'end' }>): void {
    const before = this.doing.get(process)
    if (before !== undefined) {
      throw new CommandError(`process ${process} ${this.waiting(before)} and can do nothing else before`)
    }
    const doing: Doing = { act, operation: this.operation(process, act) }
    if (act.type === 'release') this.tell(`${process}: releases lock ${act.lock}`)
    // Twice, because what it waits for may be here already, as a page whose diffs were pushed.
    if (!this.goOn(process, doing) && !this.goOn(process, doing)) {
      this.doing.set(process, doing)
      this.tell(`${process}: ${this.waiting(doing)}`)
    }
  }

  /** Processes whose wait is over go on. */
  resume(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const [process, doing] of this.doing) {
        if (!this.goOn(process, doing)) continue
        this.doing.delete(process)
        moved = true
      }
    }
  }

  /** Whether nothing is left of the act. */
  private goOn(process: number, { act, operation }: Doing): boolean {
    const result = this.attempt(process, operation)
    if (result === undefined) return false
    if (result === 'over') return true
    const line = this.done(process, act, result)
    if (line !== '') this.tell(`${process}: ${line}`)
    return true
  }

  /** Checks that the process may do this, and notes what it gives up by it. */
  private operation(process: number, act: Exclude<Act, { type: 'end' }>): Operation {
    switch (act.type) {
      case 'load':
        return { type: 'load', address: this.address(act.place) }
      case 'store':
        return { type: 'store', address: this.address(act.place), value: act.value }
      case 'acquire':
        this.mustHold(process, act.lock, false)
        return act
      case 'release':
      case 'wait':
        this.mustHold(process, act.lock, true)
        this.held[process]?.delete(act.lock)
        return act
      case 'signal':
      case 'broadcast':
        this.mustHold(process, act.lock, true)
        return act
      case 'barrier':
      case 'distribute':
        return act
      case 'malloc': {
        if (this.blocks.has(act.name))
          throw new CommandError(`expected a new name, found '${act.name}', a block in use`)
        const block = { number: this.blocksMade++, owner: process, bytes: act.bytes, start: undefined }
        this.blocks.set(act.name, block)
        return { type: 'malloc', block: block.number, bytes: act.bytes }
      }
      case 'free': {
        const block = this.block(act.name)
        if (block.owner !== process)
          throw new CommandError(`block ${act.name} is freed by process ${block.owner} alone`)
        this.blocks.delete(act.name)
        return { type: 'free', block: block.number }
      }
    }
  }

  private done(process: number, act: Act, result: number): string {
    switch (act.type) {
      case 'load':
        return `reads ${result} at ${this.address(act.place)}`
      case 'store':
        return `writes ${act.value} at ${this.address(act.place)}`
      case 'acquire':
      case 'wait':
        this.held[process]?.add(act.lock)
        return `${act.type === 'wait' ? 'is awake and ' : ''}holds lock ${act.lock}`
      case 'signal':
        return `has woken one of condition ${act.cond} of lock ${act.lock}, if any slept`
      case 'broadcast':
        return `has woken all of condition ${act.cond} of lock ${act.lock}`
      case 'barrier':
        return `leaves barrier ${act.id}`
      case 'distribute':
        return `has process 0's value ${result}`
      case 'malloc': {
        const block = this.block(act.name)
        block.start = result
        return `has block ${act.name}, ${act.bytes} bytes at ${result}`
      }
      case 'free':
        return `has freed block ${act.name}`
      case 'release':
      case 'end':
        return ''
    }
  }

  private waiting({ act }: Doing): string {
    switch (act.type) {
      case 'load':
      case 'store':
        return `waits for page ${Math.floor(this.address(act.place) / this.pageBytes)}`
      case 'acquire':
        return `waits for lock ${act.lock}`
      case 'wait':
        return `sleeps on condition ${act.cond} of lock ${act.lock}`
      case 'barrier':
        return `waits at barrier ${act.id}`
      case 'malloc':
        return `waits for block ${act.name}`
      default:
        return `waits in ${act.type}`
    }
  }

  private mustHold(process: number, lock: number, expected: boolean): void {
    if (this.held[process]?.has(lock) === expected) return
    throw new CommandError(`process ${process} ${expected ? 'does not hold' : 'holds'} lock ${lock}`)
  }

  private address({ block: name, offset }: Place): number {
    const address = name === undefined ? offset : (this.block(name).start ?? this.heapBytes) + offset
    if (address < this.heapBytes) return address
    throw new CommandError(`expected an address below ${this.heapBytes}, the size of the heap; found ${address}`)
  }

  private block(name: string): Block {
    const block = this.blocks.get(name)
    if (block === undefined) throw new CommandError(`there is no block ${name}; malloc makes one`)
    return block
  }
}
