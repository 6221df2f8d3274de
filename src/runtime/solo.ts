/**
 * A run of one: the backend of a program that was started without the launcher. The heap is ordinary shared
 * memory and nothing is trapped; locks and barriers have nobody to wait for.
 */
import { type Allocated, Allocator, decodeAllocation } from '../core/allocator.js'
import { type CounterName, count, counterRow, totals } from '../core/counters.js'
import { TreadMarksError } from '../errors.js'
import { DEFAULT_HEAP_BYTES, DEFAULT_PAGE_BYTES } from '../limits.js'
import type { Backend, Place } from './backend.js'
import { heapMemory } from './heap.js'

export class Solo implements Backend {
  readonly place: Place = { procId: 0, nprocs: 1, nodeId: 0, nodeCount: 1 }
  readonly pageBytes = DEFAULT_PAGE_BYTES
  readonly heap: SharedArrayBuffer
  private readonly allocator = new Allocator(DEFAULT_HEAP_BYTES, DEFAULT_PAGE_BYTES)
  private readonly counters = counterRow()
  /** What the process has sent itself. */
  private readonly parcels: Uint8Array[] = []

  constructor() {
    this.heap = heapMemory(DEFAULT_HEAP_BYTES).buffer
  }

  malloc(bytes: number, align: number): Allocated {
    const allocated = this.allocator.malloc(bytes, align)
    if (allocated.address !== 0) return allocated
    const { free, largest } = allocated
    throw new TreadMarksError(
      'ERR_TM_NO_MEMORY',
      `the shared heap has no room: ${free} bytes are free, ${largest} in the largest block`,
    )
  }

  free(address: number): void {
    if (!this.allocator.free(address)) {
      throw new TreadMarksError('ERR_TM_BAD_FREE', 'free of an address that is not an allocated block')
    }
  }

  allocate(description: Uint8Array): Allocated {
    const { bytes, align } = decodeAllocation(description)
    return this.allocator.malloc(bytes, align)
  }

  zeroed(): void {}

  distribute(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  barrier(): void {
    count(this.counters, 'barriers')
  }

  /** Nobody reports the counters of a run without launcher. */
  phase(): void {}

  lockAcquire(): void {
    count(this.counters, 'lockAcquires')
  }

  tryLock(): boolean {
    count(this.counters, 'lockAcquires')
    return true
  }

  lockRelease(): void {}

  condWait(): void {}

  condSignal(): void {}

  send(_to: number, bytes: Uint8Array): void {
    this.parcels.push(bytes)
  }

  recv(): Uint8Array {
    const bytes = this.parcels.shift()
    if (bytes !== undefined) return bytes
    throw nobody()
  }

  probe(wait: boolean): number {
    if (this.parcels.length > 0) return 0
    if (wait) throw nobody()
    return -1
  }

  holding(): void {}

  stats(): Record<CounterName, number> {
    return totals([this.counters])
  }
}

const nobody = (): TreadMarksError => new TreadMarksError('ERR_TM_DEADLOCK', 'nobody can send anything')
