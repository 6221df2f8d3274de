/**
 * `--stats-file`: the counters as JSON. That the file can be written is tried before anything is started, since an hour's
 * run whose numbers cannot be kept is an hour lost. It is written beside its place and renamed into it, so a reader sees the
 * old file or the whole new one; devices and pipes, which have no beside, are written directly.
 */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { TreadMarksError } from '../errors.js'
import type { Statistics } from './statistics.js'

export class StatsFile {
  readonly #path: string
  /** Where it is written first; undefined when it is written directly. */
  readonly #beside: string | undefined

  /** Throws a usage error that names the path when it cannot be written. */
  constructor(path: string) {
    try {
      this.#path = target(path)
      const stats = statSync(this.#path, { throwIfNoEntry: false })
      if (stats?.isDirectory()) throw new Error('it is a directory')
      const direct = stats !== undefined && (!stats.isFile() || !writable(dirname(this.#path)))
      this.#beside = direct ? undefined : `${this.#path}.${process.pid}.tmp`
      // Trying is the only sure way to know. Without O_NONBLOCK a pipe would wait here for its reader.
      if (this.#beside === undefined) closeSync(openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK))
      else {
        writeFileSync(this.#beside, '')
        rmSync(this.#beside)
      }
    } catch (error) {
      throw new TreadMarksError('ERR_TM_USAGE', `--stats-file ${path} cannot be written: ${(error as Error).message}`)
    }
  }

  write(statistics: Statistics): void {
    const text = `${JSON.stringify(statistics, null, 2)}\n`
    if (this.#beside === undefined) {
      writeFileSync(this.#path, text)
      return
    }
    try {
      writeFileSync(this.#beside, text)
      renameSync(this.#beside, this.#path)
    } catch (error) {
      rmSync(this.#beside, { force: true })
      throw error
    }
  }
}

/** Where a symbolic link points to: renaming must replace the file, not the link. */
function target(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function writable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
