/**
 * Locks with static managers (Keleher 1994, §3.3): a request goes to the lock's manager, which forwards it to
 * whoever requested last before; so the waiting nodes form a queue, each knowing only its next. The token
 * stays with its last holder, who takes the lock again without a message. Costs 0, 2 or 3 messages.
 */
import { assert, TreadMarksError } from '../errors.js'
import type { Coherence } from './coherence.js'
import { type CounterRow, count } from './counters.js'
import { done, type Outbox } from './events.js'
import { type LockId, type NodeId, nodeId, type ProcId } from './ids.js'
import type { Rider } from './interval.js'
import type { LockWords } from './lock-words.js'
import type { VectorTime } from './vector-time.js'

interface Remote {
  readonly node: NodeId
  readonly time: VectorTime
}

interface Lock {
  /** Processes of this node that wait, first come first. */
  readonly waiting: ProcId[]
  /** Whether this node's request is on its way, or queued somewhere. */
  requested: boolean
  /** The node to which the token goes next. */
  next: Remote | undefined
  /** At the manager: who requested last; the token is there, or will be. */
  last: NodeId
}

/** The node that manages a lock: round robin (§3.3). */
export const managerOf = (lock: LockId, nodes: number): NodeId => nodeId(lock % nodes)

export class Locks {
  private readonly locks = new Map<LockId, Lock>()

  constructor(
    private readonly self: NodeId,
    private readonly nodes: number,
    private readonly words: LockWords,
    private readonly coherence: Coherence,
    private readonly outbox: Outbox,
    private readonly counters: CounterRow,
  ) {}

  /** A process of this node wants the lock, and its word alone did not give it. */
  acquire(proc: ProcId, id: LockId): void {
    const lock = this.lock(id)
    if (lock.waiting.length === 0 && lock.next === undefined && this.words.tryHold(id)) {
      this.outbox.answer(proc, done)
      return
    }
    lock.waiting.push(proc)
    // With the token promised to another node, its release comes here as an event and sends our request.
    if (lock.requested || lock.next !== undefined || this.words.want(id)) return
    // A release may have come between tryHold and want; then the token is free here after all.
    if (this.words.tryHold(id)) {
      this.passLocally(id, lock)
      return
    }
    this.request(id, lock)
  }

  /** A process of this node has released a lock that others want: a remote one first, or it might wait for ever. */
  released(id: LockId): void {
    const lock = this.lock(id)
    if (lock.next !== undefined) {
      const next = lock.next
      lock.next = undefined
      const taken = this.words.tryTake(id)
      assert(taken === 'taken', `lock ${id} was ${taken} at its release`)
      this.grant(id, next)
      if (lock.waiting.length > 0) this.request(id, lock)
    } else if (lock.waiting.length > 0) {
      this.passLocally(id, lock)
    } else {
      this.words.settle(id)
    }
  }

  /** At the manager: somebody requests. */
  requested(id: LockId, requester: NodeId, time: VectorTime): void {
    if (managerOf(id, this.nodes) !== this.self) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `request for lock ${id}, which node ${this.self} does not manage`)
    }
    const lock = this.lock(id)
    const last = lock.last
    if (last === requester) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${requester} requested lock ${id} twice`)
    }
    lock.last = requester
    if (last === this.self) this.forwarded(id, requester, time)
    else this.outbox.send(last, { type: 'lockForward', lock: id, requester, time })
  }

  /** At the last requester: the token goes to `requester` when this node has done with it. */
  forwarded(id: LockId, requester: NodeId, time: VectorTime): void {
    const lock = this.lock(id)
    if (lock.next !== undefined || requester === this.self) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was forwarded to node ${this.self} out of turn`)
    }
    const next: Remote = { node: requester, time }
    if (lock.requested) {
      lock.next = next
      return
    }
    const taken = this.words.tryTake(id)
    if (taken === 'taken') this.grant(id, next)
    else if (taken === 'held') lock.next = next
    else throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} is not at node ${this.self}`)
  }

  /** The token has come. */
  granted(from: NodeId, id: LockId, rider: Rider): void {
    const lock = this.lock(id)
    if (!lock.requested) throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was granted without a request`)
    lock.requested = false
    this.coherence.acquire(from, rider)
    this.passLocally(id, lock)
  }

  private passLocally(id: LockId, lock: Lock): void {
    const proc = lock.waiting.shift()
    assert(proc !== undefined, `lock ${id} came and nobody waits for it`)
    this.words.hold(id, lock.next !== undefined || lock.waiting.length > 0)
    this.outbox.answer(proc, done)
  }

  private request(id: LockId, lock: Lock): void {
    lock.requested = true
    count(this.counters, 'remoteLockAcquires')
    this.outbox.send(managerOf(id, this.nodes), {
      type: 'lockRequest',
      lock: id,
      requester: this.self,
      time: this.coherence.time(),
    })
  }

  private grant(id: LockId, { node, time }: Remote): void {
    this.outbox.send(node, { type: 'lockGrant', lock: id, rider: this.coherence.release(time) })
  }

  private lock(id: LockId): Lock {
    let lock = this.locks.get(id)
    if (lock === undefined) {
      lock = { waiting: [], requested: false, next: undefined, last: managerOf(id, this.nodes) }
      this.locks.set(id, lock)
    }
    return lock
  }
}
