/**
 * The comparison as a chart: for each measure a group of bars, one for each protocol, as a multiple of the first that ended
 * well. Beside each bar stand the number itself and the multiple. A bar that is longer than the panel is broken; where the
 * first has nothing, there is no multiple, and a bar only says that there is something.
 */
import { measures } from './measures.js'
import type { Result } from './result.js'

const NAMES = 130
const PANEL = 380
const NUMBERS = 190
const TOP = 66
const LINE = 16
const GAP = 12
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
  const [width, height] = [NAMES + PANEL + NUMBERS, bottom + 30]
  const failed = results.filter(({ exitCode }) => exitCode !== 0).map(({ protocol }) => `${protocol} failed`)
  const one = round(NAMES + PANEL / most)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="10" y="20" font-size="13" font-weight="bold">${escaped(title)}</text>`,
    ...legend(shown, failed),
    ...groups.flatMap(({ name, bars }, g) => {
      const top = TOP + g * groupHeight
      return [
        `<text x="${NAMES - 10}" y="${round(top + (bars.length * LINE) / 2 + 4)}" text-anchor="end">${name}</text>`,
        ...bars.flatMap((bar, i) => drawn(bar, top + i * LINE, most)),
      ]
    }),
    `<path d="M${NAMES} ${TOP - 6}V${bottom - 4}" stroke="#555"/>`,
    `<path d="M${one} ${TOP - 6}V${bottom - 4}" stroke="#555" stroke-dasharray="3 3"/>`,
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
    `<text x="${round(end + 6)}" y="${top + LINE - 4}">${beside}</text>`,
  ]
  // Two white strokes across: it goes on beyond the panel.
  if (wanted > most)
    for (const x of [end - 24, end - 18])
      out.push(`<path d="M${round(x)} ${top + LINE}l5 ${-LINE}" stroke="white" stroke-width="2"/>`)
  return out
}

function legend(shown: readonly { readonly protocol: string; readonly colour: string }[], failed: string[]): string[] {
  const step = 125
  return [
    ...shown.flatMap(({ protocol, colour }, i) => [
      `<rect x="${10 + step * i}" y="34" width="12" height="11" fill="${colour}"/>`,
      `<text x="${27 + step * i}" y="44">${protocol}</text>`,
    ]),
    ...failed.map((text, i) => `<text x="${10 + step * (shown.length + i)}" y="44" fill="#c00">${text}</text>`),
  ]
}

const factor = (multiple: number): string =>
  multiple >= 100 ? String(Math.round(multiple)) : multiple.toFixed(multiple >= 10 ? 1 : 2)
const escaped = (text: string): string => text.replace(/\p{C}/gu, ' ').replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
const round = (n: number): number => Math.round(10 * n) / 10
