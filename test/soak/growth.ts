/** What a process may not gather in the course of a run, judged by its looks at itself. */

/** A look of one process at itself, after a lap. */
export interface Look {
  readonly process: number
  readonly lap: number
  readonly descriptors: number
  readonly threads: number
  /** Resident, bytes. */
  readonly memory: number
  readonly keptIntervals: number
  readonly keptNotices: number
  readonly keptDiffs: number
  readonly keptDiffBytes: number
}

/** What V8 may hold before it collects, bytes: its young generation and what has just become old. */
export const MARGIN_BYTES = 64 * 1024 ** 2
/**
 * What things take in memory beside their bytes: objects, typed arrays with their stores, entries of tables. Measured
 * with a program that only takes a lock and writes a word, where an interval and its diff take 1,480 bytes together.
 */
const INTERVAL_BYTES = 800
const NOTICE_BYTES = 16
const DIFF_BYTES = 700

/** What the protocol keeps, bytes, about. */
export const keptBytes = (look: Look): number =>
  look.keptIntervals * INTERVAL_BYTES +
  look.keptNotices * NOTICE_BYTES +
  look.keptDiffs * DIFF_BYTES +
  look.keptDiffBytes

/** Complaints. The first quarter of the laps is for warming up. */
export function growth(looks: readonly Look[]): string[] {
  const processes = new Set(looks.map(({ process }) => process))
  if (processes.size === 0) return ['nobody has looked']
  return [...processes].flatMap((process) => {
    const own = looks.filter((look) => look.process === process)
    const warm = own[Math.floor(own.length / 4)] as Look
    const last = own.at(-1) as Look
    const complaints: string[] = []
    const complain = (what: string, before: number, after: number): void => {
      complaints.push(
        `process ${process}: ${what} grew from ${before} at lap ${warm.lap} to ${after} at lap ${last.lap}`,
      )
    }
    if (last.descriptors > warm.descriptors) complain('descriptors', warm.descriptors, last.descriptors)
    if (last.threads > warm.threads) complain('threads', warm.threads, last.threads)
    const kept = keptBytes(last) - keptBytes(warm)
    if (last.memory - warm.memory > kept + MARGIN_BYTES) {
      complain(`memory, in which the protocol keeps ${kept} bytes more,`, warm.memory, last.memory)
    }
    return complaints
  })
}
