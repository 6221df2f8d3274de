/**
 * What was measured, as text: a row for each size, under it how fast each column grows; then what grows faster
 * than the work, and why; and what the bytes of the largest cluster are.
 */
import { causeOf } from './causes.js'
import { type Cause, exponent, exponents, type Finding, faster } from './growth.js'
import { type Measurement, quantityNames, total } from './measure.js'
import type { ScaleProgram } from './programs.js'
import { amountOf, type Quantity, totalOf } from './quantity.js'

const columns = [
  { title: 'nodes', width: 9 },
  { title: 'loads and stores', width: 18 },
  { title: 'messages', width: 11 },
  { title: 'bytes', width: 14 },
  { title: 'largest queue', width: 15 },
  { title: 'memory per node', width: 17 },
  { title: 'busiest sends', width: 15 },
] as const

export const heading = ({ name, about }: ScaleProgram): string[] => [
  `${name}: ${about}`,
  row(columns.map(({ title }) => title)),
]

export const rowOf = (measurement: Measurement): string =>
  row([
    String(measurement.nodes),
    whole(measurement.work),
    ...quantityNames.map((name) => whole(total(measurement, name))),
    percent(measurement.busiest),
  ])

/** How each column grows, a row for each pair of neighbouring sizes. */
export function growthRows(measurements: readonly Measurement[]): string[] {
  const grow = [workOf(measurements), ...quantitiesOf(measurements)].map(exponents)
  return measurements.slice(1).map(({ nodes }, i) => {
    const sizes = `${measurements[i]?.nodes}-${nodes}`
    return row([sizes, ...grow.map((found) => power(found[i] as number))])
  })
}

/** What grows faster than the work of the program, and the components that make it so. */
export function findings(measurements: readonly Measurement[]): string[] {
  return quantitiesOf(measurements).flatMap((quantity) => {
    const finding = faster(quantity)
    return finding === undefined
      ? []
      : [`${measurements[0]?.program}: ${sentence(finding)}`, ...finding.causes.flatMap(reason)]
  })
}

/** What the bytes of the largest cluster are: parts that make a hundredth or more, the largest first, and how each grew. */
export function breakdown(measurements: readonly Measurement[]): string[] {
  const [before, last] = measurements.slice(-2).map(({ samples }) => samples.bytes)
  if (before === undefined || last === undefined) return []
  const all = totalOf(last)
  return last.components
    .map((component) => ({ component, bytes: amountOf(component) }))
    .filter(({ bytes }) => bytes >= all / 100)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ component: { name, factors }, bytes }) => {
      const [messages, each, size] = factors.map(({ value }) => value) as [number, number, number]
      const old = before.components.find((one) => one.name === name)
      const growth = power(exponent(old === undefined ? 0 : amountOf(old), bytes, before.nodes, last.nodes))
      const product = `${whole(messages)} × ${short(each)} × ${short(size)} bytes`
      return `  ${percent(bytes / all).padStart(5)} ${name.padEnd(22)} ${product.padEnd(34)} ${growth}`
    })
}

export const quantitiesOf = (measurements: readonly Measurement[]): Quantity[] =>
  quantityNames.map((name) => ({ name, samples: measurements.map(({ samples }) => samples[name]) }))

const sentence = (finding: Finding): string =>
  `${finding.quantity} ${power(finding.exponent)}, the work ${power(finding.workExponent)}`

function reason({ component, share, factors, ...cause }: Cause): string[] {
  // A factor that stays as it is explains nothing.
  const growing = factors.filter((factor) => Math.abs(factor.exponent) >= 0.005)
  const product = growing.map((factor) => `${factor.name} ${power(factor.exponent)}`).join(' × ')
  const why = causeOf(component)
  return [
    `  ${percent(share).padStart(5)} of what is too much: ${component} ${power(cause.exponent)} = ${product}`,
    ...(why === undefined ? [] : [`        ${why}`]),
  ]
}

/** The work itself, as a quantity. */
const workOf = (measurements: readonly Measurement[]): Quantity => ({
  name: 'work',
  samples: measurements.map(({ nodes, work }) => ({
    nodes,
    work,
    components: [{ name: 'work', factors: [{ name: 'loads and stores', value: work }] }],
  })),
})

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padStart(columns[i]?.width ?? 0))
    .join('')
    .trimEnd()

const whole = (n: number): string => Math.round(n).toLocaleString('en-US')
const short = (n: number): string => (n >= 100 || Number.isInteger(n) ? whole(n) : n.toFixed(1))
const percent = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`
const power = (exponent: number): string => (Number.isFinite(exponent) ? `n^${exponent.toFixed(2)}` : '–')
