/**
 * Everything a fresh clone needs before anything runs: installs the packages, compiles the native part, builds
 * the TypeScript. Each step is skipped when its result is newer than what it is made from.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildNative } from './build-native.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const MIN_NODE = [20, 20]

const inRoot = (...parts) => join(root, ...parts)
const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

function newest(folder) {
  let time = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) time = Math.max(time, timeOf(join(entry.parentPath ?? entry.path, entry.name)))
  }
  return time
}

function mustBeSupported() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    throw new Error(`Node ${process.versions.node} is too old: treadmarks needs ${MIN_NODE.join('.')} or newer.`)
  }
  if (process.platform !== 'linux') throw new Error(`treadmarks runs on Linux, not yet on ${process.platform}.`)
}

function run(what, command, args) {
  process.stderr.write(`${what} …\n`)
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${what} failed:\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`)
}

function installPackages() {
  if (timeOf(inRoot('node_modules', '.package-lock.json')) >= timeOf(inRoot('package-lock.json'))) return
  // Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, as mirrors make it.
  run('installing packages', 'npm', ['install', '--no-audit', '--no-fund'])
}

function compileAddon() {
  const before = timeOf(inRoot('build', 'treadmarks.node'))
  const path = buildNative()
  if (timeOf(path) !== before) process.stderr.write('compiled the native part\n')
}

function buildTypeScript() {
  const stamp = inRoot('dist', '.built')
  if (timeOf(stamp) > Math.max(newest(inRoot('src')), timeOf(inRoot('tsconfig.json')))) return
  run('building TypeScript', process.execPath, [inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', root])
  writeFileSync(stamp, '')
}

try {
  mustBeSupported()
  installPackages()
  compileAddon()
  buildTypeScript()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
