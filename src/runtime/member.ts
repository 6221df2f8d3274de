/**
 * A process of a launched run: the backend of a program thread. A lock whose token is here is taken and
 * released by one compare-and-swap on its word; everything else is a call to the service thread, which this
 * thread awaits asleep, in native code.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type Allocated, decodeAllocated } from '../core/allocator.js'
import { type CounterName, type CounterRow, count } from '../core/counters.js'
import { acquireWord, releaseWord } from '../core/lock-words.js'
import { type ErrorCode, TreadMarksError } from '../errors.js'
import type { Backend, Place } from './backend.js'
import { type Binding, binding } from './binding.js'
import { CallRow, Num, Op, Word } from './calls.js'
import { nodeCounters } from './node-counters.js'
import { counterRowOf, type ProgramSetup } from './node-setup.js'

/** What the service posts beside an answer. */
export type PostedAnswer = { readonly payload: Uint8Array } | { readonly code: ErrorCode; readonly message: string }

export class Member implements Backend {
  readonly place: Place
  readonly heap: SharedArrayBuffer
  readonly pageBytes: number
  private readonly native: Binding = binding()
  private readonly row: CallRow
  private readonly port: MessagePort
  private readonly lockWords: Int32Array
  private readonly lockIndices = new Map<number, number>()
  private readonly counters: CounterRow

  constructor(private readonly setup: ProgramSetup) {
    const { numbers, buffers, slot } = setup
    this.place = {
      procId: numbers.node * numbers.threads + slot,
      nprocs: numbers.nodes * numbers.threads,
      nodeId: numbers.node,
      nodeCount: numbers.nodes,
    }
    this.heap = setup.memory.buffer
    this.pageBytes = numbers.pageBytes
    this.row = new CallRow(buffers.calls, slot)
    this.port = setup.port
    this.lockWords = new Int32Array(buffers.lockWords)
    this.counters = counterRowOf(buffers.counters, 1 + slot)
  }

  malloc(bytes: number, align: number): Allocated {
    this.call(Op.MALLOC, bytes, align)
    return { address: this.row.number(Num.RESULT), used: this.row.get(Word.USED) === 1, free: 0, largest: 0 }
  }

  free(address: number): void {
    this.call(Op.FREE, address)
  }

  allocate(description: Uint8Array): Allocated {
    return decodeAllocated(this.callWithBytes(Op.ALLOC, description))
  }

  zeroed(): void {
    this.callWithBytes(Op.ALLOC, new Uint8Array(0))
  }

  distribute(bytes: Uint8Array): Uint8Array {
    return this.callWithBytes(Op.DISTRIBUTE, bytes)
  }

  barrier(id: number): void {
    this.call(Op.BARRIER, id)
  }

  phase(name: Uint8Array): void {
    this.callWithBytes(Op.PHASE, name)
  }

  lockAcquire(id: number): void {
    const index = this.lockIndices.get(id)
    if (index === undefined || !acquireWord(this.lockWords, index)) {
      this.call(Op.LOCK_ACQUIRE, id)
      this.lockIndices.set(id, this.row.number(Num.LOCK_INDEX))
    }
    count(this.counters, 'lockAcquires')
  }

  tryLock(id: number): boolean {
    const index = this.lockIndices.get(id)
    if (index === undefined || !acquireWord(this.lockWords, index)) {
      this.call(Op.LOCK_TRY, id)
      this.lockIndices.set(id, this.row.number(Num.LOCK_INDEX))
      if (this.row.number(Num.RESULT) === 0) return false
    }
    count(this.counters, 'lockAcquires')
    return true
  }

  lockRelease(id: number): void {
    if (releaseWord(this.lockWords, this.lockIndices.get(id) as number)) return
    if (this.row.get(Word.RELEASE) !== 0) {
      this.call(Op.LOCK_RELEASE, id)
      return
    }
    this.row.setNumber(Num.RELEASED_LOCK, id)
    this.row.set(Word.RELEASE, 1)
    this.native.wakeService()
  }

  condWait(lock: number, cond: number): void {
    this.call(Op.COND_WAIT, lock, cond)
    count(this.counters, 'lockAcquires')
  }

  condSignal(lock: number, cond: number, all: boolean): void {
    this.call(all ? Op.COND_BROADCAST : Op.COND_SIGNAL, lock, cond)
  }

  send(to: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.port.postMessage(bytes, [bytes.buffer])
    this.call(Op.SEND, to)
  }

  recv(from: number): Uint8Array {
    return this.call(Op.RECV, from)
  }

  probe(wait: boolean): number {
    this.call(Op.PROBE, wait ? 1 : 0)
    return this.row.number(Num.RESULT) - 1
  }

  holding(locks: number, lock: number): void {
    this.row.setNumber(Num.HELD_LOCK, lock)
    this.row.set(Word.HOLDING, locks)
  }

  stats(): Record<CounterName, number> {
    return nodeCounters(this.native, this.setup.buffers.counters, this.setup.numbers.threads)
  }

  private callWithBytes(op: Op, bytes: Uint8Array): Uint8Array {
    this.port.postMessage(bytes)
    return this.call(op, 0)
  }

  private call(op: Op, a: number, b = 0): Uint8Array {
    this.row.set(Word.OP, op)
    this.row.setNumber(Num.A, a)
    this.row.setNumber(Num.B, b)
    this.native.call(this.row.words, this.row.callIndex)
    if (this.row.get(Word.POSTED) === 0) return nothing
    const posted = receiveMessageOnPort(this.port)?.message as PostedAnswer
    if ('payload' in posted) return posted.payload
    const { procId, nodeId } = this.place
    throw new TreadMarksError(posted.code, posted.message, { process: procId, node: nodeId })
  }
}

const nothing = new Uint8Array(0)
