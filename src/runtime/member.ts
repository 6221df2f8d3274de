/**
 * A process of a launched run: the backend of a program thread. A lock whose token is here is taken and
 * released by one compare-and-swap on its word; everything else is a call to the service thread, which this
 * thread awaits asleep, in native code.
 *
 * Recursion without end must not lose a lock (stack-room.ts): what takes or gives one is the last thing that is done, or
 * only builtins and native functions follow. That is why some of it is written out here.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type Allocated, decodeAllocated, decodeAllocation } from '../core/allocator.js'
import { C, type CounterName, type CounterRow } from '../core/counters.js'
import { FREE, HELD, WANTED } from '../core/lock-words.js'
import { type ErrorCode, TreadMarksError } from '../errors.js'
import { protocols } from '../protocols/table.js'
import type { Backend, Place } from './backend.js'
import { type Binding, binding } from './binding.js'
import { CallRow, Num, Op, Word } from './calls.js'
import { nodeCounters } from './node-counters.js'
import { counterRowOf, type ProgramSetup } from './node-setup.js'
import { mustHaveRoom } from './stack-room.js'

/** What the service posts beside an answer. */
export type PostedAnswer = { readonly payload: Uint8Array } | { readonly code: ErrorCode; readonly message: string }

export class Member implements Backend {
  readonly place: Place
  readonly heap: SharedArrayBuffer
  readonly pageBytes: number
  readonly protocol: string
  readonly holdings: Float64Array
  private readonly native: Binding = binding()
  private readonly row: CallRow
  /** Where the row's words are. */
  private readonly opIndex: number
  private readonly releaseIndex: number
  private readonly port: MessagePort
  private readonly lockWords: Int32Array
  private readonly lockIndices = new Map<number, number>()
  private readonly counters: CounterRow
  /** A release waits until what this node has written is where it must be: some pages obey a protocol that asks for it. */
  private flushes: boolean

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
    this.protocol = numbers.protocol
    this.flushes = protocols[numbers.protocol]?.flushes === true
    this.row = new CallRow(buffers.calls, slot)
    this.opIndex = this.row.indexOf(Word.OP)
    this.releaseIndex = this.row.indexOf(Word.RELEASE)
    this.holdings = this.row.numbers.subarray(Num.HOLDING, Num.HELD_LOCK + 1)
    this.port = setup.port
    this.lockWords = new Int32Array(buffers.lockWords)
    this.counters = counterRowOf(buffers.counters, 1 + slot)
  }

  malloc(bytes: number, align: number): Allocated {
    this.call(Op.MALLOC, bytes, align)
    return { address: this.row.number(Num.RESULT), used: this.row.get(Word.USED) === 1, free: 0, largest: 0 }
  }

  free(address: number): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    this.call(Op.FREE, address)
  }

  allocate(description: Uint8Array): Allocated {
    if (this.flushes) this.call(Op.FLUSH, 0)
    const allocated = decodeAllocated(this.callWithBytes(Op.ALLOC, description))
    const { protocol } = decodeAllocation(description)
    if (protocol !== undefined && protocols[protocol]?.flushes === true) this.flushes = true
    return allocated
  }

  meetAgain(): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    this.callWithBytes(Op.ALLOC, new Uint8Array(0))
  }

  distribute(bytes: Uint8Array): Uint8Array {
    if (this.flushes) this.call(Op.FLUSH, 0)
    return this.callWithBytes(Op.DISTRIBUTE, bytes)
  }

  barrier(id: number): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    this.call(Op.BARRIER, id)
  }

  phase(name: Uint8Array): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    this.callWithBytes(Op.PHASE, name)
  }

  lockAcquire(id: number): void {
    const index = this.lockIndices.get(id)
    if (index === undefined || Atomics.compareExchange(this.lockWords, index, FREE, HELD) !== FREE) {
      this.mustHaveRoom()
      this.call(Op.LOCK_ACQUIRE, id)
      this.lockIndices.set(id, this.row.number(Num.LOCK_INDEX))
    }
    this.counters[LOCK_ACQUIRES] = (this.counters[LOCK_ACQUIRES] as number) + 1
  }

  tryLock(id: number): boolean {
    const index = this.lockIndices.get(id)
    if (index === undefined || Atomics.compareExchange(this.lockWords, index, FREE, HELD) !== FREE) {
      this.mustHaveRoom()
      this.call(Op.LOCK_TRY, id)
      this.lockIndices.set(id, this.row.number(Num.LOCK_INDEX))
      if (this.row.number(Num.RESULT) === 0) return false
    }
    this.counters[LOCK_ACQUIRES] = (this.counters[LOCK_ACQUIRES] as number) + 1
    return true
  }

  lockRelease(id: number): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    const index = this.lockIndices.get(id) as number
    if (Atomics.compareExchange(this.lockWords, index, HELD, FREE) === HELD) return
    // Others wait for it: the service is told, and need not be waited for unless it has not taken the last one.
    const { words, numbers, callIndex } = this.row
    const pending = Atomics.load(words, this.releaseIndex) !== 0
    numbers[pending ? Num.A : Num.RELEASED_LOCK] = id
    Atomics.store(this.lockWords, index, FREE | WANTED)
    if (pending) {
      Atomics.store(words, this.opIndex, Op.LOCK_RELEASE)
      this.native.call(words, callIndex)
    } else {
      Atomics.store(words, this.releaseIndex, 1)
      this.native.wakeService()
    }
  }

  condWait(lock: number, cond: number): void {
    if (this.flushes) this.call(Op.FLUSH, 0)
    this.call(Op.COND_WAIT, lock, cond)
    this.counters[LOCK_ACQUIRES] = (this.counters[LOCK_ACQUIRES] as number) + 1
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

  mustHaveRoom(): void {
    mustHaveRoom(this.native)
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

const LOCK_ACQUIRES = C.lockAcquires as number
const nothing = new Uint8Array(0)
