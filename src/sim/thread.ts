/**
 * A program thread of a simulated node: it works off its operations one small step at a time, as a processor
 * would: an access that faults, a compare-and-swap on a lock word, a call posted to the service. Between any
 * two of these steps anything else may happen on its node.
 */
import { type Allocated, type Allocation, decodeAllocated, encodeAllocation } from '../core/allocator.js'
import { count } from '../core/counters.js'
import type { Answer, Event } from '../core/events.js'
import { condId, type LockId, lockId, procId } from '../core/ids.js'
import { acquireWord, releaseWord } from '../core/lock-words.js'
import { assert } from '../errors.js'
import { pageOf } from './memory.js'
import type { SimNode } from './node.js'
import type { Observer, Operation } from './operation.js'

/** What a step came to: on to the next one; the same, after a rest; nothing until the node wakes it; the program is over. */
export type Progress = 'goes' | 'rests' | 'waits' | 'ended'

interface Block {
  readonly start: number
  readonly bytes: number
}

export class SimThread {
  /** Operations finished. */
  done = 0
  /** The answer to the last call, while the thread has not taken it. */
  answer: Answer | undefined
  /** How often the present poll has found nothing. */
  polls = 0
  private at = 0
  /** Where it is inside the operation; 0 at its beginning. */
  private phase = 0
  /** What the last operation came to: a byte, an address, or 0. */
  result = 0
  /** The byte that the last finished access loaded. */
  private loaded = 0
  /** The flush that a release waits for is under way. */
  flushing = false
  /** How much of a block is zeroed. */
  private zeroed = 0
  private readonly blocks = new Map<number, Block>()

  constructor(
    readonly proc: number,
    readonly slot: number,
    private readonly node: SimNode,
    private readonly operations: readonly Operation[],
    private readonly observer: Observer,
  ) {}

  /** The operation it is in, or undefined at the end. */
  get current(): Operation | undefined {
    return this.operations[this.at]
  }

  step(): Progress {
    const operation = this.operations[this.at]
    if (operation === undefined) return 'ended'
    const progress = this.perform(operation)
    if (progress !== 'finished') return progress
    this.result =
      operation.type === 'malloc' || operation.type === 'allocUnder' ? this.block(operation.block).start : this.loaded
    this.loaded = 0
    this.at++
    this.phase = 0
    this.done++
    return 'goes'
  }

  private perform(operation: Operation): Progress | 'finished' {
    switch (operation.type) {
      case 'load':
        return this.load(operation.address)
      case 'store':
        return this.store(operation.address, operation.value)
      case 'loadBlock':
        return this.load(this.addressIn(operation.block, operation.offset))
      case 'storeBlock':
        return this.store(this.addressIn(operation.block, operation.offset), operation.value)
      case 'acquire':
        return this.acquire(lockId(operation.lock))
      case 'release':
        return this.release(lockId(operation.lock))
      case 'tryAcquire':
        return this.tryAcquire(operation)
      case 'barrier':
        return this.meet({ type: 'meet', proc: this.id, kind: 'barrier', id: operation.id, payload: nothing })
      case 'wait':
        return this.wait(operation.lock, operation.cond)
      case 'signal':
      case 'broadcast':
        return this.signal(operation.lock, operation.cond, operation.type === 'broadcast')
      case 'await':
        return this.awaitValue(operation)
      case 'poll':
        return this.poll(operation)
      case 'malloc':
        return this.malloc(operation.block, operation.bytes)
      case 'free':
        return this.free(operation.block)
      case 'alloc':
        return this.alloc(operation.bytes)
      case 'allocUnder':
        return this.allocUnder(operation)
      case 'distribute':
        return this.distribute(operation.value)
      case 'send':
        return this.send(operation)
      case 'recv':
        return this.recv(operation.from)
    }
  }

  private get id() {
    return procId(this.proc)
  }

  private load(address: number): Progress | 'finished' {
    const access = this.touch(address, false)
    if (access !== 'ready') return access
    this.loaded = this.node.memory.bytes[address] as number
    this.observer.loaded(this.proc, address, this.loaded)
    return 'finished'
  }

  private store(address: number, value: number): Progress | 'finished' {
    const access = this.touch(address, true)
    if (access !== 'ready') return access
    this.observer.stored(this.proc, address, value)
    this.node.memory.bytes[address] = value
    return 'finished'
  }

  private touch(address: number, write: boolean): 'ready' | Progress {
    const { memory } = this.node
    const access = memory.access(this.slot, pageOf(address, memory.pageBytes), write)
    if (access === 'ready') {
      if (memory.holdsOver.length > 0) this.node.postPages()
      return 'ready'
    }
    this.node.postPages()
    return access === 'stepped' ? 'goes' : 'waits'
  }

