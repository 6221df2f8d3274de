/** What colours and shapes mean, of those only that the diagram has, in as many lines as its width asks for. */
import { purposes } from '../core/kinds.js'
import { PageState } from '../core/memory.js'
import type { Layout } from './layout.js'
import { markNames, markShapes, purposeColours, stateColours } from './palette.js'
import { escaped, HATCHED, textWidth } from './svg.js'
import { markTypes } from './timeline.js'

export interface Legend {
  readonly lines: readonly string[]
  readonly width: number
  readonly height: number
}

interface Entry {
  /** Drawn around (8, 0), 16 wide. */
  readonly sample: string
  readonly text: string
}

const LINE = 18
const SAMPLE = 22
const APART = 16

/** The title of each group stands before its entries. */
export function legend(layout: Layout, width: number): Legend {
  const groups: [title: string, entries: Entry[]][] = [
    ['pages', stateEntries(layout)],
    ['messages', arrowEntries(layout)],
    ['events', markEntries(layout)],
  ]
  const room = Math.max(width, 420)
  const lines: string[] = []
  let [row, widest] = [0, 0]
  for (const [title, entries] of groups) {
    if (entries.length === 0) continue
    let x = textWidth('messages') + APART
    lines.push(`<text x="0" y="${row * LINE + 4}" font-weight="bold">${title}</text>`)
    for (const { sample, text } of entries) {
      const wide = SAMPLE + textWidth(text)
      if (x + wide > room) {
        row++
        x = textWidth('messages') + APART
      }
      lines.push(
        `<g transform="translate(${x} ${row * LINE})">${sample}<text x="${SAMPLE}" y="4">${escaped(text)}</text></g>`,
      )
      x += wide + APART
      widest = Math.max(widest, x)
    }
    row++
  }
  return { lines, width: widest, height: row * LINE }
}

const states = Object.keys(stateColours).map(Number) as PageState[]

function stateEntries({ bars, pages, pagesLeftOut }: Layout): Entry[] {
  const stretches = bars.flatMap((bar) => [...bar.stretches])
  const sample = (fill: string): string => `<rect x="3" y="-6" width="12" height="12" fill="${fill}"/>`
  const entries = states
    .filter((state) => stretches.some((stretch) => stretch.sure && stretch.state === state))
    .map((state) => ({ sample: sample(stateColours[state]), text: PageState[state] as string }))
  if (stretches.some(({ sure }) => !sure))
    entries.push({ sample: sample(`url(#${HATCHED})`), text: 'CLEAN, then DIRTY: when is not recorded' })
  if (pagesLeftOut > 0) entries.push({ sample: '', text: `(${pages.length} of ${pages.length + pagesLeftOut} pages)` })
  return entries
}

function arrowEntries({ arrows }: Layout): Entry[] {
  const entries = purposes
    .filter((purpose) => arrows.some((arrow) => arrow.purpose === purpose))
    .map((purpose) => {
      const colour = purposeColours[purpose]
      const sample = `<path d="M0 0H12" stroke="${colour}" stroke-width="1.5"/><path d="M17 0L9 -3.5V3.5z" fill="${colour}"/>`
      return { sample, text: purpose as string }
    })
  if (arrows.some(({ received }) => received === undefined))
    entries.push({ sample: LOST, text: 'still on its way at the end' })
  return entries
}

const LOST =
  '<path d="M0 0H14M10 -4l8 8m0 -8l-8 8" fill="none" stroke="#777" stroke-width="1.5" stroke-dasharray="5 3"/>'

const markEntries = ({ marks }: Layout): Entry[] =>
  markTypes
    .filter((type) => marks.some(({ mark }) => mark === type))
    .map((type) => ({ sample: `<g transform="translate(9 0)">${markShapes[type]}</g>`, text: markNames[type] }))
