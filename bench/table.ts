/** The results as a table, for the screen and for a Markdown page. */
import { nameOf } from './rows.js'
import type { Result, Spread } from './verdict.js'

const heads = ['operation', 'µs', 'middle half', '×', 'middle half', 'of', 'target', ''] as const

export function table(results: readonly Result[]): string {
  const cells = [[...heads], ...results.map(cellsOf)]
  const widths = heads.map((_, column) => Math.max(...cells.map((line) => (line[column] as string).length)))
  const numbers = new Set([1, 2, 3, 4, 6])
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        numbers.has(column) ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd()
  return cells.map(line).join('\n')
}

export function markdown(results: readonly Result[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...results.map((result) => line(cellsOf(result)))].join('\n')
}

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
