/**
 * A tally is what was counted in some stretch of time: all counters, messages by kind, and what pages cost by
 * allocation. Tallies add up, over nodes and over stretches of time; the difference of two is what came between them.
 */

/** Numbers by name. */
export type Counters = Readonly<Record<string, number>>
/** Counters by the name of what they belong to, which a program may have chosen: any string. */
export type Table = Readonly<Record<string, Counters>>

export interface Tally {
  readonly counters: Counters
  /** By type of message. */
  readonly kinds: Table
  /** By the allocation that a page belongs to. */
  readonly allocations: Table
}

export const noTally: Tally = { counters: {}, kinds: {}, allocations: {} }

export const sumTallies = (tallies: readonly Tally[]): Tally => ({
  counters: sumCounters(tallies.map(({ counters }) => counters)),
  kinds: sumTables(tallies.map(({ kinds }) => kinds)),
  allocations: sumTables(tallies.map(({ allocations }) => allocations)),
})

/** What was counted after `earlier`; without the rows in which nothing was. */
export function tallySince(now: Tally, earlier: Tally): Tally {
  const less = (counters: Counters): Counters => mapValues(counters, (value) => -value)
  const { counters, kinds, allocations } = sumTallies([
    now,
    {
      counters: less(earlier.counters),
      kinds: mapValues(earlier.kinds, less),
      allocations: mapValues(earlier.allocations, less),
    },
  ])
  return { counters, kinds: counted(kinds), allocations: counted(allocations) }
}

export function sumCounters(parts: readonly Counters[]): Counters {
  const sums = new Map<string, number>()
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) sums.set(name, (sums.get(name) ?? 0) + value)
  // fromEntries makes own properties of any name, `__proto__` included.
  return Object.fromEntries(sums)
}

function sumTables(tables: readonly Table[]): Table {
  const rows = new Map<string, Counters[]>()
  for (const table of tables)
    for (const [name, counters] of Object.entries(table)) rows.set(name, [...(rows.get(name) ?? []), counters])
  return Object.fromEntries([...rows].map(([name, parts]) => [name, sumCounters(parts)]))
}

const counted = (table: Table): Table =>
  Object.fromEntries(Object.entries(table).filter(([, row]) => Object.values(row).some((value) => value !== 0)))

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
