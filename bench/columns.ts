/** Rows of cells as lines: in columns for a screen, or as a table of Markdown. The first row is the head. */

/** `numbers`: columns that stand to the right. */
export function columns(rows: readonly (readonly string[])[], numbers: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        numbers.has(column) ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

export function markdownTable(rows: readonly (readonly string[])[], numbers: ReadonlySet<number> = new Set()): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = head.map((_, column) => (numbers.has(column) ? '---:' : '---'))
  return [line(head), line(rule), ...body.map(line)].join('\n')
}
