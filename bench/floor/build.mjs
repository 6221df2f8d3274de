/** Compiles the floors of the bench, small C programs, into build/floor, when a source is newer than what is there. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, compile, filesIn, isOlder, mustHaveCompiler, native } from '../../scripts/build-native.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const parts = ['futex', 'net', 'processor', 'urgency', 'wake'].map((name) => join(native, `${name}.c`))

try {
  mustHaveCompiler()
  for (const name of ['tcp_floor', 'trap_floor']) {
    const output = join(build, 'floor', name)
    const sources = [join(here, `${name}.c`), join(here, 'measure.c'), ...parts]
    const watched = [...sources, ...filesIn(here, '.h', '.mjs'), ...filesIn(native, '.h')]
    if (isOlder(output, watched)) compile(output, ['-O2', '-I', native, ...sources, '-pthread'])
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
