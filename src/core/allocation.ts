/**
 * malloc and free from any process: one request and one reply with the allocation manager. `free` followed
 * by `malloc` elsewhere is synchronisation: the free carries the freer's write notices to the manager, and
 * memory that was used before is given out together with them. Otherwise the old owner's diff would
 * overwrite the new owner's bytes on a third node.
 */
import { TreadMarksError } from '../errors.js'
import { type Allocated, type Allocator, noRoomText } from './allocator.js'
import type { Riders } from './coherence.js'
import { done, type Outbox } from './events.js'
import type { NodeId, ProcId } from './ids.js'
import { MEETING_MANAGER } from './meeting.js'
import type { FreeReply, FreeRequest, MallocReply, MallocRequest } from './messages.js'
import { zeroTime } from './vector-time.js'

export class Allocation {
  /** What processes of this node have asked for and not been answered. */
  private readonly mallocs = new Map<ProcId, { readonly bytes: number; readonly align: number }>()
  private readonly frees = new Set<ProcId>()

  constructor(
    private readonly self: NodeId,
    private readonly nodes: number,
    private readonly allocator: Allocator,
    private readonly coherence: Riders,
    private readonly outbox: Outbox,
  ) {}

  malloc(proc: ProcId, bytes: number, align: number): void {
    this.mallocs.set(proc, { bytes, align })
    const time = this.coherence.time()
    this.outbox.send(MEETING_MANAGER, { type: 'mallocRequest', proc, bytes, align, time })
  }

  free(proc: ProcId, address: number): void {
    this.frees.add(proc)
    const rider = this.coherence.releaseTo(MEETING_MANAGER)
    this.outbox.send(MEETING_MANAGER, { type: 'freeRequest', proc, address, rider })
  }

  /** At the manager. */
  mallocRequested(from: NodeId, { proc, bytes, align, time }: MallocRequest): void {
    this.mustManage(from)
    const allocated = this.allocator.malloc(bytes, align)
    const rider =
      allocated.used && from !== this.self
        ? this.coherence.release(time)
        : { time: zeroTime(this.nodes), intervals: [] }
    this.outbox.send(from, { type: 'mallocReply', proc, ...allocated, rider })
  }

  /** At the manager. */
  freeRequested(from: NodeId, { proc, address, rider }: FreeRequest): void {
    this.mustManage(from)
    if (from !== this.self) this.coherence.acquire(from, rider)
    this.outbox.send(from, { type: 'freeReply', proc, ok: this.allocator.free(address) })
  }

  malloced(from: NodeId, { proc, rider, ...allocated }: MallocReply): void {
    const asked = this.mallocs.get(proc)
    if (asked === undefined) throw unasked(proc)
    this.mallocs.delete(proc)
    if (!this.allocator.couldGive(allocated.address, asked.bytes, asked.align)) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} gave process ${proc} the address ${allocated.address}, where no block of ${asked.bytes} bytes can be`,
      )
    }
    if (from !== this.self) this.coherence.acquire(from, rider)
    this.outbox.answer(proc, { ...done, value: allocated.address, used: allocated.used, ...noRoom(allocated) })
  }

  freed({ proc, ok }: FreeReply): void {
    if (!this.frees.delete(proc)) throw unasked(proc)
    const error = { code: 'ERR_TM_BAD_FREE', message: 'free of an address that is not an allocated block' } as const
    this.outbox.answer(proc, ok ? done : { ...done, error })
  }

  private mustManage(from: NodeId): void {
    if (this.self !== MEETING_MANAGER) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} sent node ${this.self} a request for the allocation manager`,
      )
    }
  }
}

/** Waiting for something else does not count: a process must not take an address for a lock. */
const unasked = (proc: ProcId): TreadMarksError =>
  new TreadMarksError('ERR_TM_PROTOCOL', `an answer came for process ${proc}, which has not asked for it`)

/** The error in an answer when there was no room; the caller knows what was asked. */
function noRoom(allocated: Omit<Allocated, 'used'>) {
  if (allocated.address !== 0) return {}
  return { error: { code: 'ERR_TM_NO_MEMORY', message: noRoomText(allocated) } as const }
}
