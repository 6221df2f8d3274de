/**
 * Locks with static managers (Keleher 1994, §3.3): a request goes to the lock's manager (lock-manager.ts), which
 * forwards it to whoever requested last before; so the waiting nodes form a queue, each knowing only its next. The
 * token stays with its last holder, who takes the lock again without a message. Costs 0, 2 or 3 messages. A try
 * goes the same way and gets the token only if the lock is free there.
 */
import { assert, TreadMarksError } from '../errors.js'
import type { Riders } from './coherence.js'
import { type CounterRow, count } from './counters.js'
import { type Answer, done, type Outbox } from './events.js'
import type { CondId, LockId, NodeId, ProcId } from './ids.js'
import { managerOf } from './lock-manager.js'
import type { LockWords } from './lock-words.js'
import type { LockBusy, LockForward, LockGrant, LockTryForward, Sleeper } from './messages.js'
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
  /** Processes of this node whose try is on its way. A node tries or requests, never both. */
  trying: ProcId[]
  /** The node to which the token goes next. */
  next: Remote | undefined
  /** While the token is here: who sleeps on the lock's conditions, first come first. */
  sleepers: readonly Sleeper[]
}

export class Locks {
  private readonly locks = new Map<LockId, Lock>()

  constructor(
    private readonly self: NodeId,
    private readonly nodes: number,
    private readonly words: LockWords,
    private readonly coherence: Riders,
    private readonly outbox: Outbox,
    private readonly counters: CounterRow,
  ) {}

  /** A process of this node wants the lock, and its word alone did not give it. */
  acquire(proc: ProcId, id: LockId): void {
    const lock = this.lock(id)
    lock.waiting.push(proc)
    // With the token promised to another node, its release comes here as an event and sends our request.
    if (lock.requested || lock.trying.length > 0 || lock.next !== undefined) return
    const taken = this.words.tryHold(id)
    if (taken === 'taken') this.passLocally(id, lock)
    else if (taken === 'absent') this.request(id, lock)
  }

  /** A process of this node takes the lock if nobody has it or waits for it. It is answered 1, or 0. */
  attempt(proc: ProcId, id: LockId): void {
    const lock = this.lock(id)
    if (lock.trying.length === 0) {
      const wanted = lock.requested || lock.next !== undefined || lock.waiting.length > 0
      const taken = wanted ? 'held' : this.words.tryHold(id)
      if (taken !== 'absent') return this.outbox.answer(proc, taken === 'taken' ? got : done)
      const time = this.coherence.time()
      this.outbox.send(managerOf(id, this.nodes), { type: 'lockTry', lock: id, requester: this.self, time })
    }
    lock.trying.push(proc)
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

  /** At the last requester: the token goes to `requester` when this node has done with it. */
  forwarded({ lock: id, requester, time }: LockForward): void {
    const lock = this.inTurn(id, requester)
    const next: Remote = { node: requester, time }
    if (lock.requested || lock.trying.length > 0) {
      lock.next = next
      return
    }
    const taken = this.words.tryTake(id)
    if (taken === 'taken') this.grant(id, lock, next)
    else if (taken === 'held') lock.next = next
    else throw notHere(id, this.self)
  }

  /** At the last requester: the token goes to `requester` now, or not at all. */
  tryForwarded({ lock: id, requester, time }: LockTryForward): void {
    const lock = this.inTurn(id, requester)
    const wanted = lock.requested || lock.trying.length > 0 || lock.waiting.length > 0
    const taken = wanted ? 'held' : this.words.tryTake(id)
    if (taken === 'absent') throw notHere(id, this.self)
    this.outbox.send(managerOf(id, this.nodes), { type: 'lockTried', lock: id, granted: taken === 'taken' })
    if (taken === 'taken') this.grant(id, lock, { node: requester, time })
  }

  /** The token has come. */
  granted(from: NodeId, { lock: id, rider, sleepers }: LockGrant): void {
    const lock = this.lock(id)
    const [first, ...others] = lock.trying
    if (!lock.requested && first === undefined) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was granted without a request`)
    }
    lock.requested = false
    lock.trying = []
    lock.sleepers = sleepers
    this.coherence.acquire(from, rider)
    if (first === undefined) return this.passLocally(id, lock)
    count(this.counters, 'remoteLockAcquires')
    this.hold(id, lock)
    this.outbox.answer(first, got)
    for (const proc of others) this.outbox.answer(proc, done)
  }

  /** The lock was not free. Whoever waits for it here had to hear that first. */
  busy({ lock: id }: LockBusy): void {
    const lock = this.lock(id)
    if (lock.trying.length === 0 || lock.next !== undefined) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was refused, which nobody tried to take`)
    }
    const { trying } = lock
    lock.trying = []
    for (const proc of trying) this.outbox.answer(proc, done)
    if (lock.waiting.length > 0) this.request(id, lock)
  }

  private passLocally(id: LockId, lock: Lock): void {
    const proc = lock.waiting.shift()
    assert(proc !== undefined, `lock ${id} came and nobody waits for it`)
    this.hold(id, lock)
    this.outbox.answer(proc, done)
  }

  private hold(id: LockId, lock: Lock): void {
    this.words.hold(id, lock.next !== undefined || lock.waiting.length > 0)
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

  /** A lock for which this node has been told of one requester at most. */
  private inTurn(id: LockId, requester: NodeId): Lock {
    const lock = this.lock(id)
    if (lock.next === undefined && requester !== this.self) return lock
    throw new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} was forwarded to node ${this.self} out of turn`)
  }

  private lock(id: LockId): Lock {
    let lock = this.locks.get(id)
    if (lock === undefined) {
      lock = { waiting: [], requested: false, trying: [], next: undefined, sleepers: [] }
      this.locks.set(id, lock)
    }
    return lock
  }
}

/** The answer to a try that took the lock. */
const got: Answer = { ...done, value: 1 }

const notHere = (id: LockId, node: NodeId): TreadMarksError =>
  new TreadMarksError('ERR_TM_PROTOCOL', `lock ${id} is not at node ${node}`)
