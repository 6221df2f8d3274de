/**
 * `--stats-file`: the counters as JSON. That the file can be written is checked before anything is started, since an
 * hour's run whose numbers cannot be kept is an hour lost. It is written beside its place and renamed into it, so a reader
 * sees the old file or the whole new one; devices and pipes, which have no beside, are written directly.
 */
import { accessSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { TreadMarksError } from '../errors.js'
import type { Statistics } from './statistics.js'

export class StatsFile {
  readonly #path: string
  readonly #direct: boolean

  /** Throws a usage error that names the path when it cannot be written. */
  constructor(path: string) {
    try {
      this.#path = target(path)
      const stats = statSync(this.#path, { throwIfNoEntry: false })
      if (stats?.isDirectory()) throw new Error('it is a directory')
      const directory = dirname(this.#path)
      if (!statSync(directory).isDirectory()) throw new Error(`${directory} is not a directory`)
      this.#direct = stats !== undefined && (!stats.isFile() || !writable(directory))
      accessSync(this.#direct ? this.#path : directory, constants.W_OK)
    } catch (error) {
      throw new TreadMarksError('ERR_TM_USAGE', `--stats-file ${path} cannot be written: ${(error as Error).message}`)
    }
  }

  write(statistics: Statistics): void {
    const text = `${JSON.stringify(statistics, null, 2)}\n`
    if (this.#direct) {
      writeFileSync(this.#path, text)
      return
    }
    const beside = `${this.#path}.${process.pid}.tmp`
    try {
      writeFileSync(beside, text)
      renameSync(beside, this.#path)
    } catch (error) {
      rmSync(beside, { force: true })
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
