/**
 * Plain command-line arguments for the examples. All processes of a run get the same ones, so all of them see
 * the same mistake; process 0 says it and all leave with exit code 2.
 */
import { parseArgs } from 'node:util'
import * as tm from 'treadmarks'

export class UsageError extends Error {}

/** Runs `read`, and ends the program with a short message where the arguments are wrong. */
export function readArguments<T>(usage: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const wrong = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
    if (!wrong) throw error
    if (tm.procId === 0) console.error(`${error.message}\n${usage}`)
    return tm.exit(2)
  }
}

export { parseArgs }

/** How many processes there are, in words. */
export const processes = tm.nprocs === 1 ? '1 process' : `${tm.nprocs} processes`

/** A whole number of at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
    throw new UsageError(`--${option} needs a whole number of at least ${least}, not '${text}'`)
  }
  return value
}
