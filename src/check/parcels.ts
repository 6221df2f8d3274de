/**
 * Checks plain messages: what a process receives of another is what that one sent it, each once and in order. They
 * order no memory, so nothing of them goes into happened-before.
 */
import { Violation } from './violation.js'

export class Parcels {
  /** What was sent and not received, by sender and receiver. */
  private readonly sent = new Map<string, number[]>()

  sends(proc: number, to: number, value: number): void {
    const queue = this.sent.get(`${proc} ${to}`)
    if (queue === undefined) this.sent.set(`${proc} ${to}`, [value])
    else queue.push(value)
  }

  receives(proc: number, from: number, value: number): void {
    const expected = this.sent.get(`${from} ${proc}`)?.shift()
    if (value === expected) return
    throw new Violation('wrong message', `process ${proc} received ${value} from process ${from}`, [
      expected === undefined ? 'nothing was on its way to it' : `the next one that was sent is ${expected}`,
    ])
  }
}
