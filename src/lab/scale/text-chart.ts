/** The chart for a terminal: a letter for each program, `*` where several meet; rows are a fraction of a power of ten. */
import { decades, type Panel } from './chart.js'

const COLUMN = 7
const ROWS_IN_A_DECADE = 3

export function textChart(panel: Panel): string[] {
  const { least, most } = decades(panel)
  const sizes = panel.lines[0]?.points.map(({ nodes }) => nodes) ?? []
  const height = (most - least) * ROWS_IN_A_DECADE
  const grid = Array.from({ length: height + 1 }, () => sizes.map(() => ''))
  for (const { name, points } of panel.lines) {
    for (const [i, { value }] of points.entries()) {
      const cells = grid[height - Math.round((Math.log10(value) - least) * ROWS_IN_A_DECADE)]
      if (cells !== undefined) cells[i] += name.slice(0, 1)
    }
  }
  const rows = grid.map((cells, i) => {
    const above = height - i
    const label = above % ROWS_IN_A_DECADE === 0 ? `10^${least + above / ROWS_IN_A_DECADE}` : ''
    const marks = cells.map((letters) => (letters.length > 1 ? '*' : letters).padStart(COLUMN))
    return `${label.padStart(7)} |${marks.join('')}`.trimEnd()
  })
  const axis = `${' '.repeat(8)}+${'-'.repeat(COLUMN * sizes.length)}`
  const numbers = `${' '.repeat(9)}${sizes.map((nodes) => String(nodes).padStart(COLUMN)).join('')}`
  const names = panel.lines.map(({ name }) => `${name.slice(0, 1)} ${name}`).join(', ')
  return [`${panel.title} (${names})`, ...rows, axis, numbers]
}
