/**
 * Programs of the repository as JavaScript, compiled once for a test file that starts them in many processes: a loader of
 * TypeScript in each of them would cost more than they do.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { root } from './run.js'

/** Compiles these files, and what they import, below out/compiled/NAME, where they keep their paths; returns that folder. */
export function compiled(name: string, files: readonly string[]): string {
  const folder = `${root}out/compiled/${name}`
  const options = ['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2022', '--types', 'node']
  const places = ['--rootDir', root, '--outDir', folder, ...files.map((file) => `${root}${file}`)]
  const compiler = `${root}node_modules/typescript/bin/tsc`
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, ...places], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  // What they read beside their code.
  cpSync(`${root}examples/tsplib`, `${folder}/examples/tsplib`, { recursive: true })
  return folder
}
