/** What was done to a run, and when: for the judge, who asks what can explain its end, and for the report of a failure. */
import type { How } from './plan.js'

export type Harm =
  /** Before it has said who it is a process is not known by its number. */
  | { readonly what: 'kill'; readonly process: number | undefined; readonly signal: NodeJS.Signals }
  | { readonly what: 'signal to the launcher'; readonly signal: NodeJS.Signals }
  /** A connection was cut, on the side of one node or of both. */
  | { readonly what: 'cut'; readonly nodes: readonly [number, number]; readonly how: How }

export class Log {
  readonly harms: Harm[] = []
  private readonly lines: string[] = []
  private readonly from = performance.now()

  note(what: string): void {
    this.lines.push(`${(performance.now() - this.from).toFixed(0).padStart(6)} ms  ${what}`)
  }

  harm(harm: Harm, words: string): void {
    this.harms.push(harm)
    this.note(words)
  }

  get text(): string {
    return this.lines.join('\n')
  }
}
