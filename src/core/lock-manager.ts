/**
 * The manager's side of a lock (Keleher 1994, §3.3): it knows who requested last, and passes each request on to
 * that node. A try is passed on too, but whether the token moves is then known only there: until the answer has
 * come, what else is asked of the lock waits here, in its order.
 */
import { TreadMarksError } from '../errors.js'
import type { Outbox } from './events.js'
import { type LockId, type NodeId, nodeId } from './ids.js'
import type { LockRequest, LockTried, LockTry } from './messages.js'

/** The node that manages a lock: round robin (§3.3). */
export const managerOf = (lock: LockId, nodes: number): NodeId => nodeId(lock % nodes)

interface ManagedLock {
  /** Who requested last; the token is there, or will be. */
  last: NodeId
  /** Who tries, while the last requester has not said whether it gave the token. */
  trying: NodeId | undefined
  /** What was asked meanwhile. A node asks once at a time. */
  readonly later: (LockRequest | LockTry)[]
}

export class LockManager {
  private readonly locks = new Map<LockId, ManagedLock>()

  constructor(
    private readonly self: NodeId,
    private readonly nodes: number,
    private readonly outbox: Outbox,
  ) {}

  /** Somebody wants the lock, or tries for it. */
  asked(message: LockRequest | LockTry): void {
    const { lock, requester } = message
    if (managerOf(lock, this.nodes) !== this.self) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `request for lock ${lock}, which node ${this.self} does not manage`)
    }
    const managed = this.lock(lock)
    const { trying, later } = managed
    if (trying === requester || later.some((other) => other.requester === requester)) throw twice(message)
    if (trying === undefined) this.pass(managed, message)
    else later.push(message)
  }

  /** The last requester has been tried. */
  tried(from: NodeId, { lock, granted }: LockTried): void {
    const managed = this.locks.get(lock)
    const requester = managed?.trying
    if (managed === undefined || requester === undefined || from !== managed.last) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} answers a try for lock ${lock} that it did not get`)
    }
    managed.trying = undefined
    if (granted) managed.last = requester
    else this.outbox.send(requester, { type: 'lockBusy', lock })
    while (managed.trying === undefined) {
      const next = managed.later.shift()
      if (next === undefined) return
      this.pass(managed, next)
    }
  }

  private pass(managed: ManagedLock, message: LockRequest | LockTry): void {
    const { type, lock, requester, time } = message
    const { last } = managed
    if (last === requester) throw twice(message)
    if (type === 'lockTry') {
      managed.trying = requester
      this.outbox.send(last, { type: 'lockTryForward', lock, requester, time })
    } else {
      managed.last = requester
      this.outbox.send(last, { type: 'lockForward', lock, requester, time })
    }
  }

  private lock(lock: LockId): ManagedLock {
    let managed = this.locks.get(lock)
    if (managed === undefined) {
      managed = { last: this.self, trying: undefined, later: [] }
      this.locks.set(lock, managed)
    }
    return managed
  }
}

const twice = ({ lock, requester }: LockRequest | LockTry): TreadMarksError =>
  new TreadMarksError('ERR_TM_PROTOCOL', `node ${requester} requested lock ${lock} twice`)
