/**
 * The public operations over one backend: checks what the program passes, keeps what this process holds, and
 * makes the typed arrays. docs/api.md is the contract.
 *
 * A stack that ends is seen before anything has changed (stack-room.ts). Locks are too quick to ask for room each time:
 * there the change comes last, and nothing follows it but plain stores and methods that are built in. V8 looks for the
 * end when it enters a function of JavaScript, or an accessor that it does not know yet.
 */
import { types } from 'node:util'
import { type Allocated, encodeAllocation, isAlignment, noRoomText } from '../core/allocator.js'
import type { CounterName } from '../core/counters.js'
import { asciiBytes, labelOf, quoted } from '../core/name.js'
import { type ErrorCode, TreadMarksError } from '../errors.js'
import {
  MAILBOX_BYTES,
  MAX_BARRIER_ID,
  MAX_COND_ID,
  MAX_LOCK_ID,
  MAX_NAME_LENGTH,
  MAX_PAYLOAD_BYTES,
  MAX_PHASES,
  PARCEL_BYTES,
} from '../limits.js'
import { builtProtocols, knownProtocols } from '../protocols/table.js'
import type { Backend } from './backend.js'
import { OwnMail, TOLD_BYTES } from './own-mail.js'
import { shown } from './shown.js'
import { roomToRelease } from './stack-room.js'
import { type ArrayType, arrayTypes, type TypedArray } from './typed-array.js'
import { decodeValue, encodeValue } from './value.js'

export interface AllocOptions {
  /** Start address is a multiple of this power of two, bytes. */
  readonly align?: number
  /** Names the memory in statistics and errors; of `alloc` alone, 1 to 64 characters. */
  readonly name?: string
  /** Coherence protocol of its pages; by default the run's (`--protocol`), and of `malloc` that alone. */
  readonly protocol?: string
}

/** Checked. */
interface GivenOptions {
  readonly align: number
  readonly name?: string
  /** If it is not the run's. */
  readonly protocol: string | undefined
}

const key = Symbol.for('treadmarks.api.1')

/** Whoever joins the run in this thread offers it to all copies of the package that the program loads. */
export function offerApi(api: Api): Api {
  Object.defineProperty(globalThis, key, { value: api })
  return api
}

/** What was offered in this thread. CommonJS in TypeScript, for one, loads a copy of its own. */
export const offeredApi = (): Api | undefined => (globalThis as { [key]?: Api })[key]

export class Api {
  /** The class of all errors: there may be copies of it, and `instanceof` must hold. */
  readonly Error = TreadMarksError
  private readonly held = new Set<number>()
  private readonly phases = new Set<string>()
  private readonly ownMail = new OwnMail()
  /** Whether a lock was released before, and V8 has compiled what that takes. */
  private hasReleased = false

  private readonly holdings: Float64Array
  /** Protocols beside the run's that memory was allocated under. */
  private readonly others = new Set<string>()

  constructor(readonly backend: Backend) {
    this.holdings = backend.holdings
  }

  malloc(bytes: number, options: AllocOptions = {}): number {
    this.integer('malloc', 'bytes', bytes, 1, Number.MAX_SAFE_INTEGER)
    const { align } = this.allocOptions('malloc', options)
    this.backend.mustHaveRoom()
    const allocated = this.noRoom(`malloc of ${bytes} bytes`, () => this.backend.malloc(bytes, align))
    if (allocated.used) new Uint8Array(this.backend.heap, allocated.address, bytes).fill(0)
    return allocated.address
  }

  free(what: number | TypedArray): void {
    const address = typeof what === 'number' ? what : this.addressOf(what)
    this.integer('free', 'address', address, 1, this.backend.heap.byteLength - 1)
    this.backend.mustHaveRoom()
    try {
      this.backend.free(address)
    } catch (error) {
      throw this.explain(error, 'ERR_TM_BAD_FREE', `free(${address}): no allocated block begins there`)
    }
  }

  view<T extends TypedArray>(type: ArrayType<T>, address: number, length: number): T {
    this.arrayType('view', type)
    this.integer('view', 'address', address, 0, Number.MAX_SAFE_INTEGER)
    this.integer('view', 'length', length, 0, Number.MAX_SAFE_INTEGER)
    const end = address + length * type.BYTES_PER_ELEMENT
    if (end > this.backend.heap.byteLength) {
      throw this.error(
        'ERR_TM_RANGE',
        `view of ${type.name}, bytes ${address} to ${end}, reaches beyond the heap of ${this.backend.heap.byteLength} bytes`,
      )
    }
    if (address % type.BYTES_PER_ELEMENT !== 0) {
      throw this.error(
        'ERR_TM_RANGE',
        `address ${address} is not aligned for ${type.name} (${type.BYTES_PER_ELEMENT} bytes)`,
      )
    }
    return new type(this.backend.heap, address, length)
  }

