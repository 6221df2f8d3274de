/**
 * A value that a program has passed, as messages about it show it: strings in quotes and big integers with their `n`,
 * for '1' is no integer and looks like one; of objects the class. Never throws, whatever the value is.
 */
import { inspect } from 'node:util'

export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return inspect(value, { maxStringLength: 64 })
  return classOf(value) ?? 'an object'
}

/** Undefined when it has none, or does not tell. */
export function classOf(value: object): string | undefined {
  try {
    const name: unknown = value.constructor?.name
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}
