/**
 * Threads that work together on a `SharedArrayBuffer`: who they are, a barrier and a lock, both made of `Atomics`. Who
 * waits looks for a moment whether it is over, and then sleeps.
 */

/** Numbers that several threads change lie on cache lines of their own. */
const LINE = 16
const [ARRIVED, GENERATION, LOCK] = [0, LINE, 2 * LINE]
/** What a team needs of a SharedArrayBuffer. */
export const TEAM_BYTES = 3 * LINE * Int32Array.BYTES_PER_ELEMENT

/** States of the lock. */
const [FREE, HELD, WANTED] = [0, 1, 2]

/** Looks before a thread sleeps: some microseconds, less than going to sleep and being woken. */
const LOOKS = 2000

export class Team {
  constructor(
    readonly id: number,
    readonly count: number,
    private readonly words: Int32Array,
    /** Whether each thread can have a processor: if not, who looks keeps from it the one that it waits for. */
    private readonly roomy: boolean,
  ) {}

  /** The last to arrive begins a new generation, which the others wait for. */
  barrier(): void {
    const { words, count } = this
    // Not too late: no generation begins before this thread has arrived.
    const generation = Atomics.load(words, GENERATION)
    if (Atomics.add(words, ARRIVED, 1) === count - 1) {
      Atomics.store(words, ARRIVED, 0)
      Atomics.add(words, GENERATION, 1)
      Atomics.notify(words, GENERATION)
      return
    }
    for (let looks = this.roomy ? LOOKS : 0; looks > 0; looks--) {
      if (Atomics.load(words, GENERATION) !== generation) return
    }
    while (Atomics.load(words, GENERATION) === generation) Atomics.wait(words, GENERATION, generation)
  }

  withLock(work: () => void): void {
    this.acquire()
    try {
      work()
    } finally {
      // Nobody sleeps without having marked the lock as wanted.
      if (Atomics.exchange(this.words, LOCK, FREE) === WANTED) Atomics.notify(this.words, LOCK, 1)
    }
  }

  /** Seconds that `work` takes, until the last thread has done its part. */
  timed(work: () => void): number {
    this.barrier()
    const began = performance.now()
    work()
    this.barrier()
    return (performance.now() - began) / 1000
  }

  private acquire(): void {
    for (let looks = this.roomy ? LOOKS : 1; looks > 0; looks--) {
      if (Atomics.compareExchange(this.words, LOCK, FREE, HELD) === FREE) return
    }
    // Held as WANTED from here on, because others may sleep beside this one.
    while (Atomics.exchange(this.words, LOCK, WANTED) !== FREE) Atomics.wait(this.words, LOCK, WANTED)
  }
}