  alloc<T extends TypedArray>(type: ArrayType<T>, length: number, options: AllocOptions = {}): T {
    this.arrayType('alloc', type)
    this.integer('alloc', 'length', length, 1, Math.floor(Number.MAX_SAFE_INTEGER / type.BYTES_PER_ELEMENT))
    const bytes = length * type.BYTES_PER_ELEMENT
    const given = this.allocOptions('alloc', options)
    const align = Math.max(type.BYTES_PER_ELEMENT, given.align)
    const label = labelOf(type.name, length, given)
    this.backend.mustHaveRoom()
    const { protocol } = given
    const allocated = this.backend.allocate(encodeAllocation({ bytes, align, label, protocol }))
    if (allocated.address === 0) throw this.noRoomFor(`alloc of ${label}, ${bytes} bytes`, allocated, protocol)
    if (protocol !== undefined) this.others.add(protocol)
    // Its former owner's writes have come with the meeting; one process zeroes, and all meet again to see it.
    if (allocated.used && this.backend.place.procId === 0)
      new Uint8Array(this.backend.heap, allocated.address, bytes).fill(0)
    // Nobody may touch pages of another protocol while a node does not know that they are.
    if (allocated.used || protocol !== undefined) this.backend.meetAgain()
    return new type(this.backend.heap, allocated.address, length)
  }

  distribute<T>(value?: T): T {
    const mine = this.backend.place.procId === 0 ? this.encode(value) : new Uint8Array(0)
    this.backend.mustHaveRoom()
    return decodeValue(this.backend.distribute(mine)) as T
  }

  barrier(id = 0): void {
    this.integer('barrier', 'id', id, 0, MAX_BARRIER_ID)
    this.backend.mustHaveRoom()
    this.backend.barrier(id)
  }

  /** All processes have begun the same phases, so all come to the bound together. */
  phase(name: string): void {
    this.name('phase', name)
    if (this.phases.size === MAX_PHASES && !this.phases.has(name)) {
      throw this.error('ERR_TM_ARGUMENT', `phase(${quoted(name)}): there are ${MAX_PHASES} different phases already`)
    }
    const bytes = asciiBytes(quoted(name))
    this.backend.mustHaveRoom()
    this.phases.add(name)
    this.backend.phase(bytes)
  }

  lockAcquire(id: number): void {
    this.mayAcquire('lockAcquire', id)
    this.backend.lockAcquire(id)
    this.held.add(id)
    this.holdings[0] = (this.holdings[0] as number) + 1
    this.holdings[1] = id
  }

  tryLock(id: number): boolean {
    this.mayAcquire('tryLock', id)
    if (!this.backend.tryLock(id)) return false
    this.held.add(id)
    this.holdings[0] = (this.holdings[0] as number) + 1
    this.holdings[1] = id
    return true
  }

  lockRelease(id: number): void {
    this.integer('lockRelease', 'id', id, 0, MAX_LOCK_ID)
    if (!this.held.has(id)) throw this.notHeld(id)
    this.give(id)
  }

  withLock<R>(id: number, body: () => R): R {
    if (typeof body !== 'function') {
      throw this.error('ERR_TM_ARGUMENT', `withLock: the body must be a function, not ${shown(body)}`)
    }
    // Now, not when the body has run: there must be no way not to release.
    if (this.hasReleased) roomToRelease()
    else this.backend.mustHaveRoom()
    this.lockAcquire(id)
    let result: R
    try {
      result = body()
      if (isThenable(result)) {
        throw this.error(
          'ERR_TM_LOCK_ASYNC',
          `withLock(${id}) got an async function: it would run on after the lock was released`,
        )
      }
    } catch (error) {
      // A body that has released the lock itself may have had its reasons; what it threw tells more.
      if (this.held.has(id)) this.give(id)
      throw error
    }
    if (!this.held.has(id)) throw this.notHeld(id)
    this.give(id)
    return result
  }

  /** No code of this process runs between giving the lock up and having it again: `held` need not change. */
  condWait(lock: number, cond: number): void {
    this.condition('condWait', 'waits for', lock, cond)
    this.backend.mustHaveRoom()
    if (this.backend.place.nprocs === 1) {
      throw this.error(
        'ERR_TM_DEADLOCK',
        `condWait(${lock}, ${cond}): process 0 is the only one, so nobody can ever wake it`,
      )
    }
    this.backend.condWait(lock, cond)
  }

