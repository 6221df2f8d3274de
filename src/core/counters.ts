/**
 * What a node counts. One Float64Array per writer (no sharing, so no atomics); a total is the sum of the
 * rows. The names are those of the statistics file. Those that begin with `kept` say what is there: they also fall.
 */
export const counterNames = [
  'messages',
  'bytes',
  'readFaults',
  'writeFaults',
  'pagesFetched',
  'invalidations',
  'twins',
  'diffsCreated',
  'diffsApplied',
  'diffBytes',
  'lockAcquires',
  'remoteLockAcquires',
  'barriers',
  'intervals',
  'writeNotices',
  'garbageCollections',
  'keptIntervals',
  'keptNotices',
  'keptDiffs',
  'keptDiffBytes',
] as const

export type CounterName = (typeof counterNames)[number]
export type CounterRow = Float64Array

/** Index of each counter in a row. */
export const C = Object.fromEntries(counterNames.map((name, i) => [name, i])) as Record<CounterName, number>

export const counterRow = (): CounterRow => new Float64Array(counterNames.length)

export function count(row: CounterRow, counter: CounterName, by = 1): void {
  const i = C[counter]
  row[i] = (row[i] as number) + by
}

/** The sum of rows, by name. */
export function totals(rows: readonly CounterRow[]): Record<CounterName, number> {
  const of = (i: number): number => rows.reduce((total, row) => total + (row[i] as number), 0)
  return Object.fromEntries(counterNames.map((name, i) => [name, of(i)])) as Record<CounterName, number>
}
