/**
 * A copy of the sources with a mutant in it, under out/mutants: its own src/ compiled to its own dist/, without a
 * look at types, so that it starts as fast as the built library. `node out/mutants/NAME/dist/lab/swarm/main.js` is
 * `npm run sim` with the bug.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, plant } from './mutant.js'

/** Of the repository; this file is as far below it in src/ as in dist/. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What the finders need of the repository. */
const needed = {
  simulated: ['src', 'package.json', 'tsconfig.json'],
  native: ['native', 'scripts/build-native.mjs'],
} as const

/** Makes the copy and returns its folder; `mutant` undefined is the code as it is. */
export function makeCopy(mutant: Mutant | undefined): string {
  const folder = copyOf(mutant)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const simulated = mutant === undefined || mutant.finder === 'seeds'
  for (const part of needed[simulated ? 'simulated' : 'native']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  if (mutant !== undefined) replaceIn(join(folder, mutant.file), mutant)
  if (simulated) compile(folder)
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

const replaceIn = (path: string, mutant: Mutant): void => {
  writeFileSync(path, plant(mutant, readFileSync(path, 'utf8')))
}

/** What is run in a copy, and with it all that these import. */
const entries = ['src/lab/mutants/hunter.ts', 'src/lab/swarm/main.ts']

function compile(folder: string): void {
  const compilerOptions = { noCheck: true, types: [], declaration: false, sourceMap: false }
  const config = join(folder, 'copy.json')
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', compilerOptions, include: entries }))
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout, error } = spawnSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${folder} does not compile: ${error?.message ?? stdout}`)
}
