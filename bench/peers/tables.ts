/**
 * What was measured, as two tables: the time of each system, and ours with shared memory as a multiple of the others'.
 */
import { type Spread, spread } from '../verdict.js'
import type { Measured } from './measure.js'
import { OURS, type System } from './systems.js'

export type Cells = readonly (readonly string[])[]

/** Milliseconds: the median of the rounds and their middle half. */
export const timeTable = (all: readonly Measured[], systems: readonly System[]): Cells =>
  tableOf(all, systems, (seconds, name) => {
    const times = seconds.get(name)
    return times === undefined
      ? ''
      : inWords(
          times.map((time) => 1000 * time),
          milliseconds,
        )
  })

/** Formed round by round, because a slow minute of the machine slows both. */
export const ratioTable = (all: readonly Measured[], systems: readonly System[]): Cells =>
  tableOf(
    all,
    systems.filter(({ name }) => name !== OURS),
    (seconds, name) => {
      const [ours, theirs] = [seconds.get(OURS), seconds.get(name)]
      if (ours === undefined || theirs === undefined) return ''
      return inWords(
        ours.map((time, round) => time / (theirs[round] as number)),
        ratio,
      )
    },
  )

function tableOf(
  all: readonly Measured[],
  systems: readonly System[],
  cell: (seconds: ReadonlyMap<string, readonly number[]>, name: string) => string,
): Cells {
  const head = ['program', 'processes', ...systems.map(({ title }) => title)]
  const rows = all.flatMap(({ app, preset, on }) =>
    on.map(({ nodes, seconds }) => [
      `${app} ${preset}`,
      String(nodes),
      ...systems.map(({ name }) => cell(seconds, name)),
    ]),
  )
  return [head, ...rows]
}

/** Of less than three rounds there is no middle half. */
function inWords(values: readonly number[], form: (value: number) => string): string {
  const { low, median, high }: Spread = spread(values)
  return values.length < 3 ? form(median) : `${form(median)} (${form(low)} to ${form(high)})`
}

const ratio = (value: number): string => value.toFixed(2)
const milliseconds = (ms: number): string => ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)
