/**
 * The comparison as a chart: for each measure a group of bars, one for each protocol, as a multiple of the first that ended
 * well. Beside each bar stand the number itself and the multiple. A bar that is longer than the panel is broken; where the
 * first has nothing, there is no multiple, and a bar only says that there is something.
 */
import { grouped, shownName } from '../cli/text-table.js'
import { measures } from './measures.js'
import type { Result } from './result.js'

const NAMES = 130
const PANEL = 380
const NUMBERS = 190
const TOP = 66
const LINE = 16
const GAP = 12
/** Of a letter, on the average; it decides how much room words get, not how they look. */
const LETTER = 6.5
/** Characters of the title. */
const MAX_TITLE = 85
/** Multiples that the panel shows, at least and at most. */
const LEAST = 1.25
const MOST = 5
const COLOURS = ['#1b6ca8', '#c4501b', '#3b8e3b', '#7d4fa3', '#a88a1b', '#555', '#c0417a']

export function chart(title: string, results: readonly Result[]): string {
  const shown = results.flatMap(({ protocol, exitCode, statistics }, i) =>
    exitCode === 0 && statistics !== undefined
      ? [{ protocol, statistics, colour: COLOURS[i % COLOURS.length] as string }]
      : [],
  )
  const groups = measures.map(({ title: name, of, shown: written }) => {
    const first = shown[0] === undefined ? 0 : of(shown[0].statistics)
    const bars = shown.map(({ statistics, colour }) => {
      const value = of(statistics)
      return { colour, text: written(value), value, multiple: first === 0 ? undefined : value / first }
    })
    return { name, bars }
  })
  const multiples = groups.flatMap(({ bars }) => bars.map(({ multiple }) => multiple ?? 0))
  const most = Math.min(MOST, Math.max(LEAST, ...multiples))
  const groupHeight = shown.length * LINE + GAP
  const bottom = TOP + groups.length * groupHeight
  const entries = legend(results, shown)
  const [width, height] = [Math.max(NAMES + PANEL + NUMBERS, entries.end), bottom + 30]
  const one = round(NAMES + PANEL / most)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="10" y="20" font-size="13" font-weight="bold">${escaped(shownName(title, MAX_TITLE))}</text>`,
    ...entries.drawn,
    `<path d="M${one} ${TOP - 6}V${bottom - 4}" stroke="#999" stroke-dasharray="3 3"/>`,
    ...groups.flatMap(({ name, bars }, g) => {
      const top = TOP + g * groupHeight
      return [
        `<text x="${NAMES - 10}" y="${round(top + (bars.length * LINE) / 2 + 4)}" text-anchor="end">${name}</text>`,
        ...bars.flatMap((bar, i) => drawn(bar, top + i * LINE, most)),
      ]
    }),
    `<path d="M${NAMES} ${TOP - 6}V${bottom - 4}" stroke="#555"/>`,
    ...(shown[0] === undefined
      ? []
      : [`<text x="${one}" y="${bottom + 12}" text-anchor="middle">1 × ${shown[0].protocol}</text>`]),
    '</svg>',
    '',
  ].join('\n')
}

interface Bar {
  readonly colour: string
  readonly value: number
  readonly text: string
  /** Of the first; undefined when that has nothing. */
  readonly multiple: number | undefined
}

function drawn({ colour, value, text, multiple }: Bar, top: number, most: number): string[] {
  const wanted = multiple ?? (value === 0 ? 0 : Number.POSITIVE_INFINITY)
  const length = (Math.min(wanted, most) / most) * PANEL
  const end = NAMES + Math.max(value === 0 ? 0 : 1, length)
  const beside = multiple === undefined ? text : `${text}  (${factor(multiple)} ×)`
  const out = [
    `<rect x="${NAMES}" y="${top + 1}" width="${round(end - NAMES)}" height="${LINE - 3}" fill="${colour}"/>`,
    // With a white rim, for where the line at 1 passes.
    `<text x="${round(end + 6)}" y="${top + LINE - 4}" stroke="white" stroke-width="3" paint-order="stroke">${beside}</text>`,
  ]
  // Two white strokes across: it goes on beyond the panel.
  if (wanted > most)
    for (const x of [end - 24, end - 18])
      out.push(`<path d="M${round(x)} ${top + LINE}l5 ${-LINE}" stroke="white" stroke-width="2"/>`)
  return out
}

interface Shown {
  readonly protocol: string
  readonly colour: string
}

/** A colour for each protocol that has bars, and a word for each that has none; `end` is how wide that is. */
function legend(results: readonly Result[], shown: readonly Shown[]): { drawn: string[]; end: number } {
  let end = 10
  const drawn = results.flatMap(({ protocol }) => {
    const colour = shown.find((one) => one.protocol === protocol)?.colour
    const words = colour === undefined ? `${protocol} failed` : protocol
    const x = end
    end = Math.ceil(x + 17 + words.length * LETTER + 16)
    return colour === undefined
      ? [`<text x="${x}" y="44" fill="#c00">${words}</text>`]
      : [
          `<rect x="${x}" y="34" width="12" height="11" fill="${colour}"/>`,
          `<text x="${x + 17}" y="44">${words}</text>`,
        ]
  })
  return { drawn, end }
}

/** Three digits, and two where it is small: none that is not 0 is to look like it. */
function factor(multiple: number): string {
  if (multiple >= 100) return grouped(Math.round(multiple))
  if (multiple > 0 && multiple < 0.1) return multiple.toPrecision(1)
  return multiple.toFixed(multiple >= 10 ? 1 : 2)
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
const round = (n: number): number => Math.round(10 * n) / 10
