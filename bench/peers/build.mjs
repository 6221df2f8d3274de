/**
 * Compiles the peers of the programs, C with Open MPI, into build/peers, when a source is newer than what is there.
 * Where Open MPI is not installed it says in one line what is missing and goes on: the other peers are measured without
 * it.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, compile, filesIn, isOlder } from '../../scripts/build-native.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const parts = [
  ['mpicc', 'libopenmpi-dev'],
  ['mpirun', 'openmpi-bin'],
]

const missing = parts.filter(([command]) => spawnSync(command, ['--version']).status !== 0)
if (missing.length > 0) {
  const words = missing.map(([command, name]) => `${command} (Debian package ${name})`)
  console.error(`peers: without MPI, because there is no ${words.join(' and no ')}`)
} else {
  try {
    for (const name of ['sor_mpi', 'is_mpi']) {
      const output = join(build, 'peers', name)
      const sources = [join(here, `${name}.c`), join(here, 'mpi_peer.c')]
      // No product is added in one step with a sum, which would round once instead of twice: digests are to be equal.
      const flags = ['-O2', '-ffp-contract=off']
      if (isOlder(output, [...sources, ...filesIn(here, '.h', '.mjs')]))
        compile(output, [...flags, ...sources], 'mpicc')
    }
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
