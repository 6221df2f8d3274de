/**
 * Tables for a terminal: names to the left, numbers to the right, each column as wide as its widest cell. Names come from
 * programs, so what would move a cursor is written as an escape, and long ones are cut.
 */

/** Names longer than this are cut, characters. */
const MAX_NAME = 40

/** `rows` are of equal length; the first is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
  return rows.map((row) => `  ${line(row)}\n`).join('')
}

/** For what else a program has said, too, cut after `most` characters. */
export function shownName(name: string, most: number = MAX_NAME): string {
  const text = name.replace(/\p{C}/gu, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`)
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** 1234567 as 1,234,567; fractions as they are. */
export function grouped(value: number): string {
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ',') : String(value)
}

/** A number of things, in words. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
