/**
 * What is drawn, apart from how: a panel for each quantity, in each a line for each program, everything per node
 * and on logarithmic axes, so that a straight line is a power of the number of nodes and a level one is as it
 * should be. Beside each line stands where it would go if it grew as the work does.
 */
import { type Measurement, quantityNames, total } from './measure.js'

export interface Point {
  readonly nodes: number
  readonly value: number
}

export interface Line {
  readonly name: string
  readonly points: readonly Point[]
  /** From the same first point on, as the work of a node grows. */
  readonly asWork: readonly Point[]
}

export interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
}

/** `runs`: by program, and in each by growing number of nodes. */
export function panels(runs: readonly (readonly Measurement[])[]): Panel[] {
  return quantityNames.map((name) => {
    const ofAll = name === 'messages' || name === 'bytes'
    const lines = runs.map((measurements) => {
      const points = measurements.map((one) => ({
        nodes: one.nodes,
        value: total(one, name) / (ofAll ? one.nodes : 1),
      }))
      const first = measurements[0] as Measurement
      const asWork = measurements.map(({ nodes, work }) => ({
        nodes,
        value: ((points[0]?.value ?? 0) * (work / nodes)) / (first.work / first.nodes),
      }))
      return { name: first.program, points, asWork }
    })
    return { title: titles[name], lines }
  })
}

const titles = {
  messages: 'messages per node',
  bytes: 'bytes per node',
  'largest queue': 'largest queue, bytes',
  'memory per node': 'protocol memory per node, bytes',
} as const

/** Powers of ten that hold all values, the lines for comparison included. */
export function decades({ lines }: Panel): { readonly least: number; readonly most: number } {
  const values = lines.flatMap(({ points, asWork }) => [...points, ...asWork].map(({ value }) => value))
  const logs = values.filter((value) => value > 0).map(Math.log10)
  const least = Math.floor(Math.min(...logs))
  return { least, most: Math.max(least + 1, Math.ceil(Math.max(...logs))) }
}
