/**
 * Where measurements come from: each source is one run of one program, a floor in C or a program under the launcher,
 * and gives one sample of each of its measurements, in microseconds.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { output } from './child.js'

export interface Source {
  /** Names of the measurements. */
  readonly gives: readonly string[]
  sample(): Promise<ReadonlyMap<string, number>>
}

/** What all sources go by. */
export interface Setting {
  /** Options of `treadmarks run`. */
  readonly options: readonly string[]
  /** Iterations of over-relaxation, and of those before that are not timed. */
  readonly sor: readonly [iterations: number, warmUp: number]
}
export const usual: Setting = { options: [], sor: [500, 700] }

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const launcher = path('../bin/treadmarks.js')

export function sourcesOf({ options, sor }: Setting): readonly Source[] {
  const sizes = sor.map(String)
  const launched = (nodes: number, program: string, gives: readonly string[], args: readonly string[] = []): Source =>
    launch(nodes, options, program, gives, args)
  return [
    ...(['tcp', 'handoff'] as const).flatMap((mode) => [8, 4096].map((bytes) => tcpFloor(mode, bytes))),
    {
      gives: ['trap'],
      sample: async () =>
        new Map([['trap', Number(await output(path('../build/floor/trap_floor'), ['1000', '21'])) / 1000]]),
    },
    launched(2, 'pages', [
      'miss',
      'miss-cold',
      'miss-computing',
      'miss-row',
      'false-sharing',
      'write-fault',
      'dirty-page',
    ]),
    launched(3, 'pages', ['miss-two-writers']),
    launched(2, 'locks', ['lock-local', 'lock-manager', 'lock-alternating', 'barrier-2']),
    launched(3, 'locks', ['lock-by-way']),
    launched(4, 'locks', ['barrier-4']),
    launched(8, 'locks', ['barrier-8']),
    launched(2, 'sor', ['sor-2'], sizes),
    alone('sor-halves', 2, [...sizes, '513']),
    launched(1, 'sor', ['sor-1'], sizes),
    alone('sor-sequential', 1, [...sizes, '1024']),
  ]
}

function tcpFloor(mode: 'tcp' | 'handoff', bytes: number): Source {
  const name = `${mode}-${bytes}`
  const args = [mode === 'tcp' ? 'plain' : 'handoff', String(bytes), '2000']
  const sample = async () => new Map([[name, Number(await output(path('../build/floor/tcp_floor'), args)) / 1000]])
  return { gives: [name], sample }
}

/** A program under the launcher, which prints a line of JSON for each measurement. */
function launch(
  nodes: number,
  options: readonly string[],
  program: string,
  gives: readonly string[],
  args: readonly string[],
): Source {
  const words = [launcher, 'run', '-n', String(nodes), ...options, path(`./programs/${program}.ts`), ...args]
  const sample = async (): Promise<ReadonlyMap<string, number>> => {
    const lines = (await output(process.execPath, words)).trim().split('\n')
    const told = lines.map((line) => JSON.parse(line) as { name: string; us: number })
    return new Map(told.map(({ name, us }) => [name, us]))
  }
  return { gives, sample }
}

/** Sequential SOR in as many processes side by side; the slowest of them. */
function alone(name: string, processes: number, args: readonly string[]): Source {
  const sample = async (): Promise<ReadonlyMap<string, number>> => {
    const execArgv = ['--import', 'tsx']
    const children = Array.from({ length: processes }, () => fork(path('./programs/sor-alone.ts'), args, { execArgv }))
    await Promise.all(children.map(message))
    const times = children.map(message)
    for (const child of children) child.send('go')
    return new Map([[name, Math.max(...(await Promise.all(times)).map(Number))]])
  }
  return { gives: [name], sample }
}

const message = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`sor-alone.ts ended with ${code}`)))
  })
