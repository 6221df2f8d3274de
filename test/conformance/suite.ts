/**
 * The rules of the suite: each candidate has an entry, each property that an entry does not skip holds, and each that it
 * skips fails, so that no skip outlives its reason. What comes out is a list of complaints, each with what to do.
 */
import { AssertionError } from 'node:assert'
import { Violation } from '../../src/check/violation.js'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import type { Property } from './property.js'
import type { Skips } from './protocols.js'

const ENTRIES = 'test/conformance/protocols.ts'

/** Undefined when the protocol has the property, else what was seen instead. Throws what is neither: a crash. */
export function failureOf({ experiment }: Property, protocol: CoherenceFactory): string | undefined {
  try {
    experiment(protocol)
    return undefined
  } catch (error) {
    if (error instanceof AssertionError) return error.message
    if (error instanceof Violation) return [error.message, ...error.details].join('\n  ')
    throw error
  }
}

/** What is wrong with one property of one candidate. */
export function complaint(
  name: string,
  protocol: CoherenceFactory,
  property: Property,
  skips: Skips,
): string | undefined {
  const failure = failureOf(property, protocol)
  const skipped = Object.hasOwn(skips, property.name)
  if (skipped && failure === undefined)
    return `${name} skips '${property.name}', and has it: take the line out of its entry in ${ENTRIES}`
  if (!skipped && failure !== undefined)
    return `${name} does not have '${property.name}': ${failure}\nEither that is a mistake, or its entry in ${ENTRIES} says why it must be so`
  return undefined
}

/** What is wrong with the entries themselves. */
export function entryComplaints(
  candidates: readonly string[],
  entries: Readonly<Record<string, Skips>>,
  properties: readonly Property[],
): string[] {
  const known = new Set(properties.map(({ name }) => name))
  const missing = candidates
    .filter((name) => !Object.hasOwn(entries, name))
    .map(
      (name) =>
        `${name} has no entry: write \`'${name}': {}\` into ${ENTRIES}, run \`node scripts/test.mjs test/conformance\`, ` +
        'and give a reason for each property that it cannot have by its nature; then `npm run conformance -- --rewrite`',
    )
  const wrong = Object.entries(entries).flatMap(([name, skips]) => {
    if (!candidates.includes(name)) return [`${ENTRIES} has an entry for ${name}, which is no protocol`]
    return Object.entries(skips).flatMap(([skipped, why]) => {
      if (!known.has(skipped))
        return [`${name} skips '${skipped}', which is no property: correct its name in ${ENTRIES}`]
      return /^[A-Z].{20,}\.$/.test(why) ? [] : [`${name} skips '${skipped}' without a reason: say it in a sentence`]
    })
  })
  return [...missing, ...wrong]
}
