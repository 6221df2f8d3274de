/** The programs of apps/, in the order of the papers, and which of their presets are measured. */
import { barnes } from '../../apps/barnes/barnes.js'
import { ep } from '../../apps/ep/ep.js'
import { fft } from '../../apps/fft/fft.js'
import { gauss } from '../../apps/gauss/gauss.js'
import { is } from '../../apps/is/is.js'
import { jacobi } from '../../apps/jacobi/jacobi.js'
import type { App, Problem } from '../../apps/lib/app.js'
import { pagerank } from '../../apps/pagerank/pagerank.js'
import { quicksort } from '../../apps/quicksort/quicksort.js'
import { sor } from '../../apps/sor/sor.js'
import { tsp } from '../../apps/tsp/tsp.js'
import { water } from '../../apps/water/water.js'

/** A program and a size of it. */
export interface Case {
  readonly app: string
  readonly preset: string
  /** Results agree to this relative bound; undefined for bit by bit. */
  readonly bound: number | undefined
  /** Why so many processes cannot work on it; undefined when they can. */
  unfit(processes: number): string | undefined
}

const QUICK = 'quick'

const casesOf = <P extends Problem>(app: App<P>): Case[] =>
  Object.entries(app.presets).map(([preset, problem]) => ({
    app: app.name,
    preset,
    bound: app.bound,
    unfit: (processes) => app.unfit(problem, processes),
  }))

const all: readonly Case[] = [
  ...casesOf(ep),
  ...casesOf(sor),
  ...casesOf(jacobi),
  ...casesOf(is),
  ...casesOf(tsp),
  ...casesOf(quicksort),
  ...casesOf(water),
  ...casesOf(barnes),
  ...casesOf(fft),
  ...casesOf(gauss),
  ...casesOf(pagerank),
]

export const nameOf = ({ app, preset }: Case): string => `${app} ${preset}`

/** Small sizes of all programs, or the papers' sizes. */
export const cases = (quick: boolean): readonly Case[] => all.filter(({ preset }) => (preset === QUICK) === quick)

/** Names of programs, or of one size of a program: `sor`, or `sor/zero`. Throws what to say of an unknown one. */
export function chosen(names: readonly string[], quick: boolean): readonly Case[] {
  return names.flatMap((name) => {
    const [app, preset] = name.split('/')
    const found = all.filter((one) => one.app === app && (preset === undefined || one.preset === preset))
    if (found.length === 0) {
      const known = [...new Set(all.map((one) => (one.app === app ? `${one.app}/${one.preset}` : one.app)))]
      throw new Error(`there is no ${name}; known are ${known.join(', ')}`)
    }
    return preset === undefined ? found.filter((one) => (one.preset === QUICK) === quick) : found
  })
}
