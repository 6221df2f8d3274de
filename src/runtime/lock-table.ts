/**
 * Where each lock's word is: words are given out in the order in which locks are first used on this node.
 * The service thread keeps the table; program threads learn an index with their first acquire.
 */
import type { LockId, NodeId } from '../core/ids.js'
import { managerOf } from '../core/lock-manager.js'
import { ABSENT, FREE, HELD } from '../core/lock-words.js'
import { TreadMarksError } from '../errors.js'
import { MAX_LOCKS } from '../limits.js'

export const lockWordsBuffer = (): SharedArrayBuffer => new SharedArrayBuffer(MAX_LOCKS * 4)

export class LockTable {
  private readonly indices = new Map<LockId, number>()

  constructor(
    private readonly words: Int32Array,
    private readonly self: NodeId,
    private readonly nodes: number,
  ) {}

  /** Locks that processes of this node hold. */
  held(): LockId[] {
    const held = [...this.indices].filter(([, index]) => (Atomics.load(this.words, index) & HELD) !== 0)
    return held.map(([lock]) => lock)
  }

  /** The token of a lock starts at its manager. */
  readonly indexOf = (lock: LockId): number => {
    const known = this.indices.get(lock)
    if (known !== undefined) return known
    const index = this.indices.size
    if (index >= this.words.length) {
      throw new TreadMarksError(
        'ERR_TM_TOO_MANY_LOCKS',
        `lock ${lock} would be one more than ${this.words.length} different locks`,
      )
    }
    this.indices.set(lock, index)
    Atomics.store(this.words, index, managerOf(lock, this.nodes) === this.self ? FREE : ABSENT)
    return index
  }
}
