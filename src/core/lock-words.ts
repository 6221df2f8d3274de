/**
 * The lock word is the part of a lock that a program thread may change by itself: while the token is here
 * and nobody else waits, acquire and release are one compare-and-swap each and the core hears nothing. With
 * WANTED set both must come to the core, so a waiting request beats local re-acquire.
 *
 *   ABSENT ⇄ FREE ⇄ HELD     and  FREE|WANTED, HELD|WANTED
 */
import { assert } from '../errors.js'
import type { LockId } from './ids.js'

export const ABSENT = 0
export const FREE = 1
export const HELD = 2
export const WANTED = 4

export type Taken = 'taken' | 'held' | 'absent'

/** The service's side of the words; every method is one atomic change, or a loop of compare-and-swap. */
export interface LockWords {
  /** FREE → HELD: 'taken'. HELD gets the flag: 'held'. */
  tryHold(lock: LockId): Taken
  /** FREE → ABSENT: 'taken'. HELD gets the flag: 'held'. */
  tryTake(lock: LockId): Taken
  /** The token has come, or passes to another local thread: anything → HELD, with or without the flag. */
  hold(lock: LockId, wanted: boolean): void
  /** Its holder gives it up by a call instead of by itself: HELD → FREE, flag kept. */
  free(lock: LockId): void
  /** Nobody waits any more: FREE|WANTED → FREE. */
  settle(lock: LockId): void
}

/** The program thread's acquire: true when done, false when the core must be asked. */
export const acquireWord = (words: Int32Array, index: number): boolean =>
  Atomics.compareExchange(words, index, FREE, HELD) === FREE

/** The program thread's release: true when done, false when the core must be told (the word is FREE|WANTED then). */
export function releaseWord(words: Int32Array, index: number): boolean {
  if (Atomics.compareExchange(words, index, HELD, FREE) === HELD) return true
  Atomics.store(words, index, FREE | WANTED)
  return false
}

/** Lock words in an Int32Array; `indexOf` says where a lock's word is, and makes it on first use. */
export class ArrayLockWords implements LockWords {
  constructor(
    private readonly words: Int32Array,
    private readonly indexOf: (lock: LockId) => number,
  ) {}

  tryHold(lock: LockId): Taken {
    return this.take(lock, HELD)
  }

  tryTake(lock: LockId): Taken {
    return this.take(lock, ABSENT)
  }

  hold(lock: LockId, wanted: boolean): void {
    Atomics.store(this.words, this.indexOf(lock), wanted ? HELD | WANTED : HELD)
  }

  free(lock: LockId): void {
    const at = this.indexOf(lock)
    const word = Atomics.load(this.words, at)
    assert((word & HELD) !== 0, `lock ${lock} is given up and not held`)
    // Nobody else changes it: its holder waits for us.
    Atomics.store(this.words, at, FREE | (word & WANTED))
  }

  settle(lock: LockId): void {
    Atomics.compareExchange(this.words, this.indexOf(lock), FREE | WANTED, FREE)
  }

  private take(lock: LockId, taken: typeof HELD | typeof ABSENT): Taken {
    const at = this.indexOf(lock)
    for (;;) {
      const word = Atomics.load(this.words, at)
      if ((word & ~WANTED) === ABSENT) return 'absent'
      const held = (word & HELD) !== 0
      const next = held ? HELD | WANTED : taken
      if (Atomics.compareExchange(this.words, at, word, next) === word) return held ? 'held' : 'taken'
    }
  }
}
