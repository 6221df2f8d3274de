/**
 * The results as a chart: each operation as a multiple of its floor, on a logarithmic axis; the bar ends at the median,
 * the line spans the middle half of the rounds, and a mark shows the target.
 */
import type { Result } from './verdict.js'

const LEFT = 300
const WIDTH = 860
const ROW = 24
const TOP = 40
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]

export function chart(results: readonly Result[]): string {
  const bars = results.filter((result) => result.ratio !== undefined)
  const height = TOP + ROW * bars.length + 34
  const most = Math.max(2, ...bars.map(({ ratio }) => ratio?.high ?? 0)) * 1.2
  const least = Math.min(0.5, ...bars.map(({ ratio }) => ratio?.low ?? 1)) / 1.2
  const x = (ratio: number): number =>
    Math.round(LEFT + (Math.log(ratio / least) / Math.log(most / least)) * (WIDTH - LEFT - 70))
  const bottom = TOP + ROW * bars.length
  const ticks = TICKS.filter((tick) => tick >= least && tick <= most).flatMap((tick) => [
    `<path d="M${x(tick)} ${TOP - 6}V${bottom}" stroke="${tick === 1 ? '#555' : '#ddd'}"/>`,
    `<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick} ×</text>`,
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="10" y="20" font-weight="bold">Operations as a multiple of their floor or peer; the red mark is the target</text>`,
    ...ticks,
    ...bars.flatMap((result, i) => bar(result, TOP + ROW * i, x)),
    '</svg>',
    '',
  ].join('\n')
}

function bar({ title, ratio, target }: Result, top: number, x: (ratio: number) => number): string[] {
  if (ratio === undefined) return []
  const [from, to] = [Math.min(x(1), x(ratio.median)), Math.max(x(1), x(ratio.median))]
  const middle = top + ROW / 2
  const out = [
    `<text x="${LEFT - 12}" y="${middle + 4}" text-anchor="end">${title}</text>`,
    `<rect x="${from}" y="${top + 5}" width="${Math.max(2, to - from)}" height="${ROW - 10}" fill="#1b6ca8"/>`,
    `<path d="M${x(ratio.low)} ${middle}H${x(ratio.high)}" stroke="#c4501b" stroke-width="2"/>`,
    `<text x="${Math.max(to, x(ratio.high)) + 8}" y="${middle + 4}">${ratio.median.toFixed(2)}</text>`,
  ]
  if (target !== undefined) out.push(`<path d="M${x(target)} ${top + 2}v${ROW - 4}" stroke="#c00" stroke-width="3"/>`)
  return out
}
