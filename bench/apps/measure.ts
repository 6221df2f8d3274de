/**
 * Measures one program: rounds in which its sequential version and both parallel ones on each number of processes take
 * turns, and one run more of each in which messages are counted. All results are compared with the sequential one.
 */
import type { Result, Version } from '../../apps/lib/app.js'
import type { Case } from './catalog.js'
import { type Counted, countTogether, type Run, runAlone, runTogether } from './run-app.js'

type Parallel = Exclude<Version, 'sequential'>

export interface OnNodes {
  readonly nodes: number
  /** Seconds of the timed part, by round. */
  readonly seconds: Readonly<Record<Parallel, readonly number[]>>
  readonly counted: Readonly<Record<Parallel, Counted>>
}

export interface Measured {
  readonly app: string
  readonly preset: string
  /** Seconds of the sequential program, by round. */
  readonly sequential: readonly number[]
  readonly on: readonly OnNodes[]
  /** Numbers of processes that cannot work on it, and why. */
  readonly unfit: readonly string[]
  /** Results that are not the sequential one. */
  readonly wrong: readonly string[]
}

export interface Amount {
  readonly nodes: readonly number[]
  readonly rounds: number
  /** Whether the run that counts is the one that is timed, too. */
  readonly quick: boolean
}

export async function measure(one: Case, amount: Amount, progress: (what: string) => void): Promise<Measured> {
  const nodes = amount.nodes.filter((count) => one.unfit(count) === undefined)
  const wrong: string[] = []
  let expected: Result | undefined
  const compared = (run: Run, what: string): Run => {
    expected ??= run.result
    wrong.push(...differences(expected, run.result, one.bound).map((difference) => `${what}: ${difference}`))
    return run
  }
  progress('sequential')
  const sequential = [compared(await runAlone(one), 'sequential').seconds]
  const on = new Map(nodes.map((count) => [count, empty()]))
  for (let round = 0; round < amount.rounds; round++) {
    if (round > 0) sequential.push(compared(await runAlone(one), 'sequential').seconds)
    for (const [count, { seconds, counted }] of on) {
      // Whoever goes first changes, so that a drift of the machine falls on both.
      const versions: Parallel[] = round % 2 === 0 ? ['shared', 'messages'] : ['messages', 'shared']
      for (const version of versions) {
        const what = `${version} on ${count}`
        progress(`${what}, round ${round + 1} of ${amount.rounds}`)
        if (round === 0) {
          const run = await countTogether(one, version, count)
          counted[version] = run.counted
          compared(run, what)
          if (amount.quick) seconds[version].push(run.seconds)
        }
        if (!amount.quick) seconds[version].push(compared(await runTogether(one, version, count), what).seconds)
      }
    }
  }
  return {
    app: one.app,
    preset: one.preset,
    sequential,
    on: [...on].map(([count, { seconds, counted }]) => ({
      nodes: count,
      seconds,
      counted: counted as Record<Parallel, Counted>,
    })),
    unfit: amount.nodes.flatMap((count) => one.unfit(count) ?? []),
    wrong,
  }
}

interface Gathered {
  readonly seconds: Record<Parallel, number[]>
  readonly counted: Partial<Record<Parallel, Counted>>
}
const empty = (): Gathered => ({ seconds: { shared: [], messages: [] }, counted: {} })

/** In words; none when they agree. */
export function differences(expected: Result, found: Result, bound: number | undefined): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...names].flatMap((name) => {
    const [was, is] = [expected[name], found[name]]
    if (was === is) return []
    const near = typeof was === 'number' && typeof is === 'number' && bound !== undefined
    if (near && Math.abs(is - was) <= bound * Math.max(Math.abs(was), Math.abs(is))) return []
    return [`${name} is ${is}, sequentially ${was}`]
  })
}
