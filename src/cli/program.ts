/**
 * The program file of a run: found, checked and made absolute before anything is started, so that a mistyped path is one
 * message and not one from every node.
 */
import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { TreadMarksError } from '../errors.js'

/** What the nodes can import. */
export const programExtensions: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/** Absolute path of the program, or a typed error that says what is wrong with it. */
export function findProgram(path: string): string {
  const absolute = resolve(path)
  let stats: Stats
  try {
    stats = statSync(absolute)
  } catch (error) {
    const near = programExtensions.find((extension) => existsSync(absolute + extension))
    const hint = near === undefined ? '' : `; did you mean ${path}${near}?`
    throw refused(`program ${path} ${isMissing(error) ? 'does not exist' : `cannot be read: ${reason(error)}`}${hint}`)
  }
  if (stats.isDirectory()) throw refused(`program ${path} is a directory`)
  if (!stats.isFile()) throw refused(`program ${path} is not a regular file`)
  const extension = extname(absolute)
  if (!programExtensions.includes(extension)) {
    const found = extension === '' ? 'no extension' : `the extension ${extension}`
    throw refused(`program ${path} has ${found}; supported are ${programExtensions.join(', ')}`)
  }
  try {
    accessSync(absolute, constants.R_OK)
  } catch (error) {
    throw refused(`program ${path} cannot be read: ${reason(error)}`)
  }
  return absolute
}

function refused(message: string): TreadMarksError {
  return new TreadMarksError('ERR_TM_PROGRAM_NOT_FOUND', message)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
