/**
 * Condition variables, as in pthreads. The queue of those who sleep on a lock's conditions travels with the
 * lock's token: waiting and signalling are done with the lock held, so whoever may touch the queue has it. A wait
 * costs the messages of a release, a signal one for each sleeper of another node; no wake-up is lost, and what
 * happened before the signal is seen after the wait because the lock orders it.
 */
import { TreadMarksError } from '../errors.js'
import { done, type Outbox } from './events.js'
import { type CondId, type LockId, type NodeId, nodeOf, type ProcId } from './ids.js'
import type { Locks } from './lock.js'
import type { CondWake, LockGrant } from './messages.js'

export class Conditions {
  /** Processes of this node that sleep, and the lock that each will want again. */
  private readonly asleep = new Map<ProcId, LockId>()

  constructor(
    private readonly self: NodeId,
    /** Processes on each node. */
    private readonly threads: number,
    private readonly locks: Locks,
    private readonly outbox: Outbox,
  ) {}

  /** A process of this node, which holds the lock, sleeps. Its call is answered when it has the lock again. */
  wait(proc: ProcId, lock: LockId, cond: CondId): void {
    this.asleep.set(proc, lock)
    this.locks.sleep(lock, { cond, proc })
  }

  /** A process of this node, which holds the lock, wakes the first sleeper, or all. They get the lock one after the other. */
  signal(proc: ProcId, lock: LockId, cond: CondId, all: boolean): void {
    for (const { proc: sleeper } of this.locks.takeSleepers(lock, cond, all)) {
      this.outbox.send(nodeOf(sleeper, this.threads), { type: 'condWake', lock, proc: sleeper })
    }
    this.outbox.answer(proc, done)
  }

  /** At the sleeper's node: it wants its lock again. */
  woken(from: NodeId, { lock, proc }: CondWake): void {
    if (this.asleep.get(proc) !== lock) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} woke process ${proc}, which does not sleep on lock ${lock} at node ${this.self}`,
      )
    }
    this.asleep.delete(proc)
    this.locks.acquire(proc, lock)
  }

  /** Whether a process of this node sleeps. */
  sleeps(proc: ProcId): boolean {
    return this.asleep.has(proc)
  }

  /** The sleepers that came with a token: each once, and those of this node must sleep here. */
  check(from: NodeId, { lock, sleepers }: LockGrant): void {
    const seen = new Set<ProcId>()
    for (const { proc } of sleepers) {
      const elsewhere = nodeOf(proc, this.threads) !== this.self
      if (!seen.has(proc) && (elsewhere || this.asleep.get(proc) === lock)) {
        seen.add(proc)
        continue
      }
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${from} sent lock ${lock} with process ${proc} asleep, which ${seen.has(proc) ? 'it named before' : 'does not sleep on it'}`,
      )
    }
  }
}
