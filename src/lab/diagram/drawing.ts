/** The diagram of a simulated run as a file. That it can be written is tried before the run. */
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { paint } from '../../diagram/paint.js'
import { usage } from '../command-line.js'
import type { Film } from './film.js'

export class Drawing {
  /** Throws a usage error that names the path when it cannot be written. */
  constructor(
    private readonly path: string,
    readonly film: Film,
  ) {
    try {
      const isNew = !existsSync(path)
      closeSync(openSync(path, 'a'))
      if (isNew) rmSync(path)
    } catch (error) {
      throw usage(`--diagram ${path} cannot be written: ${(error as Error).message}`)
    }
  }

  /** Throws ERR_TM_DIAGRAM when the run was too long to be drawn. */
  keep(): void {
    writeFileSync(this.path, paint(this.film.timeline()))
    console.log(`drawn in ${this.path}`)
  }
}
