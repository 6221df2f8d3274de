/**
 * What a change must pass before its tests count: types (the core without Node's), format and lint, the rules of
 * structure, and a clean compile of the C part. Stops at nothing: it tells all that is wrong.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { structureProblems } from './structure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => `${root}node_modules/.bin/${name}`

const steps = [
  ['types', bin('tsc'), ['-p', 'tsconfig.test.json']],
  ['core without I/O', bin('tsc'), ['-p', 'src/core/tsconfig.json']],
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['C without warnings', process.execPath, ['scripts/build-native.mjs', '--force']],
]

let wrong = 0
const tell = (what, problems) => {
  console.log(`${problems === '' ? 'ok   ' : 'WRONG'} ${what}`)
  if (problems !== '') console.log(problems)
  if (problems !== '') wrong++
}

for (const [what, command, args] of steps) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  tell(what, status === 0 ? '' : `${stdout}${stderr}`)
}
tell('structure', structureProblems(root).join('\n'))
process.exitCode = wrong === 0 ? 0 : 1
