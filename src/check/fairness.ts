/**
 * Checks that who waits for a lock is not passed over. While nothing is on its way between nodes, all that a waiting
 * process had to say has arrived, and the lock cannot leave its node: so its holder may not take it again, and each
 * other process of that node at most once, before the one who waits has had it.
 */
import { Violation } from './violation.js'

export class Fairness {
  private idle = false
  private readonly holders = new Map<number, number>()
  /** Who waits, for which lock. */
  private readonly waiting = new Map<number, number>()
  /** By who waits: those who have had the lock since the nodes have been silent. */
  private readonly hadIt = new Map<number, Set<number>>()

  /** The node of a process begins to ask for a lock. */
  asks(proc: number, lock: number): void {
    this.waiting.set(proc, lock)
  }

  /** Something is on its way between nodes, or nothing is; told after each thing that happens. */
  travelling(any: boolean): void {
    this.idle = !any
    if (any) this.hadIt.clear()
    else for (const [proc, lock] of this.waiting) if (!this.hadIt.has(proc)) this.hadIt.set(proc, this.holderOf(lock))
  }

  acquired(proc: number, lock: number): void {
    this.holders.set(lock, proc)
    this.waiting.delete(proc)
    this.hadIt.delete(proc)
    if (!this.idle) return
    for (const [waiter, hadIt] of this.hadIt) {
      if (this.waiting.get(waiter) !== lock) continue
      if (hadIt.has(proc)) throw passedOver(proc, waiter, lock)
      hadIt.add(proc)
    }
  }

  releases(lock: number): void {
    this.holders.delete(lock)
  }

  private holderOf(lock: number): Set<number> {
    const holder = this.holders.get(lock)
    return new Set(holder === undefined ? [] : [holder])
  }
}

const passedOver = (by: number, waiter: number, lock: number): Violation =>
  new Violation('lock passed over', `process ${by} took lock ${lock} again while process ${waiter} waited for it`, [
    'between the two nothing was on its way between nodes: the lock was kept from one who was known to wait',
  ])
