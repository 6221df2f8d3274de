/**
 * A copy of what is built with a mutant in it, under out/mutants: the one file with the bug is compiled again, without a
 * look at types or at any other file. `node out/mutants/NAME/dist/lab/swarm/main.js` is `npm run sim` with the bug. Of a
 * mutant of the C part the sources are copied, and compiled by who runs the tests.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, plant } from './mutant.js'

/** Of the repository; this file is as far below it in src/ as in dist/. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What the finders need of the repository. */
const needed = {
  simulated: ['dist', 'package.json', 'tsconfig.json'],
  native: ['native', 'scripts/build-native.mjs'],
} as const

/** Makes the copy and returns its folder; `mutant` undefined is the code as it is. */
export function makeCopy(mutant: Mutant | undefined): string {
  const folder = copyOf(mutant)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const simulated = mutant === undefined || mutant.finder === 'seeds'
  for (const part of needed[simulated ? 'simulated' : 'native']) {
    cpSync(join(root, part), join(folder, part), { recursive: true, filter: (path) => !/\.(map|d\.ts)$/.test(path) })
  }
  if (mutant !== undefined) {
    const path = join(folder, mutant.file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, plant(mutant, readFileSync(join(root, mutant.file), 'utf8')))
    if (simulated) compile(folder, mutant.file)
  }
  return folder
}

/** The simulator with the bug, from the root of the repository. */
export const simOf = ({ name }: Mutant): string => `out/mutants/${name}/dist/lab/swarm/main.js`

/** Why the mutant does not fit the code any more; nothing when it does. */
export function whyStale(mutant: Mutant): string[] {
  try {
    plant(mutant, readFileSync(join(root, mutant.file), 'utf8'))
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

const copyOf = (mutant: Mutant | undefined): string => join(root, 'out', 'mutants', mutant?.name ?? 'as-it-is')

function compile(folder: string, file: string): void {
  const compilerOptions = { noCheck: true, noResolve: true, types: [], declaration: false, sourceMap: false }
  const config = join(folder, 'copy.json')
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', compilerOptions, files: [file], include: [] }))
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout, error } = spawnSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${folder} does not compile: ${error?.message ?? stdout}`)
}
