/**
 * Whether a node is at rest: all its processes wait or have ended, and for a while nothing has happened. It tells so
 * once, with what they wait for, and counts the messages that went and came, so that the launcher, who hears it of
 * all nodes, can tell a deadlock from messages on their way.
 */
import type { Wait } from '../core/wait.js'
import { REST_MS } from '../limits.js'
import type { ProbeOrder, RestReport, StillReport } from './control.js'

export class Rest {
  private turn = 0
  private sent = 0
  private received = 0
  private ended = 0
  /** When the last thing happened, ms; undefined when rest has been told since. */
  private since: number | undefined

  constructor(
    /** Processes of this node. */
    private readonly processes: number,
    private readonly waits: () => readonly Wait[],
    /** Locks that processes of this node hold. */
    private readonly holds: () => readonly number[],
    /** Ms. */
    private readonly clock: () => number,
  ) {}

  /** The core takes an event. */
  turns(what: 'message' | 'ended' | 'other'): void {
    this.turn++
    this.since = this.clock()
    if (what === 'message') this.received++
    if (what === 'ended') this.ended++
  }

  /** A message goes to another node. */
  sends(): void {
    this.sent++
  }

  /** The report, when it is due. A node whose processes compute is asked again after the next event. */
  report(): RestReport | undefined {
    if (this.since === undefined || this.clock() < this.since + REST_MS) return undefined
    this.since = undefined
    const waits = this.waits()
    if (waits.length + this.ended < this.processes) return undefined
    return {
      type: 'rest',
      turn: this.turn,
      sent: this.sent,
      received: this.received,
      waits: waits.map(({ proc, what, lock }) => ({ process: proc, what, lock })),
      holds: this.holds(),
    }
  }

  /** The answer to a probe, if nothing has happened since the report it is about. */
  answer({ turn, wave }: ProbeOrder): StillReport | undefined {
    return turn === this.turn ? { type: 'still', wave } : undefined
  }
}
