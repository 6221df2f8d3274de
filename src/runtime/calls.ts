/**
 * The call table: how a program thread asks the service thread for something and waits. Each process has a
 * row of words (state, operation, flags) and a row of numbers (arguments, result) in shared memory; bytes
 * travel through a MessagePort beside it, posted before the word that announces them. A release that others
 * wait for has a word of its own, so the releasing thread need not wait for an answer.
 */

/** Operations of a call. */
export enum Op {
  LOCK_ACQUIRE = 1,
  LOCK_RELEASE = 2,
  BARRIER = 3,
  ALLOC = 4,
  DISTRIBUTE = 5,
  MALLOC = 6,
  FREE = 7,
  COND_WAIT = 8,
  COND_SIGNAL = 9,
  COND_BROADCAST = 10,
  LOCK_TRY = 11,
  SEND = 12,
  RECV = 13,
  PHASE = 14,
  PROBE = 15,
  FLUSH = 16,
}

/** Words of a process's row. `CALL` is 1 from the call until its answer: the thread sleeps on it. */
export enum Word {
  CALL = 0,
  OP = 1,
  /** 1 from a release until the service has taken it. */
  RELEASE = 2,
  /** The answer: the memory was used before. */
  USED = 3,
  /** The answer: bytes, or an error, wait in the port. */
  POSTED = 4,
  /** 1 when the program has called `process.exit`. */
  EXITS = 5,
  /** 1 when the program's module has settled. */
  SETTLED = 6,
}
const WORDS = 16

/** Numbers of a process's row. */
export enum Num {
  A = 0,
  B = 1,
  RESULT = 2,
  RELEASED_LOCK = 3,
  /** The answer to an acquire or a try: where the lock's word is. */
  LOCK_INDEX = 4,
  /** Locks the process holds now, and one of them: the numbers of `holdings`. */
  HOLDING = 5,
  HELD_LOCK = 6,
}
const NUMS = 8

export interface CallBuffers {
  readonly words: SharedArrayBuffer
  readonly numbers: SharedArrayBuffer
}

export const callBuffers = (procs: number): CallBuffers => ({
  words: new SharedArrayBuffer(procs * WORDS * 4),
  numbers: new SharedArrayBuffer(procs * NUMS * 8),
})

/** One process's row, seen from either side. `slot` counts the processes of this node. */
export class CallRow {
  readonly words: Int32Array
  /** Index of the CALL word in `words`, for the native wait. */
  readonly callIndex: number
  /** Of this process alone, by `Num`. */
  readonly numbers: Float64Array
  private readonly firstWord: number

  constructor(buffers: CallBuffers, slot: number) {
    this.words = new Int32Array(buffers.words)
    this.callIndex = slot * WORDS + Word.CALL
    this.firstWord = slot * WORDS
    this.numbers = new Float64Array(buffers.numbers, slot * NUMS * 8, NUMS)
  }

  /** Where a word is in `words`. */
  indexOf(word: Word): number {
    return this.firstWord + word
  }
  get(word: Word): number {
    return Atomics.load(this.words, this.firstWord + word)
  }
  set(word: Word, value: number): void {
    Atomics.store(this.words, this.firstWord + word, value)
  }
  /** Numbers are plain: the words that are stored after them, and loaded before, order them. */
  number(num: Num): number {
    return this.numbers[num] as number
  }
  setNumber(num: Num, value: number): void {
    this.numbers[num] = value
  }
}
