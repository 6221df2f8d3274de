/**
 * Measures one program in all systems and on each number of processes. In each round all take turns, and who goes first
 * changes, so that a drift of the machine falls on all. All digests are compared with the first.
 */
import type { Case } from '../apps/catalog.js'
import type { System } from './systems.js'

export interface OnNodes {
  readonly nodes: number
  /** Seconds of the timed part by round, by name of the system; nothing of a system that failed. */
  readonly seconds: ReadonlyMap<string, readonly number[]>
}

export interface Measured {
  readonly app: string
  readonly preset: string
  readonly on: readonly OnNodes[]
  /** Why a number of processes is left out. */
  readonly unfit: readonly string[]
  /** Runs that failed, and digests that are not the first one. */
  readonly wrong: readonly string[]
}

interface Turn {
  readonly nodes: number
  readonly system: System
  readonly seconds: number[]
  failed: boolean
}

export async function measure(
  one: Case,
  systems: readonly System[],
  nodes: readonly number[],
  rounds: number,
  progress: (what: string) => void,
): Promise<Measured> {
  const fit = nodes.filter((count) => one.unfit(count) === undefined)
  const turns = fit.flatMap((count) =>
    systems.map((system): Turn => ({ nodes: count, system, seconds: [], failed: false })),
  )
  const wrong: string[] = []
  let expected: number | string | undefined
  for (let round = 0; round < rounds; round++) {
    for (const turn of turned(turns, round)) {
      if (turn.failed) continue
      const what = `${turn.system.title} on ${turn.nodes}`
      progress(`${what}, round ${round + 1} of ${rounds}`)
      try {
        const { seconds, result } = await turn.system.run(one, turn.nodes)
        turn.seconds.push(seconds)
        expected ??= result.digest
        if (result.digest === expected) continue
        wrong.push(`${what}: the digest is ${result.digest}, of the first run ${expected}`)
      } catch (error) {
        // The others may still be compared; this one is left out from here on.
        turn.failed = true
        wrong.push(`${what}: ${(error as Error).message.trim()}`)
      }
    }
  }
  const on = fit.map((count) => ({ nodes: count, seconds: secondsOf(turns.filter((turn) => turn.nodes === count)) }))
  return { app: one.app, preset: one.preset, on, unfit: nodes.flatMap((count) => one.unfit(count) ?? []), wrong }
}

/** An odd round goes the other way round, and each begins elsewhere. */
export function turned<T>(list: readonly T[], round: number): readonly T[] {
  const from = (round * 3) % Math.max(1, list.length)
  const turned = [...list.slice(from), ...list.slice(0, from)]
  return round % 2 === 0 ? turned : turned.reverse()
}

const secondsOf = (turns: readonly Turn[]): OnNodes['seconds'] =>
  new Map(turns.flatMap(({ system, seconds, failed }) => (failed ? [] : [[system.name, seconds]])))