  private acquire(lock: LockId): Progress | 'finished' {
    if (this.phase === 0) {
      if (acquireWord(this.node.words, this.node.wordOf(lock))) return this.holds(lock)
      this.post({ type: 'lockAcquire', proc: this.id, lock })
      this.phase = 1
    }
    return this.answered() === undefined ? 'waits' : this.holds(lock)
  }

  private tryAcquire({ lock: number, skip }: Extract<Operation, { type: 'tryAcquire' }>): Progress | 'finished' {
    const lock = lockId(number)
    if (this.phase === 0) {
      if (acquireWord(this.node.words, this.node.wordOf(lock))) return this.holds(lock)
      this.post({ type: 'lockTry', proc: this.id, lock })
      this.phase = 1
    }
    const answer = this.answered()
    if (answer === undefined) return 'waits'
    if (answer.value === 1) return this.holds(lock)
    this.at += skip
    return 'finished'
  }

  private holds(lock: LockId): 'finished' {
    count(this.node.counters, 'lockAcquires')
    this.observer.acquired(this.proc, lock)
    return 'finished'
  }

  private release(lock: LockId): 'finished' | 'waits' {
    if (!this.flushed()) return 'waits'
    this.observer.releases(this.proc, lock)
    if (!releaseWord(this.node.words, this.node.wordOf(lock))) this.post({ type: 'lockRelease', proc: this.id, lock })
    return 'finished'
  }

  /** Under an eager protocol a release comes after its writes have gone to all who must have them. */
  private flushed(): boolean {
    if (!this.node.flushes) return true
    if (!this.flushing) {
      this.post({ type: 'flush', proc: this.id })
      this.flushing = true
    }
    if (this.answered() === undefined) return false
    this.flushing = false
    return true
  }

  private meet(event: Event): Progress | 'finished' {
    if (this.phase === 0) {
      if (!this.flushed()) return 'waits'
      this.observer.arrives(this.proc)
      this.post(event)
      this.phase = 1
    }
    if (this.answered() === undefined) return 'waits'
    this.observer.departs(this.proc)
    return 'finished'
  }

  private wait(lock: number, cond: number): Progress | 'finished' {
    if (this.phase === 0) {
      if (!this.flushed()) return 'waits'
      this.observer.releases(this.proc, lock)
      this.post({ type: 'condWait', proc: this.id, lock: lockId(lock), cond: condId(cond) })
      this.phase = 1
    }
    return this.answered() === undefined ? 'waits' : this.holds(lockId(lock))
  }

  private signal(lock: number, cond: number, all: boolean): Progress | 'finished' {
    if (this.phase === 0) {
      this.post({ type: 'condSignal', proc: this.id, lock: lockId(lock), cond: condId(cond), all })
      this.phase = 1
    }
    return this.answered() === undefined ? 'waits' : 'finished'
  }

  /** Phases 0: load and look; 10 and on: wait. */
  private awaitValue(operation: Extract<Operation, { type: 'await' }>): Progress | 'finished' {
    if (this.phase < 10) {
      const progress = this.load(operation.address)
      if (progress !== 'finished') return progress
      if (this.loaded >= operation.value) return 'finished'
      this.phase = 10
    }
    this.phase -= 10
    const progress = this.wait(operation.lock, operation.cond)
    this.phase += 10
    if (progress !== 'finished') return progress
    this.phase = 0
    return 'goes'
  }

  /** Phases 0 and 1: acquire; 10: load; 11: release and look. */
  private poll(operation: Extract<Operation, { type: 'poll' }>): Progress | 'finished' {
    if (this.phase < 10) {
      const progress = this.acquire(lockId(operation.lock))
      if (progress === 'finished') this.phase = 10
      return progress === 'finished' ? 'goes' : progress
    }
    if (this.phase === 10) {
      const progress = this.load(operation.address)
      if (progress === 'finished') this.phase = 11
      return progress === 'finished' ? 'goes' : progress
    }
    if (this.release(lockId(operation.lock)) === 'waits') return 'waits'
    this.phase = 0
    this.polls++
    if (this.loaded < operation.value) return operation.rests ? 'rests' : 'goes'
    this.polls = 0
    return 'finished'
  }

  /** Phases 0 and 1: ask; 2: zero memory that was used before, as `tm.malloc` does. */
  private malloc(block: number, bytes: number): Progress | 'finished' {
    if (this.phase === 0) {
      this.post({ type: 'malloc', proc: this.id, bytes, align: 0 })
      this.phase = 1
    }
    if (this.phase === 1) {
      const answer = this.answered()
      if (answer === undefined) return 'waits'
      const start = answer.value
      this.blocks.set(block, { start, bytes })
      this.observer.allocated(this.proc, start, start + bytes)
      if (!answer.used) return 'finished'
      this.zeroed = 0
      this.phase = 2
    }
    const { start } = this.block(block)
    if (this.zeroed < bytes) {
      const progress = this.store(start + this.zeroed, 0)
      if (progress !== 'finished') return progress
      this.zeroed++
      return 'goes'
    }
    return 'finished'
  }

