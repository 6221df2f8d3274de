/** The results as a table, for the screen and for a Markdown page. */
import { columns, markdownTable } from './columns.js'
import { nameOf } from './rows.js'
import type { Result, Spread } from './verdict.js'

const head = ['operation', 'µs', 'middle half', '×', 'middle half', 'of', 'target', ''] as const

export const table = (results: readonly Result[]): string =>
  columns([[...head], ...results.map(cellsOf)], new Set([1, 2, 3, 4, 6]))

export const markdown = (results: readonly Result[]): string => markdownTable([[...head], ...results.map(cellsOf)])

function cellsOf({ title, time, ratio, beside, target, verdict }: Result): string[] {
  return [
    title,
    microseconds(time.median),
    between(time, microseconds),
    ratio === undefined ? '' : times(ratio.median),
    ratio === undefined ? '' : between(ratio, times),
    beside === undefined ? '' : nameOf(beside),
    target === undefined ? '' : `≤ ${target}${beside === undefined ? ' µs' : ''}`,
    verdict ?? '',
  ]
}

const between = ({ low, high }: Spread, form: (value: number) => string): string => `${form(low)} to ${form(high)}`
const times = (ratio: number): string => ratio.toFixed(2)
const microseconds = (us: number): string => us.toFixed(us < 10 ? 2 : us < 100 ? 1 : 0)
