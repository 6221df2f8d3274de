/**
 * The frame of a peer with `worker_threads`: the main thread reads the command line and starts a worker for each
 * process that ours would have; all run the same work on the same memory, and what the first of them found out is
 * printed as a line of JSON. `node --import tsx bench/peers/sor-threads.ts THREADS [--preset NAME] …`
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type App, choose, Mistake, type Problem, type Result, usageOf } from '../../apps/lib/app.js'
import { TEAM_BYTES, Team } from './team.js'

export interface Outcome {
  readonly seconds: number
  readonly result: Result
}

/** What a worker is told. */
interface Told<P extends Problem> {
  /** A URL. */
  readonly program: string
  readonly id: number
  readonly count: number
  readonly problem: P
  readonly words: SharedArrayBuffer
  readonly memory: SharedArrayBuffer
}

const MOST_THREADS = 64

/**
 * `work` gets memory of as many bytes as the app says; thread 0 returns the outcome. `program` is the URL of who calls.
 */
export function inThreads<P extends Problem>(
  program: string,
  app: App<P>,
  work: (team: Team, problem: P, memory: SharedArrayBuffer) => Outcome | undefined,
): void {
  if (isMainThread) return lead(program, app)
  const { id, count, problem, words, memory } = workerData as Told<P>
  const team = new Team(id, count, new Int32Array(words), count <= availableParallelism())
  const outcome = work(team, problem, memory)
  if (outcome !== undefined) parentPort?.postMessage(outcome)
}

function lead<P extends Problem>(program: string, app: App<P>): void {
  const { preset, problem, count } = chosen(app)
  const words = new SharedArrayBuffer(TEAM_BYTES)
  const memory = new SharedArrayBuffer(app.bytes(problem, count))
  for (let id = 0; id < count; id++) {
    const told: Told<P> = { program, id, count, problem, words, memory }
    const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: told })
    worker.on('message', ({ seconds, result }: Outcome) => {
      console.log(JSON.stringify({ app: app.name, preset, version: 'threads', processes: count, seconds, result }))
    })
    // The others would wait for it for ever.
    worker.on('error', (error) => {
      console.error(error)
      process.exit(1)
    })
  }
}

function chosen<P extends Problem>(app: App<P>) {
  const [threads = '', ...rest] = process.argv.slice(2)
  try {
    const count = Number(threads)
    if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS) {
      throw new Mistake(`'${threads}' threads: expected a number from 1 to ${MOST_THREADS}`)
    }
    return { count, ...choose(app, rest, count) }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    console.error(`${error.message}\n${usageOf(app)}`)
    process.exit(2)
  }
}
