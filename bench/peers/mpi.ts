/**
 * Open MPI, where it is installed: which version, and the words that let it run a peer. All processes are on this
 * machine; what is between them is loopback TCP or shared memory, and nothing else that Open MPI might find better.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface Mpi {
  /** Such as 4.1.4. */
  readonly version: string
}

export type Transport = 'tcp' | 'memory'
export type Program = 'sor_mpi' | 'is_mpi'

const pathOf = (program: Program): string => fileURLToPath(new URL(`../../build/peers/${program}`, import.meta.url))

/** Undefined where it is not installed, or the peers are not compiled. */
export function findMpi(): Mpi | undefined {
  if (!existsSync(pathOf('sor_mpi')) || !existsSync(pathOf('is_mpi'))) return undefined
  const { stdout } = spawnSync('mpirun', ['--version'], { encoding: 'utf8' })
  const version = /Open MPI\D*([\d.]+)/.exec(stdout ?? '')?.[1]
  return version === undefined ? undefined : { version }
}

/** Arguments of mpirun. */
export function mpiArguments(
  { version }: Mpi,
  transport: Transport,
  processes: number,
  program: Program,
  sizes: readonly string[],
): string[] {
  const old = Number.parseInt(version, 10) < 5
  // `sm` was another component before version 5.
  const memory = old ? 'vader,self' : 'sm,self'
  return [
    ...(process.getuid?.() === 0 ? ['--allow-run-as-root'] : []),
    // Without it the old ones end where there is no ssh, though nothing is started elsewhere.
    ...(old ? ['--mca', 'plm', 'isolated'] : []),
    // Other layers would choose the transport themselves.
    ...['--mca', 'pml', 'ob1'],
    ...(transport === 'memory' ? ['--mca', 'btl', memory] : ['--mca', 'btl', 'tcp,self']),
    ...(transport === 'tcp' ? ['--mca', 'btl_tcp_if_include', 'lo'] : []),
    ...(processes <= cores() ? ['--bind-to', 'core'] : ['--oversubscribe', '--bind-to', 'none']),
    ...['-n', String(processes), pathOf(program), ...sizes],
  ]
}

/** Open MPI counts cores, where the kernel may count two processors for each. */
function cores(): number {
  const place = '/sys/devices/system/cpu'
  const files = readdirSync(place).flatMap((name) =>
    /^cpu\d+$/.test(name) ? [`${place}/${name}/topology/thread_siblings_list`] : [],
  )
  const distinct = new Set(files.filter(existsSync).map((file) => readFileSync(file, 'latin1')))
  return Math.min(availableParallelism(), distinct.size === 0 ? Number.POSITIVE_INFINITY : distinct.size)
}
