/**
 * Runs the tests: all of test/, or the files and folders given. Ends with the line `N passed, N failed`, and
 * with a non-zero code when one failed or none ran.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function testsIn(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .sort()
}

const wanted = process.argv.slice(2)
const files = (wanted.length > 0 ? wanted : [join(root, 'test')]).flatMap(testsIn)
const { status } = spawnSync(
  process.execPath,
  [
    '--import',
    'tsx',
    '--test',
    '--test-concurrency=1',
    // A test that hangs is a failure, not the end of the run.
    '--test-timeout=300000',
    `--test-reporter=${new URL('./test-reporter.mjs', import.meta.url).href}`,
    ...files.map((file) => relative(root, file)),
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exitCode = status ?? 1
