/**
 * A time limit that counts only time in which this process runs. A plain timer would fire at once when a job stopped with
 * Ctrl-Z is continued, although the nodes were stopped as well; here each tick counts for its nominal length at most.
 */

const TICKS = 50

export class Patience {
  #timer: NodeJS.Timeout | undefined

  /** Calls `exhausted` once, after about `ms`, unless it is stopped before. */
  constructor(ms: number, exhausted: () => void) {
    let left = TICKS
    this.#timer = setInterval(() => {
      if (--left > 0) return
      this.stop()
      exhausted()
    }, ms / TICKS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
