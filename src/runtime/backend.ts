/**
 * What the public API stands on: one process's way to its run. A process of a launched run has `Member`
 * (runtime/member.ts), a program started without the launcher has `Solo` (runtime/solo.ts). Arguments have
 * been checked before they come here.
 */
import type { Allocated } from '../core/allocator.js'
import type { CounterName } from '../core/counters.js'

export interface Place {
  /** Process of the program, and how many there are. */
  readonly procId: number
  readonly nprocs: number
  /** Operating-system process of the run, and how many there are. */
  readonly nodeId: number
  readonly nodeCount: number
}

export interface Backend {
  readonly place: Place
  readonly heap: SharedArrayBuffer
  readonly pageBytes: number
  /** The run's coherence protocol; undefined where there is nobody to be coherent with, and any will do. */
  readonly protocol: string | undefined
  /** How many locks this process holds, and one of them: written by the API, looked at when the process ends. */
  readonly holdings: Float64Array
  malloc(bytes: number, align: number): Allocated
  free(address: number): void
  /** Collective: everyone describes the same allocation and gets its address. */
  allocate(description: Uint8Array): Allocated
  /**
   * Collective: nothing is allocated. Process 0 has zeroed the memory of the last allocation, or all nodes know now which
   * protocol its pages obey.
   */
  meetAgain(): void
  /** Collective: gives process 0's bytes to all. */
  distribute(bytes: Uint8Array): Uint8Array
  barrier(id: number): void
  /** Collective: a phase of this name, in quotes, begins. */
  phase(name: Uint8Array): void
  /** Throws a RangeError when a call might come to the end of the stack: to be asked before it, lock calls know themselves. */
  mustHaveRoom(): void
  /** A lock call that throws has changed nothing; what it does last is to take or to give. So does the API after it. */
  lockAcquire(id: number): void
  /** Whether it has taken the lock, which this process does not hold. */
  tryLock(id: number): boolean
  lockRelease(id: number): void
  /** With the lock held, before and after; there is another process. */
  condWait(lock: number, cond: number): void
  /** With the lock held: wakes the first who waits, or all. */
  condSignal(lock: number, cond: number, all: boolean): void
  /** The bytes are given away. */
  send(to: number, bytes: Uint8Array<ArrayBuffer>): void
  recv(from: number): Uint8Array
  /** Who has sent what this process receives next of anybody; without `wait` -1 when nothing is here. */
  probe(wait: boolean): number
  stats(): Record<CounterName, number>
}

/** What is said of a program that has ended and holds locks. */
export const lockAtEnd = (count: number, lock: number): string =>
  `the program ended holding lock ${lock}${count > 1 ? ` and ${count - 1} more` : ''}`
