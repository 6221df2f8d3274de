/**
 * `--stats`: the counters as tables for people. First all counters, for the run and for its nodes; then messages by kind
 * and the cost of pages by allocation, without what was never counted; then the same for the phases of the program. What
 * does not fit is in the statistics file.
 */
import { purposeOf, purposes } from '../core/kinds.js'
import { type Counters, sumCounters, type Table } from '../core/tally.js'
import { type SharedPage, type Sharing, sharings } from './sharing.js'
import type { Statistics } from './statistics.js'
import { counted, grouped, shownName, textTable } from './text-table.js'

/** More columns than these do not fit on a line. */
const MAX_COLUMNS = 8
/** Allocations in one table. */
const MAX_ALLOCATIONS = 20
/** Pages in one table. */
const MAX_PAGES = 10
/** Phases that are told apart by kinds and allocations. */
const MAX_DETAILED = 4

type Row = readonly [name: string, counters: Counters]

export function statsTable(statistics: Statistics): string {
  const { nodes, threads, wallMs, total, perNode, phases } = statistics
  const columns: Row[] = [['total', total]]
  if (nodes > 1 && nodes <= MAX_COLUMNS)
    for (const [node, counters] of perNode.entries()) columns.push([`node ${node}`, counters])
  const size = `${counted(nodes, 'node')}, ${counted(nodes * threads, 'process', 'processes')}`
  const text = `treadmarks: ${size}, ${wallMs.toFixed(1)} ms\n${byCounter(columns)}${details('', statistics)}`
  return Object.keys(phases).length === 0 ? text : text + phaseTables(statistics)
}

function phaseTables({ phases, phaseKinds, phaseAllocations, phasePages, phaseSharing }: Statistics): string {
  const all = Object.entries(phases)
  const columns = all.slice(0, MAX_COLUMNS).map(([name, counters]): Row => [shownName(name), counters])
  const tables = `treadmarks: by phase, all nodes together\n${byCounter(columns)}${more(all.length - MAX_COLUMNS, 'phase')}`
  if (all.length > MAX_DETAILED) return `${tables}  (kinds and allocations of each phase: --stats-file has them)\n`
  const each = all.map(([name]) =>
    details(`phase ${shownName(name)}, `, {
      kinds: phaseKinds[name] ?? {},
      allocations: phaseAllocations[name] ?? {},
      pages: phasePages[name] ?? [],
      sharing: phaseSharing[name] ?? {},
    }),
  )
  return tables + each.join('')
}

type Details = Pick<Statistics, 'kinds' | 'allocations' | 'pages' | 'sharing'>

function details(where: string, { kinds, allocations, pages, sharing }: Details): string {
  const rows = kindRows(kinds)
  const costs = Object.entries(allocations).filter(([, cost]) => Object.values(cost).some((value) => value !== 0))
  const dearest = costs.sort(([, one], [, other]) => faults(other) - faults(one)).slice(0, MAX_ALLOCATIONS)
  const named = dearest.map(([name, cost]): Row => [shownName(name), cost])
  const left = more(costs.length - MAX_ALLOCATIONS, 'allocation')
  return (
    (rows.length === 0 ? '' : `treadmarks: ${where}by kind of message\n${byName('kind', rows)}`) +
    (named.length === 0 ? '' : `treadmarks: ${where}by allocation\n${byName('allocation', named)}${left}`) +
    sharingTables(where, pages, sharing)
  )
}

function sharingTables(where: string, pages: readonly SharedPage[], sharing: Table): string {
  const names = Object.entries(sharing).slice(0, MAX_ALLOCATIONS)
  if (names.length === 0) return ''
  const left = more(Object.keys(sharing).length - MAX_ALLOCATIONS, 'allocation')
  const kinds = names.map(([name, row]) => [
    shownName(name),
    ...sharings.flatMap((one) => [grouped(row[one] ?? 0), grouped(row[`${one}Bytes`] ?? 0)]),
  ])
  const head = ['allocation', ...sharings.flatMap((one) => [sharingWords[one], 'bytes'])]
  const told = pages
    .slice(0, MAX_PAGES)
    .map(({ page, allocation, bytes, transfers, writers, sharing: kind }) => [
      `${page} ${shownName(allocation)}`,
      grouped(transfers),
      grouped(bytes),
      shownName(writers.join(',')),
      sharingWords[kind],
    ])
  return (
    `treadmarks: ${where}pages by who writes them\n${textTable([head, ...kinds])}${left}` +
    (told.length === 0
      ? ''
      : `treadmarks: ${where}pages with the most traffic\n${textTable([['page', 'transfers', 'bytes', 'writers', 'sharing'], ...told])}`)
  )
}

const sharingWords: Readonly<Record<Sharing, string>> = {
  oneWriter: 'one writer',
  falselyShared: 'shared falsely',
  trulyShared: 'shared truly',
}

const faults = ({ readFaults = 0, writeFaults = 0 }: Counters): number => readFaults + writeFaults

/** What messages are for, and below each the kinds of which any were sent. */
function kindRows(kinds: Table): Row[] {
  return purposes.flatMap((purpose) => {
    const ofIt = Object.entries(purposeOf).filter(([, its]) => its === purpose)
    const rows = ofIt.map(([kind]): Row => [`  ${kind}`, kinds[kind] ?? {}])
    const sent = rows.filter(([, { messages = 0 }]) => messages > 0)
    return sent.length === 0 ? [] : [[purpose, sumCounters(sent.map(([, counters]) => counters))], ...sent]
  })
}

/** A line for each counter, a column for each of `columns`. */
function byCounter(columns: readonly Row[]): string {
  const names = [...new Set(columns.flatMap(([, counters]) => Object.keys(counters)))]
  const lines = names.map((name) => [name, ...columns.map(([, counters]) => grouped(counters[name] ?? 0))])
  return textTable([['counter', ...columns.map(([title]) => title)], ...lines])
}

/** A line for each of `rows`, a column for each counter. */
function byName(corner: string, rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(([, counters]) => Object.keys(counters)))]
  const lines = rows.map(([title, counters]) => [title, ...names.map((name) => grouped(counters[name] ?? 0))])
  return textTable([[corner, ...names], ...lines])
}

const more = (number: number, what: string): string =>
  number > 0 ? `  (${counted(number, `more ${what}`)}, which --stats-file has)\n` : ''
