/**
 * Carries out what a plan does to processes: waits until the run has come to the place, then stops, continues or
 * kills. Only processes of the run are ever signalled, looked up anew each time; one that has gone is let alone.
 */
import { readFileSync } from 'node:fs'
import { pause, type Run } from '../real/run.js'
import type { Log } from './log.js'
import type { Ending, Plan, Strike, Wound } from './plan.js'

export class Strikes {
  private over = false

  constructor(
    private readonly run: Run,
    private readonly plan: Plan,
    private readonly log: Log,
  ) {
    const end = (): void => {
      this.over = true
    }
    run.ended.then(end, end)
  }

  /** Resolves when all has been done that can be. */
  async carryOut(): Promise<void> {
    const { wounds, strikes } = this.plan
    await Promise.all([
      ...wounds.map((wound, i) => this.tend(wound, i)),
      ...strikes.map((strike) => this.strike(strike)),
    ])
  }

  private async tend({ process, round, point, signal, forMs }: Wound, index: number): Promise<void> {
    if ((await this.run.saw(new RegExp(`^${process} wound ${index}$`, 'm'))) === undefined) return
    const words = `process ${process} gave itself ${signal} in round ${round}, ${point}`
    if (signal === 'SIGKILL') return this.log.harm({ what: 'kill', process, signal }, words)
    this.log.note(words)
    // It says so before it does it: to be continued it must stand.
    while (!this.stands(process)) {
      if (this.over) return
      await pause(1)
    }
    await pause(forMs)
    this.signal(process, 'SIGCONT')
  }

  private async strike({ target, when, afterMs, act }: Strike): Promise<void> {
    if (!(await this.come(when))) return
    await pause(afterMs)
    if ('signal' in act) return this.end(target, when.round, act)
    for (let i = 0; i < act.stops && this.signal(target, 'SIGSTOP'); i++) {
      await pause(act.ms)
      this.signal(target, 'SIGCONT')
      await pause(act.ms)
    }
  }

  /** Whom nobody continues must end with the run as well; if it does not end after all, it is continued. */
  private end(target: Strike['target'], round: number, { signal, stopped }: Ending): void {
    const stops = stopped !== undefined && !new RegExp(`^${stopped} done$`, 'm').test(this.run.stdout)
    if (stops) this.signal(stopped, 'SIGSTOP')
    const sent = this.signal(target, signal)
    if (stops && !sent) this.signal(stopped, 'SIGCONT')
    if (!sent) return
    if (target === 'launcher') this.log.harms.push({ what: 'signal to the launcher', signal })
    else this.log.harms.push({ what: 'kill', process: round === 0 ? undefined : target, signal })
  }

  /** Resolves when the run has come that far; false when it never does. */
  private async come({ process, round }: Strike['when']): Promise<boolean> {
    if (round > 0) return (await this.run.saw(new RegExp(`^${process} round ${round} `, 'm'))) !== undefined
    while (this.nodes.length < this.plan.nodes) {
      if (this.over) return false
      await pause(5)
    }
    return true
  }

  /** Process ids in the order in which the launcher starts the nodes. */
  private get nodes(): number[] {
    return this.run.alive().filter((pid) => pid !== this.run.pid)
  }

  /** False when there is no such process any more. */
  private signal(target: number | 'launcher', signal: NodeJS.Signals): boolean {
    const pid = target === 'launcher' ? this.run.pid : this.pidOf(target)
    if (pid === undefined || !this.run.owns(pid)) return false
    try {
      process.kill(pid, signal)
    } catch {
      // It has gone in between.
      return false
    }
    this.log.note(`${signal} to ${target === 'launcher' ? 'the launcher' : `process ${target}`}`)
    return true
  }

  private stands(target: number): boolean {
    try {
      return /\) T/.test(readFileSync(`/proc/${this.pidOf(target)}/stat`, 'latin1'))
    } catch {
      return false
    }
  }

  /** As it has said itself, once it has joined. */
  private pidOf(target: number): number | undefined {
    const said = new RegExp(`^${target} round 1 pid (\\d+)$`, 'm').exec(this.run.stdout)
    return said === null ? this.nodes[target] : Number(said[1])
  }
}