  condSignal(lock: number, cond: number): void {
    this.condition('condSignal', 'signals', lock, cond)
    this.backend.mustHaveRoom()
    this.backend.condSignal(lock, cond, false)
  }

  condBroadcast(lock: number, cond: number): void {
    this.condition('condBroadcast', 'signals', lock, cond)
    this.backend.mustHaveRoom()
    this.backend.condSignal(lock, cond, true)
  }

  send(to: number, bytes: Uint8Array): void {
    this.integer('send', 'to', to, 0, this.backend.place.nprocs - 1)
    if (!types.isUint8Array(bytes)) {
      const inherits = (bytes as unknown) instanceof Uint8Array
      throw this.error(
        'ERR_TM_ARGUMENT',
        `send: bytes must be a Uint8Array, not ${inherits ? 'an object that inherits from one' : shown(bytes)}`,
      )
    }
    const { length } = bytes
    this.integer('send', 'bytes.length', length, 0, MAX_PAYLOAD_BYTES)
    const toMyself = to === this.backend.place.procId
    if (toMyself && !this.ownMail.hasRoomFor(length)) {
      const full = `process ${to} has sent itself more than ${MAILBOX_BYTES} bytes, which it alone can receive`
      throw this.error('ERR_TM_DEADLOCK', `send(${to}): with these ${length} bytes ${full}`)
    }
    // A copy, because the bytes may lie in the heap, and because the caller may change them.
    const copy = new Uint8Array(bytes)
    this.backend.mustHaveRoom()
    this.backend.send(to, copy)
    if (!toMyself) return
    this.ownMail.messages++
    this.ownMail.onWay += length + PARCEL_BYTES
  }

  recv(from: number): Uint8Array {
    this.integer('recv', 'from', from, 0, this.backend.place.nprocs - 1)
    const fromMyself = from === this.backend.place.procId
    if (fromMyself && this.ownMail.isEmpty) {
      throw this.error('ERR_TM_DEADLOCK', `recv(${from}): process ${from} has sent itself nothing that is not received`)
    }
    this.backend.mustHaveRoom()
    const bytes = this.backend.recv(from)
    if (!fromMyself) return bytes
    this.ownMail.messages--
    this.ownMail.untold += bytes.length + PARCEL_BYTES
    if (this.ownMail.untold < TOLD_BYTES) return bytes
    this.ownMail.onWay -= this.ownMail.untold
    this.ownMail.untold = 0
    return bytes
  }

  probe(): number {
    if (this.backend.place.nprocs === 1 && this.ownMail.isEmpty) {
      const why = 'process 0 is the only one, and has sent itself nothing that is not received'
      throw this.error('ERR_TM_DEADLOCK', `probe(): ${why}`)
    }
    this.backend.mustHaveRoom()
    return this.backend.probe(true)
  }

  tryProbe(): number | undefined {
    this.backend.mustHaveRoom()
    const from = this.backend.probe(false)
    return from < 0 ? undefined : from
  }

  stats(): Record<CounterName, number> {
    return this.backend.stats()
  }

  exit(code: number): never {
    this.integer('exit', 'code', code, -(2 ** 31), 2 ** 31 - 1)
    return process.exit(code)
  }

  private mayAcquire(where: string, id: number): void {
    this.integer(where, 'id', id, 0, MAX_LOCK_ID)
    if (!this.held.has(id)) return
    throw this.error('ERR_TM_LOCK_HELD', `process ${this.backend.place.procId} acquires lock ${id}, which it holds`)
  }

  /** A lock that this process holds. */
  private give(id: number): void {
    let another = 0
    for (const lock of this.held) {
      if (lock === id) continue
      another = lock
      break
    }
    this.backend.lockRelease(id)
    this.held.delete(id)
    this.holdings[0] = (this.holdings[0] as number) - 1
    this.holdings[1] = another
    this.hasReleased = true
  }

  private notHeld(id: number): TreadMarksError {
    const what = `process ${this.backend.place.procId} releases lock ${id}, which it does not hold`
    return this.error('ERR_TM_LOCK_NOT_HELD', what)
  }

  private condition(where: string, what: string, lock: number, cond: number): void {
    this.integer(where, 'lock', lock, 0, MAX_LOCK_ID)
    this.integer(where, 'cond', cond, 0, MAX_COND_ID)
    if (this.held.has(lock)) return
    throw this.error(
      'ERR_TM_LOCK_NOT_HELD',
      `process ${this.backend.place.procId} ${what} condition ${cond} of lock ${lock}, which it does not hold`,
    )
  }

  private encode(value: unknown): Uint8Array {
    try {
      return encodeValue(value)
    } catch (error) {
      throw this.explain(error, 'ERR_TM_VALUE', (error as Error).message)
    }
  }

