/**
 * The chart of the programs: to the left how much faster than the sequential program each version is on each number of
 * processes, to the right how many messages each sends on the largest, on a logarithmic axis, with the papers' number as a
 * mark.
 */
import { spread } from '../verdict.js'
import type { Measured } from './measure.js'
import { published } from './published.js'
import { named } from './tables.js'

const NAMES = 150
const PANEL = 330
const GAP = 70
const TOP = 64
const LINE = 13
const COLOURS = { shared: '#1b6ca8', messages: '#c4501b', papers: '#333' } as const

export function chart(all: readonly Measured[]): string {
  const rows = all.flatMap((one) => one.on.map((on) => ({ one, on })))
  const height = TOP + rows.length * 2 * LINE + all.length * LINE + 30
  const width = NAMES + PANEL + GAP + PANEL + 70
  const most = Math.max(2, ...rows.map(({ on }) => on.nodes))
  const out: string[] = []
  let y = TOP
  for (const one of all) {
    const last = one.on.at(-1)
    for (const on of one.on) {
      const label = on === one.on[0] ? named(one) : ''
      out.push(`<text x="${NAMES - 34}" y="${y + LINE + 3}" text-anchor="end" font-weight="bold">${label}</text>`)
      out.push(`<text x="${NAMES - 8}" y="${y + LINE + 3}" text-anchor="end">${on.nodes}</text>`)
      for (const [i, version] of (['shared', 'messages'] as const).entries()) {
        const speedup = spread(one.sequential).median / spread(on.seconds[version]).median
        out.push(bar(NAMES, y + i * LINE, (speedup / most) * PANEL, COLOURS[version], speedup.toFixed(2)))
        if (on !== last) continue
        const messages = on.counted[version].counters.messages ?? 0
        out.push(bar(NAMES + PANEL + GAP, y + i * LINE, logarithmic(messages), COLOURS[version], String(messages)))
        const paper = on.nodes === 8 ? published[named(one)]?.messages?.[i] : undefined
        if (paper !== undefined) {
          const x = NAMES + PANEL + GAP + logarithmic(paper)
          out.push(`<path d="M${round(x)} ${y + i * LINE - 1}v${LINE}" stroke="${COLOURS.papers}" stroke-width="3"/>`)
        }
      }
      y += 2 * LINE
    }
    y += LINE
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...legend(),
    `<text x="${NAMES}" y="${TOP - 14}">speedup over the sequential program</text>`,
    `<text x="${NAMES + PANEL + GAP}" y="${TOP - 14}">messages of the timed part, on the most processes</text>`,
    ...out,
    '</svg>',
    '',
  ].join('\n')
}

function legend(): string[] {
  const words = { shared: 'shared memory', messages: 'message passing', papers: "the papers' number of messages" }
  return (Object.keys(words) as (keyof typeof words)[]).flatMap((key, i) => [
    `<rect x="${NAMES + 150 * i}" y="12" width="${key === 'papers' ? 3 : 14}" height="11" fill="${COLOURS[key]}"/>`,
    `<text x="${NAMES + 20 + 150 * i}" y="22">${words[key]}</text>`,
  ])
}

const bar = (x: number, y: number, length: number, colour: string, text: string): string =>
  `<rect x="${x}" y="${y + 1}" width="${round(Math.max(1, length))}" height="${LINE - 3}" fill="${colour}"/>` +
  `<text x="${round(x + Math.max(1, length) + 5)}" y="${y + LINE - 3}">${text}</text>`

/** 10 to 1,000,000 messages fill the panel. */
const logarithmic = (messages: number): number => (messages < 1 ? 0 : (Math.log10(messages) / 6) * PANEL)
const round = (n: number): number => Math.round(10 * n) / 10
