/**
 * Runs the tests: all of test/, or the files and folders given. Two files at a time, but for those that go by the clock:
 * they have the machine for themselves. Ends with the line `N passed, N failed`, and with a non-zero code when one failed
 * or none ran.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import reporter from './test-reporter.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/**
 * What goes by the clock: how soon a run ends, who is heard of in time, what comes while nothing else does. A file that
 * computes beside it would make it wait for a processor.
 */
const alone = ['chaos', 'cli/launcher.test.ts', 'native/threads.test.ts']
/** These as well, but they mostly wait, and may wait together. */
const waiting = [
  'real/ends.test.ts',
  'real/heartbeat.test.ts',
  'real/input.test.ts',
  'real/output.test.ts',
  'real/strangers.test.ts',
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
function isOf(list, file) {
  const parts = relative(join(root, 'test'), file).split(sep)
  return list.includes(parts[0]) || list.includes(parts.join('/'))
}

async function* results() {
  process.chdir(root)
  const single = files.filter((file) => isOf(alone, file))
  const idle = files.filter((file) => isOf(waiting, file))
  const busy = files.filter((file) => !isOf([...alone, ...waiting], file))
  for (const [group, concurrency] of [
    [single, 1],
    [idle, 2],
    [busy, 2],
  ])
    if (group.length > 0) yield* run({ files: group, concurrency, timeout: TIMEOUT_MS })
}

for await (const text of reporter(results())) process.stdout.write(text)
