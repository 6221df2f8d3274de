/**
 * Compiles the native addon with plain `cc`, and only when a source is newer than what is there. With `--test`
 * it compiles the C tests, sanitized, and runs them instead; with `--force` it compiles in any case.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const native = join(root, 'native')
const build = join(root, 'build')
const headers = join(root, 'node_modules', 'node-api-headers', 'include')
const compiler = process.env.CC || 'cc'
const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE']

/** Where the addon ends up. */
export const addonPath = join(build, 'treadmarks.node')

const filesIn = (folder, ...endings) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => endings.some((ending) => name.endsWith(ending)))
        .map((name) => join(folder, name))
    : []

const timeOf = (file) => statSync(file).mtimeMs
const isOlder = (output, sources) => !existsSync(output) || sources.some((source) => timeOf(source) > timeOf(output))

function mustHaveCompiler() {
  if (spawnSync(compiler, ['--version']).status === 0) return
  throw new Error(`The C compiler \`${compiler}\` cannot be run. Install one, for example: apt-get install gcc libc6-dev`)
}

function mustHaveHeaders() {
  if (existsSync(join(headers, 'node_api.h'))) return
  throw new Error('The package node-api-headers is missing. Install it with: npm install')
}

/** Others may be loading `output`, or compiling it too: it is replaced in one step. */
function compile(output, args) {
  mkdirSync(build, { recursive: true })
  const temporary = `${output}.${process.pid}`
  const { status, stderr, error } = spawnSync(compiler, [...strict, ...args, '-o', temporary], { encoding: 'utf8' })
  if (status === 0) {
    renameSync(temporary, output)
    return
  }
  rmSync(temporary, { force: true })
  throw new Error(`${compiler} failed for ${basename(output)}:\n${stderr || error || ''}`)
}

/** Compiles the addon when that is needed and returns its path; throws an Error that says what is missing. */
export function buildNative({ force = false } = {}) {
  const own = fileURLToPath(import.meta.url)
  if (!force && !isOlder(addonPath, [...filesIn(native, '.c', '.h'), own])) return addonPath
  mustHaveCompiler()
  mustHaveHeaders()
  const flags = ['-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-DNAPI_VERSION=8', '-I', headers]
  // A worker that ends must not take the code along: the signal handler stays for the life of the process.
  compile(addonPath, [...flags, ...filesIn(native, '.c'), '-Wl,-z,nodelete', '-pthread'])
  return addonPath
}

function main(args) {
  buildNative({ force: args.includes('--force') })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
