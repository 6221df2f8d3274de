/**
 * Compiles the native addon with plain `cc`, and only when a source is newer than what is there. With `--test`
 * it compiles the C tests, sanitized, and runs them instead, all or those named; with `--force` it compiles in any
 * case.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
export const native = join(root, 'native')
export const build = join(root, 'build')
const nodeHeaders = join(root, 'node_modules', 'node-api-headers', 'include')
const compiler = process.env.CC || 'cc'
const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE']

/** Where the addon ends up. */
export const addonPath = join(build, 'treadmarks.node')

export const filesIn = (folder, ...endings) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => endings.some((ending) => name.endsWith(ending)))
        .map((name) => join(folder, name))
    : []

const timeOf = (file) => statSync(file).mtimeMs
export const isOlder = (output, sources) =>
  !existsSync(output) || sources.some((source) => timeOf(source) > timeOf(output))

export function mustHaveCompiler() {
  if (spawnSync(compiler, ['--version']).status === 0) return
  throw new Error(
    `The C compiler \`${compiler}\` cannot be run. Install one, for example: apt-get install gcc libc6-dev`,
  )
}

function mustHaveHeaders() {
  if (existsSync(join(nodeHeaders, 'node_api.h'))) return
  throw new Error('The package node-api-headers is missing. Install it with: npm install')
}

/** Others may be loading `output`, or compiling it too: it is replaced in one step. */
export function compile(output, args, by = compiler) {
  mkdirSync(dirname(output), { recursive: true })
  const temporary = `${output}.${process.pid}`
  const { status, stderr, error } = spawnSync(by, [...strict, ...args, '-o', temporary], { encoding: 'utf8' })
  if (status === 0) {
    renameSync(temporary, output)
    return
  }
  rmSync(temporary, { force: true })
  throw new Error(`${by} failed for ${basename(output)}:\n${stderr || error || ''}`)
}

/** Compiles the addon when that is needed and returns its path; throws an Error that says what is missing. */
export function buildNative({ force = false } = {}) {
  if (!force && !isOlder(addonPath, [...filesIn(native, '.c', '.h'), script])) return addonPath
  mustHaveCompiler()
  mustHaveHeaders()
  const flags = ['-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-DNAPI_VERSION=8', '-I', nodeHeaders]
  // A worker that ends must not take the code along: the signal handler stays for the life of the process.
  compile(addonPath, [...flags, ...filesIn(native, '.c'), '-Wl,-z,nodelete', '-pthread'])
  return addonPath
}

/** Everything of the addon but what needs Node. */
export function partsWithoutNode() {
  const needsNode = /^(addon|api_.*|napi_.*)\.c$/
  return filesIn(native, '.c').filter((file) => !needsNode.test(basename(file)))
}

const failPoints = '-DTM_FAIL_POINTS'

/** What a C test is made of: sources, each with its flags. Most have most in common: the parts of the addon, and the fail points. */
function testPrograms() {
  const inTests = (...names) => names.map((name) => join(native, 'test', `${name}.c`))
  const own = (sources, ...flags) => sources.map((source) => ({ source, flags }))
  const diff = [...inTests('diff_test', 'scalar_diff', 'testing'), join(native, 'diff.c'), join(native, 'pack.c')]
  const common = [...inTests('fixture', 'fail_points', 'scalar_diff', 'testing'), ...partsWithoutNode()]
  const pages = join(native, 'pages.c')
  const others = common.filter((source) => source !== pages)
  return [
    { name: 'diff_test', parts: own(diff) },
    { name: 'diff_test_portable', parts: own(diff, '-DTM_PORTABLE') },
    ...['pages_test', 'notices_test', 'watch_test', 'owned_test', 'trap_test', 'mappings_test', 'wake_test'].map(
      (name) => ({ name, parts: own([...inTests(name), ...common], failPoints) }),
    ),
    { name: 'stress_test', parts: own([...inTests('stress_test'), ...common], failPoints) },
    ...[1, 2].map((order) => ({
      name: `stress_test_wrong_order_${order}`,
      parts: [
        ...own([...inTests('stress_test'), pages], failPoints, `-DTM_WRONG_ORDER=${order}`),
        ...own(others, failPoints),
      ],
    })),
  ]
}

const sanitized = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-pthread']

/** The heap's faults are ours to handle, not the sanitizer's. */
const testEnvironment = { ...process.env, ASAN_OPTIONS: 'allow_user_segv_handler=1:handle_segv=0' }

const testFolder = join(build, 'native-test')

/** Compiled once for all programs that want it with the same flags. */
function objectOf({ source, flags }) {
  const object = join(testFolder, ['objects', ...flags].join(''), `${basename(source, '.c')}.o`)
  const headers = [native, join(native, 'test')].flatMap((place) => filesIn(place, '.h'))
  if (isOlder(object, [source, ...headers, script])) compile(object, [...sanitized, ...flags, '-c', source])
  return object
}

function runTest({ name, parts }) {
  const program = join(testFolder, name)
  const objects = parts.map(objectOf)
  if (isOlder(program, objects)) compile(program, [...sanitized, ...objects])
  console.log(`# ${name}`)
  const { status, stdout, error } = spawnSync(program, {
    encoding: 'utf8',
    env: testEnvironment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.stdout.write(stdout ?? '')
  if (error) console.log(`not ok ${name}: ${error.message}`)
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout ?? '')
  const failed = counts ? Number(counts[2]) : 1
  return { passed: counts ? Number(counts[1]) : 0, failed: status === 0 ? failed : Math.max(failed, 1) }
}

/** Compiles and runs the C tests, all or those named, prints what they say, and returns how many failed. */
export function testNative(names = []) {
  mustHaveCompiler()
  const results = testPrograms()
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(runTest)
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  console.log(`# all\n${total('passed')} passed, ${total('failed')} failed`)
  return total('failed')
}

function main(args) {
  if (!args.includes('--test')) buildNative({ force: args.includes('--force') })
  else if (testNative(args.filter((arg) => !arg.startsWith('--'))) > 0) process.exitCode = 1
}

if (process.argv[1] === script) {
  try {
    main(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
