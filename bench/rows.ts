/** What the bench measures, row by row: each beside its floor or peer, with the target it has, if it has one. */

export interface Row {
  /** Name of the measurement. */
  readonly name: string
  readonly title: string
  /** The measurement it is compared with, by name; a row without one is told in microseconds alone. */
  readonly beside: string | undefined
  /** At most so many times the floor; or so many microseconds where there is no floor. */
  readonly target: number | undefined
}

/** The measurements that rows are compared with, in words. */
export const floors: Readonly<Record<string, string>> = {
  'tcp-8': 'blocking TCP, 8 bytes out and 8 back',
  'tcp-4096': 'blocking TCP, 8 bytes out and 4 KiB back',
  'handoff-8': 'the same by service threads, 8 and 8',
  'handoff-4096': 'the same by service threads, 8 and 4 KiB',
  trap: 'bare trap, copy and mprotect',
  'sor-halves': 'SOR: two independent halves',
  'sor-sequential': 'SOR: plain sequential program',
}

const row = (name: string, title: string, beside?: string, target?: number): Row => ({ name, title, beside, target })

export const rows: readonly Row[] = [
  row('write-fault', 'local write fault', 'trap', 1.5),
  row('miss', 'miss, one writer', 'handoff-4096', 2),
  row('miss-cold', 'miss, one writer, the first 300 of a run', 'handoff-4096'),
  row('miss-two-writers', 'miss, two writers', 'handoff-4096'),
  row('miss-computing', 'miss while the writer computes', 'miss', 1.5),
  row('miss-row', 'miss of 1,000 pages in a row, per page', 'handoff-4096'),
  row('false-sharing', 'false sharing of 100 pages, per page', 'tcp-4096', 6),
  row('dirty-page', 'dirty page at a barrier'),
  row('lock-local', 'lock re-acquired locally, and released', undefined, 1),
  row('lock-manager', 'lock from its manager', 'handoff-8'),
  row('lock-by-way', 'lock by way of the manager', 'handoff-8'),
  row('lock-alternating', 'lock whose owners alternate', 'handoff-8'),
  row('barrier-2', 'barrier of 2', 'handoff-8', 2),
  row('barrier-4', 'barrier of 4', 'handoff-8'),
  row('barrier-8', 'barrier of 8', 'handoff-8'),
  row('sor-2', 'SOR on 2, an iteration', 'sor-halves'),
  row('sor-1', 'SOR with -n 1, an iteration', 'sor-sequential'),
]

export const nameOf = (measurement: string): string =>
  floors[measurement] ?? rows.find(({ name }) => name === measurement)?.title ?? measurement
