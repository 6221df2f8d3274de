/** The table of kill rates, a row for each mutant, for people and for docs/mutants.md. */
import type { Hunt } from './hunt.js'

const columns = [
  { title: 'mutant', width: 34 },
  { title: 'file', width: 30 },
  { title: 'shows as', width: 19 },
  { title: 'found by', width: 12 },
  { title: 'kill rate', width: 14 },
  { title: 'seeds for 99.9 %', width: 16 },
] as const

export const head = (): string[] => [
  row(columns.map(({ title }) => title)),
  row(columns.map(({ width }) => '-'.repeat(width))),
]

/** `sample`: seeds by which the rate is told. */
export function rowOf(hunt: Hunt): string {
  const { mutant, foundBy, failed, run } = hunt
  const rate = run === 0 ? 0 : failed.length / run
  const shown = run === 0 ? '–' : `${percent(rate)} of ${run}`
  if (mutant === undefined) return row(['(the code as it is)', '', kindsOf(hunt), foundBy ?? '–', shown, ''])
  return row([mutant.name, mutant.file, kindsOf(hunt), (foundBy ?? 'NOBODY').replace(/:.*/, ''), shown, seedsFor(rate)])
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell, i) => cell.padEnd(columns[i]?.width ?? 0)).join(' | ')} |`

/** The one that was seen most often first. */
const kindsOf = ({ kinds }: Hunt): string =>
  [...kinds]
    .sort(([, a], [, b]) => b - a)
    .map(([kind]) => kind)
    .join(', ') || '–'

const percent = (rate: number): string =>
  `${rate < 0.1 && rate > 0 ? (100 * rate).toFixed(1) : Math.round(100 * rate)} %`

/** After how many seeds one has failed with a probability of 99.9 %, if the rate is what it seems. */
const seedsFor = (rate: number): string =>
  rate === 0 ? '–' : rate === 1 ? '1' : String(Math.ceil(Math.log(0.001) / Math.log(1 - rate)))
