/** What is measured side by side: our two versions, threads of one process, and C with MPI over two transports. */
import { fileURLToPath } from 'node:url'
import { is } from '../../apps/is/is.js'
import { sor } from '../../apps/sor/sor.js'
import type { Case } from '../apps/catalog.js'
import { type Run, runOf, runTogether } from '../apps/run-app.js'

import { type Mpi, mpiArguments, type Program, type Transport } from './mpi.js'

export interface System {
  readonly name: string
  /** At the head of a column. */
  readonly title: string
  run(one: Case, nodes: number): Promise<Run>
}

/** The first, with which all others are compared. */
export const OURS = 'shared'

const own: readonly System[] = [
  { name: OURS, title: 'shared', run: (one, nodes) => runTogether(one, 'shared', nodes) },
  { name: 'messages', title: 'messages', run: (one, nodes) => runTogether(one, 'messages', nodes) },
  { name: 'threads', title: 'worker_threads', run: runThreads },
]
export const mpiTitles: Readonly<Record<Transport, string>> = { tcp: 'C, MPI, TCP', memory: 'C, MPI, shared memory' }

export function systemsWith(mpi: Mpi | undefined): readonly System[] {
  if (mpi === undefined) return own
  const over = (transport: Transport): System => ({
    name: `mpi-${transport}`,
    title: mpiTitles[transport],
    run: (one, nodes) => runOf('mpirun', mpiArguments(mpi, transport, nodes, ...programOf(one))),
  })
  return [...own, over('tcp'), over('memory')]
}

/** `sizes`: options as the app's own. */
export function threadArguments(app: string, threads: number, sizes: readonly string[]): string[] {
  const program = fileURLToPath(new URL(`${app}-threads.ts`, import.meta.url))
  return ['--import', 'tsx', program, String(threads), ...sizes]
}

function runThreads({ app, preset }: Case, nodes: number): Promise<Run> {
  return runOf(process.execPath, threadArguments(app, nodes, ['--preset', preset]))
}

/** The program in C, and its arguments. */
function programOf({ app, preset }: Case): [program: Program, sizes: string[]] {
  const [plate, sort] = [sor.presets[preset], is.presets[preset]]
  if (app === sor.name && plate !== undefined) {
    return ['sor_mpi', [plate.rows, plate.cols, plate.iterations, plate.start].map(String)]
  }
  if (app === is.name && sort !== undefined) {
    return ['is_mpi', [sort.keys, sort.buckets, sort.iterations].map(String)]
  }
  throw new Error(`no peer is written for ${app} ${preset}`)
}
