/**
 * A timeline as SVG. Time goes down. Each node is a line, with the bars of the pages at its outer side, then the words
 * of its marks; arrows are messages, their words stand at the sending end. Nothing but the timeline goes in, so the same
 * run gives the same bytes.
 */
import type { NodeId } from '../core/ids.js'
import type { Purpose } from '../core/kinds.js'
import { PageState } from '../core/memory.js'
import { type Arrow, type Bar, type Layout, layOut, marksAtRight, type PlacedMark, type Stretch } from './layout.js'
import { legend } from './legend.js'
import { markShapes, purposeColours, stateColours } from './palette.js'
import { escaped, HATCHED, hatching, round, textWidth } from './svg.js'
import type { Timeline } from './timeline.js'

const ROW = 20
const BAR = 9
const BAR_PITCH = 11
/** From a node's line to its first bar. */
const BAR_GAP = 10
const LEAST_GAP = 130
const MARGIN = 16

export function paint(timeline: Timeline): string {
  const layout = layOut(timeline)
  const places = new Places(layout)
  const key = legend(layout, places.width - 2 * MARGIN)
  places.top = MARGIN + 28 + key.height + 34
  const height = places.y(layout.end) + 24
  const width = Math.max(places.width, key.width + 2 * MARGIN, textWidth(layout.title, 15) + 2 * MARGIN)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<defs>${hatching(stateColours[PageState.CLEAN], stateColours[PageState.DIRTY])}</defs>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="bold">${escaped(layout.title)}</text>`,
    `<g transform="translate(${MARGIN} ${MARGIN + 28})">`,
    ...key.lines,
    '</g>',
    ...Array.from({ length: layout.nodes }, (_, node) => head(node as NodeId, layout, places)).flat(),
    ...layout.bars.map((bar) => drawBar(bar, layout, places)),
    ...layout.arrows.map((arrow) => drawArrow(arrow, places)),
    ...layout.marks.map((mark) => drawMark(mark, places)),
    // Words come last: their pale edge keeps them readable across arrows.
    '<g paint-order="stroke" stroke="white" stroke-width="3" stroke-linejoin="round">',
    ...layout.arrows.map((arrow) => arrowText(arrow, places)),
    ...layout.marks.map((mark) => markText(mark, places)),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** Where everything stands, px. */
class Places {
  /** Of row 0. */
  top = 0
  readonly width: number
  private readonly lines: number[] = []
  private readonly barsWidth: number

  constructor(private readonly layout: Layout) {
    const { nodes, pages, arrows, marks } = layout
    this.barsWidth = pages.length === 0 ? 8 : BAR_GAP + pages.length * BAR_PITCH
    // Gap i lies left of node i, the last one right of all; the bars of a node are in the gap of its marks.
    const gaps = Array.from({ length: nodes + 1 }, (_, i): number => (i === 0 || i === nodes ? 24 : LEAST_GAP))
    const widen = (gap: number, width: number): void => {
      gaps[gap] = Math.max(gaps[gap] ?? 0, Math.ceil(width))
    }
    for (let node = 0; node < nodes; node++) widen(this.markGap(node as NodeId), this.barsWidth + 60)
    for (const { node, text } of marks) widen(this.markGap(node), this.barsWidth + textWidth(text) + 20)
    for (const { from, to, text } of arrows) {
      const gap = to > from ? from + 1 : from
      const bars = gap === this.markGap(from) ? this.barsWidth : 0
      widen(gap, bars + textWidth(text) + 30 + this.barsBehind(gap, from))
    }
    let x = MARGIN
    for (let node = 0; node < nodes; node++) {
      x += gaps[node] as number
      this.lines.push(x)
    }
    this.width = x + (gaps[nodes] as number) + MARGIN
  }

  x(node: NodeId): number {
    return this.lines[node] as number
  }

  y(row: number): number {
    return this.top + row * ROW
  }

  /** -1 when a node's bars and marks are on the left, else 1. */
  side(node: NodeId): number {
    return marksAtRight(node, this.layout.nodes) ? 1 : -1
  }

  /** The left edge of a bar. */
  barX(node: NodeId, index: number): number {
    const at = BAR_GAP + index * BAR_PITCH
    return this.side(node) > 0 ? this.x(node) + at : this.x(node) - at - BAR
  }

  /** Where words begin that leave a node's line to one side, behind bars that are there. */
  wordsX(node: NodeId, side: number): number {
    const bars = side === this.side(node) ? this.barsWidth : 0
    return this.x(node) + side * (bars + 7)
  }

  private markGap(node: NodeId): number {
    return this.side(node) > 0 ? node + 1 : node
  }

  /** Room that the bars of the other node beside the gap take. */
  private barsBehind(gap: number, node: NodeId): number {
    const other = (gap === node ? node - 1 : node + 1) as NodeId
    return other >= 0 && other < this.layout.nodes && this.markGap(other) === gap ? this.barsWidth : 0
  }
}

function head(node: NodeId, { threads, pages, end }: Layout, places: Places): string[] {
  const x = places.x(node)
  const first = node * threads
  const name = threads === 1 ? `node ${node}` : `node ${node}: processes ${first} to ${first + threads - 1}`
  const [anchor, shift] = places.side(node) > 0 ? ['end', 6] : ['start', -6]
  const names = pages.map((page, i) => {
    const at = places.barX(node, i) + BAR / 2 + 3
    const y = places.y(0) - 5
    return `<text x="${at}" y="${y}" font-size="9" fill="#555" transform="rotate(-90 ${at} ${y})">p${page}</text>`
  })
  return [
    `<text x="${x + shift}" y="${places.y(0) - 12}" font-size="12" font-weight="bold" text-anchor="${anchor}">${name}</text>`,
    `<path d="M${x} ${places.y(0) - 6}V${places.y(end) + 4}" stroke="#333" stroke-width="1.5"/>`,
    ...names,
  ]
}

function drawBar({ node, page, stretches }: Bar, { pages }: Layout, places: Places): string {
  const x = places.barX(node, pages.indexOf(page))
  return stretches.map((stretch) => drawStretch(node, page, stretch, x, places)).join('')
}

function drawStretch(node: NodeId, page: number, { state, sure, from, to }: Stretch, x: number, places: Places) {
  const y = places.y(from)
  const fill = sure ? stateColours[state] : `url(#${HATCHED})`
  const name = sure ? PageState[state] : 'CLEAN, and DIRTY from some moment on'
  return (
    `<rect x="${x}" y="${y}" width="${BAR}" height="${places.y(to) - y}" fill="${fill}">` +
    `<title>page ${page} on node ${node}: ${name}</title></rect>`
  )
}

/** How far a message gets in the drawing that did not arrive. */
const LOST = 0.4

function drawArrow({ from, to, sent, received, purpose, text }: Arrow, places: Places): string {
  const [x1, y1] = [places.x(from), places.y(sent)]
  const reach = received === undefined ? LOST : 1
  const x2 = x1 + (places.x(to) - x1) * reach
  const y2 = places.y(received ?? sent + 1)
  const fate = received === undefined ? ', which has not arrived' : ''
  const title = `<title>node ${from} → node ${to}: ${escaped(text)}${fate}</title>`
  const colour = purposeColours[purpose]
  const line = `M${x1} ${y1}L${round(x2)} ${y2}`
  if (received === undefined) {
    const cross = `M${round(x2 - 4)} ${y2 - 4}l8 8m0 -8l-8 8`
    return `<path d="${line}${cross}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="5 3">${title}</path>`
  }
  return `<path d="${line}" stroke="${colour}" stroke-width="1.5">${title}</path>${tip(x1, y1, x2, y2, colour)}`
}

function tip(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  const length = Math.hypot(x2 - x1, y2 - y1)
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length]
  const corner = (side: number): string =>
    `${round(x2 - 9 * dx - side * 3.5 * dy)} ${round(y2 - 9 * dy + side * 3.5 * dx)}`
  return `<path d="M${round(x2)} ${y2}L${corner(1)}L${corner(-1)}z" fill="${colour}"/>`
}

function arrowText({ from, to, sent, purpose, text }: Arrow, places: Places): string {
  const side = to > from ? 1 : -1
  return words(places.wordsX(from, side), places.y(sent) - 3, side, text, inkOf(purpose))
}

function drawMark({ node, row, mark, text }: PlacedMark, places: Places): string {
  const title = `<title>node ${node} ${escaped(text)}</title>`
  return `<g transform="translate(${places.x(node)} ${places.y(row)})">${title}${markShapes[mark]}</g>`
}

function markText({ node, row, mark, text }: PlacedMark, places: Places): string {
  const side = places.side(node)
  return words(places.wordsX(node, side), places.y(row) + 4, side, text, mark === 'fault' ? '#a50d39' : '#222')
}

const inkOf = (purpose: Purpose): string => purposeColours[purpose]

function words(x: number, y: number, side: number, text: string, colour: string): string {
  const anchor = side > 0 ? 'start' : 'end'
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${escaped(text)}</text>`
}
