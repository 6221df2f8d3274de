/**
 * Signals to the comparison, and the end of the npm that started it. The run that is going on is told, by its process and
 * no other, and ends its nodes; none is begun after it.
 */
import { watchNpm } from '../cli/npm.js'
import type { Trial, TrialEnd } from './trial.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interruption {
  /** The first one; undefined as long as nobody has interrupted. */
  signal: NodeJS.Signals | undefined
  /** Resolves at an interruption while no run goes on: then only a reader holds us up. */
  readonly whileIdle: Promise<void>
  #tellIdle: () => void = () => {}
  #trial: Trial | undefined
  readonly #say: (message: string) => void
  readonly #stopWatching: () => void

  constructor(say: (message: string) => void) {
    this.#say = say
    this.whileIdle = new Promise((resolve) => {
      this.#tellIdle = resolve
    })
    for (const signal of signals) process.on(signal, this.#listener)
    process.on('exit', this.#atExit)
    this.#stopWatching = watchNpm(process.env, () => this.#interrupt('SIGHUP', 'npm, which has started this, has gone'))
  }

  /** Resolves with its end; until then it is interrupted with us. */
  async during(trial: Trial): Promise<TrialEnd> {
    this.#trial = trial
    const end = await trial.over
    this.#trial = undefined
    return end
  }

  stop(): void {
    for (const signal of signals) process.removeListener(signal, this.#listener)
    process.removeListener('exit', this.#atExit)
    this.#stopWatching()
  }

  readonly #listener = (signal: NodeJS.Signals): void => this.#interrupt(signal, signal)
  /** Should we crash, the run comes along. */
  readonly #atExit = (): void => this.#trial?.interrupt('SIGTERM')

  #interrupt(signal: NodeJS.Signals, why: string): void {
    if (this.signal === undefined) this.#say(`treadmarks: interrupted (${why})\n`)
    this.signal ??= signal
    // The launcher of the run takes a second signal for impatience, and kills; as it does for a run alone.
    if (this.#trial === undefined) this.#tellIdle()
    else this.#trial.interrupt(signal)
  }
}
