/**
 * `--record`: the directory into which the nodes of a run record. That it can be used is found out before anything
 * is started. It must be empty, so that all recordings in it are of one run; a missing one is made.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TreadMarksError } from '../errors.js'

/** Its absolute path. Throws a usage error that names it when it cannot be used. */
export function recordFolder(path: string): string {
  try {
    const folder = resolve(path)
    // Not recursively: below /proc Node would try for ever.
    if (!existsSync(folder)) mkdirSync(folder)
    if (!statSync(folder).isDirectory()) throw new Error('it is a file; give a directory')
    const [first] = readdirSync(folder)
    if (first !== undefined) throw new Error(`it is not empty, it has ${first}; give a new directory`)
    // Trying is the only sure way to know.
    rmdirSync(mkdtempSync(join(folder, 'try-')))
    return folder
  } catch (error) {
    throw new TreadMarksError('ERR_TM_USAGE', `--record ${path} cannot be used: ${(error as Error).message}`)
  }
}