  private free(name: number): Progress | 'finished' {
    if (this.phase === 0) {
      if (!this.flushed()) return 'waits'
      const { start, bytes } = this.block(name)
      this.observer.frees(this.proc, start, start + bytes)
      this.blocks.delete(name)
      this.post({ type: 'free', proc: this.id, address: start })
      this.phase = 1
    }
    return this.answered() === undefined ? 'waits' : 'finished'
  }

  private alloc(bytes: number): Progress | 'finished' {
    const allocated = this.meetToAllocate({ bytes, align: 0, label: '' })
    return allocated === undefined ? 'waits' : 'finished'
  }

  /**
   * As `tm.alloc` does it. Phases 0 and 1: all agree; 2: process 0 zeroes memory that was used before; 3 and 4: all meet
   * again, before anybody touches the pages.
   */
  private allocUnder(operation: Extract<Operation, { type: 'allocUnder' }>): Progress | 'finished' {
    const { block, bytes, protocol } = operation
    if (this.phase < 2) {
      const allocated = this.meetToAllocate({ bytes, align: 0, label: '', protocol })
      if (allocated === undefined) return 'waits'
      this.blocks.set(block, { start: allocated.address, bytes })
      this.zeroed = 0
      this.phase = allocated.used && this.proc === 0 ? 2 : 3
      return 'goes'
    }
    if (this.phase === 2) {
      const progress = this.store(this.addressIn(block, this.zeroed), 0)
      if (progress !== 'finished') return progress
      if (++this.zeroed === bytes) this.phase = 3
      return 'goes'
    }
    this.phase -= 3
    const progress = this.meet({ type: 'meet', proc: this.id, kind: 'alloc', id: 0, payload: nothing })
    this.phase += 3
    return progress
  }

  private meetToAllocate(allocation: Allocation): Allocated | undefined {
    if (this.phase === 0) {
      if (!this.flushed()) return undefined
      this.observer.arrives(this.proc)
      this.post({ type: 'meet', proc: this.id, kind: 'alloc', id: 0, payload: encodeAllocation(allocation) })
      this.phase = 1
    }
    const answer = this.answered()
    if (answer === undefined) return undefined
    const allocated = decodeAllocated(answer.payload)
    assert(allocated.address !== 0, 'the simulated heap is too small for its program')
    this.observer.departs(this.proc)
    return allocated
  }

  private distribute(value: number): Progress | 'finished' {
    if (this.phase === 0) {
      if (!this.flushed()) return 'waits'
      this.observer.arrives(this.proc)
      this.post({ type: 'meet', proc: this.id, kind: 'distribute', id: 0, payload: Uint8Array.of(value) })
      this.phase = 1
    }
    const answer = this.answered()
    if (answer === undefined) return 'waits'
    this.loaded = answer.payload[0] as number
    this.observer.departs(this.proc)
    return 'finished'
  }

  private send({ to, value }: Extract<Operation, { type: 'send' }>): Progress | 'finished' {
    if (this.phase === 0) {
      this.observer.sends?.(this.proc, to, value)
      this.post({ type: 'send', proc: this.id, to: procId(to), bytes: Uint8Array.of(value) })
      this.phase = 1
    }
    return this.answered() === undefined ? 'waits' : 'finished'
  }

  private recv(from: number): Progress | 'finished' {
    if (this.phase === 0) {
      this.post({ type: 'recv', proc: this.id, from: procId(from) })
      this.phase = 1
    }
    const answer = this.answered()
    if (answer === undefined) return 'waits'
    this.loaded = answer.payload[0] as number
    this.observer.receives?.(this.proc, from, this.loaded)
    return 'finished'
  }

  private block(name: number): Block {
    const block = this.blocks.get(name)
    assert(block !== undefined, `process ${this.proc} has no block ${name}`)
    return block
  }

  private addressIn(name: number, offset: number): number {
    const { start, bytes } = this.block(name)
    assert(offset < bytes, `block ${name} of process ${this.proc} has ${bytes} bytes, not ${offset + 1}`)
    return start + offset
  }

  private post(event: Event): void {
    this.node.post(this.slot, event)
  }

  private answered(): Answer | undefined {
    const { answer } = this
    if (answer === undefined) return undefined
    this.answer = undefined
    assert(answer.error === undefined, `process ${this.proc}: ${answer.error?.message}`)
    return answer
  }
}

const nothing = new Uint8Array(0)
