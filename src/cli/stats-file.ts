/** `--stats-file`: the counters of a run as JSON, into a file that was tried before the run. */
import { STATS_MS } from '../limits.js'
import { OutputFile } from './output-file.js'
import type { Statistics } from './statistics.js'

export class StatsFile {
  readonly #file: OutputFile

  /** Throws a usage error that names the path when it cannot be written. `patienceMs` is for a reader that does not read. */
  constructor(path: string, patienceMs: number = STATS_MS) {
    this.#file = new OutputFile('--stats-file', path, patienceMs)
  }

  /** Into a file it is done at once; a pipe or device may take its time. */
  write(statistics: Statistics): Promise<void> | void {
    return this.#file.write(`${JSON.stringify(statistics, null, 2)}\n`)
  }
}
