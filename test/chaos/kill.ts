/**
 * One kill: a small program on three nodes, of which a random one is killed at a random moment, from the first
 * milliseconds of its life on. The run must end with one typed message that names who was killed, and leave nothing
 * behind: no process, no file. How long it took is told, and judged by those who ask for it.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Random } from '../../src/sim/random.js'
import { described, directory, type Outcome, pause, Run, type Scope } from '../real/run.js'

const victim = fileURLToPath(new URL('victim.mjs', import.meta.url))
const NODES = 3
/** The moment is drawn from this time after the first node is there, ms: to start and to join takes about half of it. */
const LATEST_MS = 1_500
/** The program goes on for longer, ms. */
const LASTS_MS = 20_000

export interface Killed {
  readonly node: number
  /** From the first node's start to the kill, ms. */
  readonly afterMs: number
  /** From the kill to the end of the launcher, ms. */
  readonly endedMs: number
}

/** Rejects with all there is to know when the end was another than it should be. */
export async function kill(seed: number): Promise<Killed> {
  const cleanUps: (() => void)[] = []
  try {
    return await carryOut({ after: (cleanUp) => void cleanUps.unshift(cleanUp) }, seed)
  } finally {
    for (const cleanUp of cleanUps) cleanUp()
  }
}

async function carryOut(t: Scope, seed: number): Promise<Killed> {
  const random = new Random(seed, 7)
  const node = random.below(NODES)
  const afterMs = random.below(LATEST_MS)
  const where = directory(t)
  const shared = readdirSync('/dev/shm').length
  const text = readFileSync(victim, 'utf8')
  const run = new Run(t, text, { nodes: NODES, directory: where, args: [String(LASTS_MS)] })
  let over = false
  const end = (): void => {
    over = true
  }
  run.ended.then(end, end)
  const nodes = async (least: number): Promise<number[]> => {
    for (;;) {
      if (over) throw new Error(`kill with seed ${seed}: the run ended before its time\n${described(await run.ended)}`)
      const pids = run.alive().filter((pid) => pid !== run.pid)
      if (pids.length >= least) return pids
      await pause(1)
    }
  }
  await nodes(1)
  await pause(afterMs)
  run.kill((await nodes(NODES))[node] as number, 'SIGKILL')
  const outcome = await run.ended
  try {
    check(outcome)
    const left = readdirSync(where).filter((name) => !['program.mjs', 'stats.json'].includes(name))
    assert.deepEqual(left, [], 'files are left')
    assert.ok(readdirSync('/dev/shm').length <= shared, 'shared memory is left')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`kill with seed ${seed}: node ${node} after ${afterMs} ms: ${why}\n${described(outcome)}`)
  }
  return { node, afterMs, endedMs: outcome.ms }
}

function check({ code, stdout, stderr }: Outcome): void {
  assert.equal(code, 137)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    // While nodes connect, one that dies half way through is a stranger to the other.
    /^(treadmarks: node \d refused a connection: .*\n)*treadmarks: process (\d) \(node \2\): killed by SIGKILL( before it joined the run)?\n {2}ERR_TM_NODE_LOST: .+\n$/,
  )
}
