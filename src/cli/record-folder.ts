/**
 * `--record`: the directory into which the nodes of a run record. That it can be used is found out before anything
 * is started. It must be empty, so that all recordings in it are of one run; a missing one is made.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TreadMarksError } from '../errors.js'

/** Its absolute path, or a usage error that names it and says what is wrong. */
export function recordFolder(path: string): string {
  const folder = resolve(path)
  let wrong: string | undefined
  try {
    mkdirSync(folder, { recursive: true })
    const [first] = readdirSync(folder)
    if (first !== undefined) wrong = `is not empty: it has ${first}; give a new directory, or empty this one`
    // Trying is the only sure way to know.
    else rmdirSync(mkdtempSync(join(folder, 'try-')))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    wrong = code === 'EEXIST' ? 'is a file; give a directory' : `cannot be used: ${(error as Error).message}`
  }
  if (wrong !== undefined) throw new TreadMarksError('ERR_TM_USAGE', `--record ${path} ${wrong}`)
  return folder
}
