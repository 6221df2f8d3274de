/**
 * Runs the tests: all of test/, or the files and folders given. Two files at a time of folders that only compute, or whose
 * real processes have no clock to meet; the others have the machine for themselves. Ends with the line
 * `N passed, N failed`, and with a non-zero code when one failed or none ran.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import reporter from './test-reporter.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const patient = [
  'apps',
  'check',
  'conformance',
  'contract',
  'core',
  'diagram',
  'examples',
  'lab',
  'paper',
  'proof',
  'sim',
  'wire',
]
/** Files of other folders that do not mind either. */
const patientFiles = [
  'real/coherence.test.ts',
  'real/conditions.test.ts',
  'real/distribute.test.ts',
  'real/memory.test.ts',
  'real/mixed.test.ts',
  'real/parcels.test.ts',
  'real/protocols.test.ts',
  'real/record.test.ts',
  'real/sequential.test.ts',
  'real/sync.test.ts',
  'real/wrong-programs.test.ts',
]
/** A file that hangs is a failure, not the end of the run. All mutants take more than five minutes beside other tests. */
const TIMEOUT_MS = 900_000

function testsIn(path) {
  if (!existsSync(path)) {
    console.error(`test: there is no ${path}; give files or folders of test/, or nothing for all`)
    process.exit(2)
  }
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .sort()
}

// The processes that run the files get the arguments of this one.
process.execArgv.push('--import', 'tsx')

const wanted = process.argv.slice(2)
const files = (wanted.length > 0 ? wanted : [join(root, 'test')]).flatMap(testsIn).map((file) => resolve(file))
function isPatient(file) {
  const parts = relative(join(root, 'test'), file).split(sep)
  return patient.includes(parts[0]) || patientFiles.includes(parts.join('/'))
}

async function* results() {
  process.chdir(root)
  const alone = files.filter((file) => !isPatient(file))
  const together = files.filter(isPatient)
  if (alone.length > 0) yield* run({ files: alone, concurrency: 1, timeout: TIMEOUT_MS })
  if (together.length > 0) yield* run({ files: together, concurrency: 2, timeout: TIMEOUT_MS })
}

for await (const text of reporter(results())) process.stdout.write(text)
