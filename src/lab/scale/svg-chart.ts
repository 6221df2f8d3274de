/** The chart as SVG: four panels on logarithmic axes; dashed is what a line would be if it grew as the work does. */
import { decades, type Panel, type Point } from './chart.js'

const WIDTH = 420
const HEIGHT = 300
const MARGIN = { left: 62, right: 24, top: 34, bottom: 36 }
const HEAD = 34
/** Dark enough on white, and told apart without colour by their marks too. */
const STYLES = [
  { colour: '#1b6ca8', mark: 'circle' },
  { colour: '#c4501b', mark: 'square' },
  { colour: '#3a7d34', mark: 'diamond' },
] as const

export function svgChart(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2)
  const [width, height] = [2 * WIDTH, HEAD + rows * HEIGHT]
  const drawn = panels.map((panel, i) => drawPanel(panel, (i % 2) * WIDTH, HEAD + Math.floor(i / 2) * HEIGHT))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...legend(panels[0]?.lines.map(({ name }) => name) ?? []),
    ...drawn.flat(),
    '</svg>',
    '',
  ].join('\n')
}

function legend(names: readonly string[]): string[] {
  const entries = names.flatMap((name, i) => {
    const x = MARGIN.left + 70 * i
    return [mark(i, x, 18), `<text x="${x + 10}" y="22">${name}</text>`]
  })
  const x = MARGIN.left + 70 * names.length
  return [
    ...entries,
    `<path d="M${x} 18h28" stroke="#777" stroke-dasharray="4 3"/>`,
    `<text x="${x + 36}" y="22">as the work of a node grows</text>`,
  ]
}

function drawPanel(panel: Panel, left: number, top: number): string[] {
  const sizes = panel.lines[0]?.points.map(({ nodes }) => nodes) ?? []
  const { least, most } = decades(panel)
  const [first, last] = [sizes[0] ?? 1, sizes[sizes.length - 1] ?? 1]
  const [innerWidth, innerHeight] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom]
  const x = (nodes: number): number =>
    left + MARGIN.left + (last === first ? 0.5 : Math.log(nodes / first) / Math.log(last / first)) * innerWidth
  const y = (value: number): number =>
    top + MARGIN.top + (1 - (Math.log10(value) - least) / (most - least)) * innerHeight
  const at = ({ nodes, value }: Point): string => `${round(x(nodes))},${round(y(value))}`
  const path = (points: readonly Point[], style: string): string =>
    `<polyline points="${points.map(at).join(' ')}" fill="none" ${style}/>`
  const out = [`<text x="${left + MARGIN.left}" y="${top + MARGIN.top - 12}" font-weight="bold">${panel.title}</text>`]
  for (let exponent = least; exponent <= most; exponent++) {
    const line = round(y(10 ** exponent))
    out.push(`<path d="M${left + MARGIN.left} ${line}h${innerWidth}" stroke="#ddd"/>`)
    out.push(
      `<text x="${left + MARGIN.left - 8}" y="${line + 4}" text-anchor="end">10<tspan dy="-4" font-size="9">${exponent}</tspan></text>`,
    )
  }
  for (const [i, nodes] of sizes.entries()) {
    const label = i === 0 ? `${nodes} nodes` : nodes
    out.push(
      `<text x="${round(x(nodes))}" y="${top + HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${label}</text>`,
    )
  }
  for (const [i, { points, asWork }] of panel.lines.entries()) {
    const { colour } = styleOf(i)
    out.push(path(asWork, `stroke="${colour}" stroke-dasharray="4 3" opacity="0.6"`))
    out.push(path(points, `stroke="${colour}" stroke-width="2"`))
    for (const { nodes, value } of points) out.push(mark(i, round(x(nodes)), round(y(value))))
  }
  return out
}

function mark(i: number, x: number, y: number): string {
  const { colour, mark: shape } = styleOf(i)
  if (shape === 'circle') return `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`
  const turned = shape === 'diamond' ? ` transform="rotate(45 ${x} ${y})"` : ''
  return `<rect x="${round(x - 3.5)}" y="${round(y - 3.5)}" width="7" height="7" fill="${colour}"${turned}/>`
}

const styleOf = (i: number): (typeof STYLES)[number] => STYLES[i % STYLES.length] as (typeof STYLES)[number]
const round = (n: number): number => Math.round(10 * n) / 10
