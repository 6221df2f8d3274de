/**
 * A run of one: the backend of a program that was started without the launcher. The heap is ordinary shared
 * memory and nothing is trapped; locks and barriers have nobody to wait for.
 */
import { type Allocated, Allocator, decodeAllocation, noRoomText } from '../core/allocator.js'
import { type CounterName, count, counterRow, totals } from '../core/counters.js'
import { errorTable, TreadMarksError } from '../errors.js'
import { DEFAULT_HEAP_BYTES, DEFAULT_PAGE_BYTES } from '../limits.js'
import { type Backend, lockAtEnd, type Place } from './backend.js'
import { heapMemory } from './heap.js'
import { writeAll } from './stdio.js'
import { onUncaught } from './uncaught.js'

export class Solo implements Backend {
  readonly place: Place = { procId: 0, nprocs: 1, nodeId: 0, nodeCount: 1 }
  readonly pageBytes = DEFAULT_PAGE_BYTES
  readonly protocol = undefined
  readonly heap: SharedArrayBuffer
  readonly holdings = new Float64Array(2)
  private readonly allocator = new Allocator(DEFAULT_HEAP_BYTES, DEFAULT_PAGE_BYTES)
  private readonly counters = counterRow()
  /** What the process has sent itself. */
  private readonly parcels: Uint8Array[] = []

  constructor() {
    this.heap = heapMemory(DEFAULT_HEAP_BYTES).buffer
    this.watchEnd()
  }

  malloc(bytes: number, align: number): Allocated {
    const allocated = this.allocator.malloc(bytes, align)
    if (allocated.address !== 0) return allocated
    throw new TreadMarksError('ERR_TM_NO_MEMORY', noRoomText(allocated))
  }

  free(address: number): void {
    if (!this.allocator.free(address)) {
      throw new TreadMarksError('ERR_TM_BAD_FREE', 'free of an address that is not an allocated block')
    }
  }

  allocate(description: Uint8Array): Allocated {
    const { bytes, align, protocol } = decodeAllocation(description)
    return this.allocator.malloc(bytes, align, protocol)
  }

  meetAgain(): void {}

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

  /** The API does not let a process wait for itself. */
  recv(): Uint8Array {
    return this.parcels.shift() as Uint8Array
  }

  probe(): number {
    return this.parcels.length > 0 ? 0 : -1
  }

  /** There is nobody who could miss what was lost. */
  mustHaveRoom(): void {}

  stats(): Record<CounterName, number> {
    return totals([this.counters])
  }

  /** As under the launcher, ending with a lock held is a failure, unless the program has failed with something else. */
  private watchEnd(): void {
    let threw = false
    onUncaught(() => {
      threw = true
    })
    process.on('exit', (code) => {
      const [count = 0, lock = 0] = this.holdings
      if (count === 0 || threw) return
      const { remedy } = errorTable.ERR_TM_LOCK_AT_END
      const message = `treadmarks: process 0 (node 0): ${lockAtEnd(count, lock)}\n  ERR_TM_LOCK_AT_END: ${remedy}\n`
      writeAll(2, Buffer.from(message))
      if (code === 0) process.exitCode = 1
    })
  }
}
