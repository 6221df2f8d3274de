/**
 * Locks with static managers (Keleher 1994, §3.3): a request goes to the lock's manager, which forwards it to
 * whoever requested last before; so the waiting nodes form a queue, each knowing only its next. The token
 * stays with its last holder, who takes the lock again without a message. Costs 0, 2 or 3 messages.
 */
import { assert, TreadMarksError } from '../errors.js'
import type { Coherence } from './coherence.js'
import { type CounterRow, count } from './counters.js'
import { done, type Outbox } from './events.js'
import { type CondId, type LockId, type NodeId, nodeId, type ProcId } from './ids.js'
import type { LockWords } from './lock-words.js'
import type { LockGrant, Sleeper } from './messages.js'
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
  /** While the token is here: who sleeps on the lock's conditions, first come first. */
  sleepers: readonly Sleeper[]
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
    lock.waiting.push(proc)
    // With the token promised to another node, its release comes here as an event and sends our request.
    if (lock.requested || lock.next !== undefined) return
    const taken = this.words.tryHold(id)
    if (taken === 'taken') this.passLocally(id, lock)
    else if (taken === 'absent') this.request(id, lock)
  }

  /**
   * A process of this node has released a lock that others want: a remote one first, or it might wait for ever. Of
   * several processes on a node, one may have taken the lock since, or the token may have gone: then all is done.
   */
  released(id: LockId): void {
    const lock = this.lock(id)
    if (lock.next !== undefined) {
      if (this.words.tryTake(id) !== 'taken') return
      const { next } = lock
      lock.next = undefined
      this.grant(id, lock, next)
    } else if (lock.waiting.length > 0) {
      if (this.words.tryHold(id) === 'taken') this.passLocally(id, lock)
    } else {
      this.words.settle(id)
    }
  }

  /** The process that holds the lock sleeps: it is released as by its program. */
  sleep(id: LockId, sleeper: Sleeper): void {
    const lock = this.lock(id)
    lock.sleepers = [...lock.sleepers, sleeper]
    this.words.free(id)
    this.released(id)
  }

  /** A process of this node holds the lock: the first sleeper of the condition, or all, in the order in which they came. */
  takeSleepers(id: LockId, cond: CondId, all: boolean): readonly Sleeper[] {
    const lock = this.lock(id)
    const matching = lock.sleepers.filter((sleeper) => sleeper.cond === cond)
    const taken = all ? matching : matching.slice(0, 1)
    lock.sleepers = lock.sleepers.filter((sleeper) => !taken.includes(sleeper))
    return taken
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
    if (taken === 'taken') this.grant(id, lock, next)
    else if (taken === 'held') lock.next = next
    else throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} is not at node ${this.self}`)
  }

  /** The token has come. */
  granted(from: NodeId, { lock: id, rider, sleepers }: LockGrant): void {
    const lock = this.lock(id)
    if (!lock.requested) throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was granted without a request`)
    lock.requested = false
    lock.sleepers = sleepers
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

  /** The token goes; processes of this node that wait, too, want it back. */
  private grant(id: LockId, lock: Lock, { node, time }: Remote): void {
    const { sleepers } = lock
    lock.sleepers = []
    this.outbox.send(node, { type: 'lockGrant', lock: id, rider: this.coherence.release(time), sleepers })
    if (lock.waiting.length > 0) this.request(id, lock)
  }

  private lock(id: LockId): Lock {
    let lock = this.locks.get(id)
    if (lock === undefined) {
      lock = { waiting: [], requested: false, next: undefined, last: managerOf(id, this.nodes), sleepers: [] }
      this.locks.set(id, lock)
    }
    return lock
  }
}
