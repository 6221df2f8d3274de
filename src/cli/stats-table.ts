/**
 * `--stats`: the counters as a table for people. Rows are counters; columns are the total and, as long as they fit on a
 * line, the nodes; the phases of the program follow as a table of their own.
 */
import type { Counters } from '../core/tally.js'
import type { Statistics } from './statistics.js'

/** More columns than these do not fit on a line. */
const MAX_COLUMNS = 8

export function statsTable(statistics: Statistics): string {
  const { nodes, threads, wallMs, total, perNode } = statistics
  const columns: [string, Counters][] = [['total', total]]
  if (nodes > 1 && nodes <= MAX_COLUMNS)
    for (const [node, counters] of perNode.entries()) columns.push([`node ${node}`, counters])
  const size = `${count(nodes, 'node')}, ${count(nodes * threads, 'process', 'processes')}`
  let text = `treadmarks: ${size}, ${wallMs.toFixed(1)} ms\n${table('counter', columns)}`
  const phases = Object.entries(statistics.phases)
  const left = phases.length - MAX_COLUMNS
  if (phases.length > 0)
    text += `treadmarks: by phase, all nodes together\n${table('counter', phases.slice(0, MAX_COLUMNS))}`
  if (left > 0) text += `  (${count(left, 'more phase')}, which --stats-file has)\n`
  return text
}

function table(corner: string, columns: readonly (readonly [string, Counters])[]): string {
  const names = [...new Set(columns.flatMap(([, counters]) => Object.keys(counters)))]
  const cells = [
    pad([corner, ...names], 'right'),
    ...columns.map(([title, counters]) => pad([title, ...names.map((name) => grouped(counters[name] ?? 0))], 'left')),
  ]
  return ['', ...names].map((_, row) => `  ${cells.map((column) => column[row]).join('  ')}\n`).join('')
}

/** The cells of a column, all as wide as the widest, with the space on the given side. */
function pad(cells: readonly string[], side: 'left' | 'right'): string[] {
  const width = Math.max(...cells.map((cell) => cell.length))
  return cells.map((cell) => (side === 'left' ? cell.padStart(width) : cell.padEnd(width)))
}

/** 1234567 as 1,234,567; fractions as they are. */
function grouped(value: number): string {
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ',') : String(value)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
