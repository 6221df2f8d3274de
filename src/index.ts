/**
 * The public names of the package. Importing it is joining the run: under the launcher the process that was
 * prepared for this thread, without it a run of one. docs/api.md tells what each does.
 */
import { isMainThread } from 'node:worker_threads'
import type { CounterName } from './core/counters.js'
import { TreadMarksError as TreadMarksErrorClass } from './errors.js'
import { type AllocOptions, Api, offerApi, offeredApi } from './runtime/api.js'
import { Solo } from './runtime/solo.js'
import type { ArrayType, TypedArray } from './runtime/typed-array.js'

export type { ErrorCode } from './errors.js'
export type { AllocOptions, ArrayType, CounterName, TypedArray }

function join(): Api {
  const offered = offeredApi()
  if (offered !== undefined) return offered
  if (isMainThread) return offerApi(new Api(new Solo()))
  throw new TreadMarksErrorClass('ERR_TM_WORKER', 'treadmarks was imported in a worker that the program started')
}

const api = join()
const { backend } = api

/** Everything that goes wrong in a way we foresaw: has a `code`, the process and node, and a `remedy`. */
export const TreadMarksError: typeof TreadMarksErrorClass = api.Error
export type TreadMarksError = TreadMarksErrorClass

/** This process, 0 … nprocs-1. */
export const procId: number = backend.place.procId
/** Processes of the run: nodes × threads. */
export const nprocs: number = backend.place.nprocs
/** The operating-system process this process lives in, 0 … nodeCount-1. */
export const nodeId: number = backend.place.nodeId
export const nodeCount: number = backend.place.nodeCount
/** The shared memory itself. */
export const heap: SharedArrayBuffer = backend.heap
/** The coherence unit, bytes. */
export const pageSize: number = backend.pageBytes

/**
 * Allocates `bytes` of zeroed shared memory; any process, any time. Returns its address: a byte offset into the
 * heap, the same number on every process, never 0, a multiple of 8 or of `options.align`. A block of a page or
 * more starts on a page boundary. Throws ERR_TM_NO_MEMORY when the heap has no room.
 */
export const malloc = (bytes: number, options?: AllocOptions): number => api.malloc(bytes, options)
/** Frees what `malloc` or `alloc` gave; any process, any time. Throws ERR_TM_BAD_FREE for anything else. */
export const free = (addressOrArray: number | TypedArray): void => api.free(addressOrArray)
/** A typed array of `length` elements on shared memory. Throws ERR_TM_RANGE beyond the heap. */
export const view = <T extends TypedArray>(type: ArrayType<T>, address: number, length: number): T =>
  api.view(type, address, length)
/**
 * Collective, and meets like a barrier: all processes call it in the same order with the same arguments and get
 * the same zeroed memory as a typed array of `length` elements. Throws ERR_TM_NO_MEMORY on all of them.
 */
export const alloc = <T extends TypedArray>(type: ArrayType<T>, length: number, options?: AllocOptions): T =>
  api.alloc(type, length, options)
/** Collective, and meets: everyone gets process 0's value. Throws ERR_TM_VALUE for what is not plain data. */
export const distribute = <T>(value?: T): T => api.distribute(value)
/** Waits until all processes have come to the same barrier. */
export const barrier = (id?: number): void => api.barrier(id)
/** Takes a lock, first come first served; ids 0 … 2³²-1. Throws ERR_TM_LOCK_HELD when this process holds it. */
export const lockAcquire = (id: number): void => api.lockAcquire(id)
/**
 * Takes a lock if no process holds it or waits for it, and says whether it has. It does not wait for a holder. Throws
 * ERR_TM_LOCK_HELD when this process holds it.
 */
export const tryLock = (id: number): boolean => api.tryLock(id)
/** Throws ERR_TM_LOCK_NOT_HELD when this process does not hold it. */
export const lockRelease = (id: number): void => api.lockRelease(id)
/** Runs `body` with the lock held and releases it whatever happens. Throws ERR_TM_LOCK_ASYNC for an async function. */
export const withLock = <R>(id: number, body: () => R): R => api.withLock(id, body)
/**
 * Gives up a lock, sleeps until a signal or broadcast of this condition wakes it, and takes the lock again. Conditions
 * are named per lock, by ids 0 … 2³²-1. Look again at what you wait for: somebody else may have had the lock before.
 * Throws ERR_TM_LOCK_NOT_HELD, and ERR_TM_DEADLOCK when there is no other process.
 */
export const condWait = (lock: number, cond: number): void => api.condWait(lock, cond)
/** Wakes the process that has slept longest on this condition, if any. Throws ERR_TM_LOCK_NOT_HELD. */
export const condSignal = (lock: number, cond: number): void => api.condSignal(lock, cond)
/** Wakes all processes that sleep on this condition. Throws ERR_TM_LOCK_NOT_HELD. */
export const condBroadcast = (lock: number, cond: number): void => api.condBroadcast(lock, cond)
/**
 * Sends a copy of `bytes`, at most 32 MiB, to process `to`, which may be this one. It returns at once, unless 64 MiB
 * are on their way to that process. Orders no memory: what was stored before is not seen by the receiver.
 */
export const send = (to: number, bytes: Uint8Array): void => api.send(to, bytes)
/** Waits for the next bytes that process `from` sends to this one: whole, and in the order in which they were sent. */
export const recv = (from: number): Uint8Array => api.recv(from)
/**
 * Waits until a message for this process is here, of any process, and says whose `recv` should name: the sender of the
 * one that has waited longest.
 */
export const probe = (): number => api.probe()
/** The same without waiting: undefined when no message is here. */
export const tryProbe = (): number | undefined => api.tryProbe()
/** Ends this process; the others go on. Throws ERR_TM_ARGUMENT when the code is no integer. */
export const exit = (code = 0): never => api.exit(code)
/** This node's counters so far. */
export const stats = (): Record<CounterName, number> => api.stats()
/**
 * Collective, and meets like a barrier: from here the counters are also kept under this name, in the statistics of the
 * launcher. Throws ERR_TM_MEETING on all of them when the names differ.
 */
export const phase = (name: string): void => api.phase(name)
