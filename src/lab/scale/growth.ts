/**
 * How fast a quantity grows with the number of nodes, as the exponent between two sizes: 1 where it doubles with
 * the cluster, 2 where it quadruples. One that grows faster than the work is too much; the cause is sought in the
 * components that have more than the work accounts for, and in their factors, whose exponents add up.
 */
import { amountOf, type Component, type Quantity, type Sample, totalOf } from './quantity.js'

export interface Finding {
  readonly quantity: string
  /** Between the last two sizes. */
  readonly exponent: number
  readonly workExponent: number
  /** The components that make most of the excess, the largest first. */
  readonly causes: readonly Cause[]
}

export interface Cause {
  readonly component: string
  /** Of what the quantity has in excess of the work. */
  readonly share: number
  readonly exponent: number
  readonly factors: readonly { readonly name: string; readonly exponent: number }[]
}

/** A quantity whose exponent is this much larger than that of the work grows faster. */
export const THRESHOLD = 0.1
/** Components with less of the excess are not named. */
const LEAST_SHARE = 0.1

/** Between neighbouring sizes. */
export function exponents({ samples }: Quantity): number[] {
  return samples.slice(1).map((sample, i) => {
    const before = samples[i] as Sample
    return exponent(totalOf(before), totalOf(sample), before.nodes, sample.nodes)
  })
}

/** Undefined when the quantity grows no faster than the work, or was measured on one size only. */
export function faster({ name, samples }: Quantity): Finding | undefined {
  const [a, b] = samples.slice(-2)
  if (a === undefined || b === undefined) return undefined
  const grows = (x: number, y: number): number => exponent(x, y, a.nodes, b.nodes)
  const workExponent = grows(a.work, b.work)
  const found = grows(totalOf(a), totalOf(b))
  if (!(found > workExponent + THRESHOLD)) return undefined
  const excess = excessOf(a, b)
  const all = excess.reduce((sum, one) => sum + one.excess, 0)
  const causes = excess
    .map(({ before, after, excess }) => ({
      component: after.name,
      share: excess / all,
      exponent: grows(amountOf(before), amountOf(after)),
      factors: after.factors.map(({ name, value }, i) => ({
        name,
        exponent: grows(before.factors[i]?.value ?? 0, value),
      })),
    }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((one, other) => other.share - one.share)
  return { quantity: name, exponent: found, workExponent, causes }
}

/** What each component has more than if it had grown as the work did, where that is more. */
function excessOf(a: Sample, b: Sample) {
  return b.components.flatMap((after) => {
    const before = a.components.find(({ name }) => name === after.name) ?? none(after)
    const excess = amountOf(after) - (amountOf(before) * b.work) / a.work
    return excess > 0 ? [{ before, after, excess }] : []
  })
}

const none = ({ name, factors }: Component): Component => ({
  name,
  factors: factors.map((factor) => ({ ...factor, value: 0 })),
})

/** Infinite for what was not there before; not a number for what is not there at all. */
export const exponent = (before: number, after: number, few: number, many: number): number =>
  Math.log(after / before) / Math.log(many / few)