  private addressOf(array: TypedArray): number {
    if (!ArrayBuffer.isView(array)) {
      const what = 'must be the address of a block, or an array that begins there'
      throw this.error('ERR_TM_ARGUMENT', `free: the argument ${what}, not ${shown(array)}`)
    }
    if ((array.buffer as unknown) !== this.backend.heap) {
      throw this.error('ERR_TM_ARGUMENT', 'free: the array is not in the shared heap')
    }
    return array.byteOffset
  }

  private arrayType(where: string, type: unknown): void {
    if (!(arrayTypes as readonly unknown[]).includes(type))
      throw this.error(
        'ERR_TM_ARGUMENT',
        `${where}: the first argument must be a typed array's constructor, such as Float64Array`,
      )
  }

  /** Read once: what is checked is what counts. */
  private allocOptions(where: 'alloc' | 'malloc', options: AllocOptions): GivenOptions {
    if (typeof options !== 'object' || options === null)
      throw this.error('ERR_TM_ARGUMENT', `${where}: options must be an object, not ${shown(options)}`)
    const { align = 0, protocol, name } = options
    if (!isAlignment(align))
      throw this.error('ERR_TM_ARGUMENT', `${where}: align must be a power of two up to 2³⁰, not ${shown(align)}`)
    const other = this.otherProtocol(where, protocol)
    if (name === undefined || where === 'malloc') return { align, protocol: other }
    this.name(where, name)
    return { align, name, protocol: other }
  }

  /** The protocol, if it is not the run's. */
  private otherProtocol(where: 'alloc' | 'malloc', protocol: string | undefined): string | undefined {
    const { protocol: own } = this.backend
    if (protocol === undefined) return undefined
    if (!knownProtocols.includes(protocol))
      throw this.error(
        'ERR_TM_ARGUMENT',
        `${where}: protocol ${shown(protocol)} is not known; known are ${knownProtocols.join(', ')}`,
      )
    if (!builtProtocols.includes(protocol))
      throw this.error('ERR_TM_NOT_YET', `${where}: protocol ${protocol} is not built yet`)
    if (protocol === own) return undefined
    if (where === 'malloc' && own !== undefined)
      throw this.error(
        'ERR_TM_ARGUMENT',
        `malloc: protocol ${protocol} in a run with ${own}: malloc takes the run's; alloc, which all processes call, can choose another`,
      )
    return protocol
  }

  private name(where: string, name: unknown): void {
    if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME_LENGTH) return
    const given = typeof name === 'string' && name !== '' ? `one of ${name.length}` : shown(name)
    throw this.error(
      'ERR_TM_ARGUMENT',
      `${where}: name must be a string of 1 to ${MAX_NAME_LENGTH} characters, not ${given}`,
    )
  }

  private integer(where: string, what: string, value: number, min: number, max: number): void {
    if (Number.isInteger(value) && value >= min && value <= max) return
    throw this.error(
      'ERR_TM_ARGUMENT',
      `${where}: ${what} must be an integer from ${min} to ${max}, not ${shown(value)}`,
    )
  }

  /** Memory for another protocol than the run's comes from what nothing else has had: core/allocator.ts. */
  private noRoomFor(what: string, allocated: Allocated, protocol: string | undefined): TreadMarksError {
    if (protocol === undefined) return this.error('ERR_TM_NO_MEMORY', `${what}: ${noRoomText(allocated)}${this.kept()}`)
    const { free, largest } = allocated
    const left = `${what} under ${protocol}: the shared heap has no room in pages that no other protocol has had: ${free} bytes of those are free, ${largest} in the largest block`
    return this.error('ERR_TM_NO_MEMORY', left)
  }

  private noRoom(what: string, body: () => Allocated): Allocated {
    try {
      return body()
    } catch (error) {
      const reason = error instanceof TreadMarksError ? error.message : ''
      throw this.explain(error, 'ERR_TM_NO_MEMORY', `${what}: ${reason}${this.kept()}`)
    }
  }

  /** Why memory may be missing that the program has freed. */
  private kept(): string {
    const others = [...this.others].join(' or ')
    return others === '' ? '' : `; memory that was given, or freed, under ${others} is kept for it`
  }

  private explain(error: unknown, code: ErrorCode, message: string): unknown {
    return error instanceof TreadMarksError && error.code === code ? this.error(code, message) : error
  }

  private error(code: ErrorCode, message: string): TreadMarksError {
    const { procId, nodeId } = this.backend.place
    return new TreadMarksError(code, message, { process: procId, node: nodeId })
  }
}

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
