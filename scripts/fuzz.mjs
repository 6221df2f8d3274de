/**
 * Fuzzes the C part: builds the targets of native/fuzz and feeds each for a time, or for a number of inputs. An
 * input that ends one is kept in out/fuzz, and the command that shows it again is printed. With the same seed and
 * number of inputs it does the same again. docs/fuzzing.md tells what the targets promise.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from './build-native.mjs'
import { buildTarget, bytesOf, targetNames, toolchain } from './fuzz-build.mjs'
import { plantedErrors } from './fuzz-planted.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const help = `npm run fuzz -- [options]

  --seconds N      time for all targets together (default 60)
  --runs N         this many inputs for each target, instead of a time
  --seed N         where chance begins (default 1)
  --target NAME    only this one; may be given again. There are:
                   ${targetNames.join(', ')}
  --show FILE      runs the one input in FILE, with --target
  --plain          without clang: by chance alone, with the C compiler (cc)
  --planted NAME   plants this error first, which the fuzzer must find; 'all' plants one after the other:
${plantedErrors.map(({ name, target }) => `                   ${name} (${target})`).join('\n')}`

const known = {
  seconds: { type: 'string' },
  runs: { type: 'string' },
  seed: { type: 'string', default: '1' },
  target: { type: 'string', multiple: true },
  show: { type: 'string' },
  plain: { type: 'boolean', default: false },
  planted: { type: 'string' },
  help: { type: 'boolean', default: false },
}

class Usage extends Error {}

function readOptions(args) {
  let options
  try {
    options = parseArgs({ args, options: known }).values
  } catch (error) {
    throw new Usage(error.message)
  }
  for (const name of ['seconds', 'runs', 'seed']) {
    if (options[name] !== undefined && !/^[1-9]\d{0,8}$/.test(options[name]))
      throw new Usage(`--${name} must be a whole number from 1 on, not ${options[name]}`)
  }
  mustBeOneOf('target', options.target ?? [], targetNames)
  const errors = plantedErrors.map(({ name }) => name)
  mustBeOneOf('planted', options.planted === undefined ? [] : [options.planted], ['all', ...errors])
  if (options.show !== undefined && options.target?.length !== 1) throw new Usage('--show needs one --target')
  if (options.show !== undefined && !existsSync(options.show))
    throw new Usage(`--show: there is no file ${options.show}`)
  return options
}

function mustBeOneOf(option, given, names) {
  const wrong = given.find((name) => !names.includes(name))
  if (wrong !== undefined) throw new Usage(`--${option} ${wrong} is unknown; there are: ${names.join(', ')}`)
}

/** One program, fed until it ends by itself or by an input. */
function feed(program, options, seconds, bytes, prefix) {
  mkdirSync(join(prefix, '..'), { recursive: true })
  const began = performance.now()
  const amount = options.runs === undefined ? `-max_total_time=${seconds}` : `-runs=${options.runs}`
  const args = [
    amount,
    `-seed=${options.seed}`,
    `-max_len=${bytes}`,
    '-len_control=0',
    '-timeout=20',
    '-rss_limit_mb=2048',
  ]
  const { status, signal, stderr } = run(program, [...args, `-artifact_prefix=${prefix}`, '-print_final_stats=1'])
  return {
    failed: status !== 0,
    inputs: Number(/number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 0),
    took: (performance.now() - began) / 1000,
    /** What the sanitizer or the target itself said. */
    why:
      /^.*(: false: |runtime error: |ERROR: ).*$/m.exec(stderr)?.[0] ?? `it ended with ${signal ?? `code ${status}`}`,
    said: stderr,
    input: /Test unit written to (.*)$/m.exec(stderr)?.[1],
  }
}

function run(program, args) {
  // Freed memory stays closed for a while, by default for the last 256 MB.
  const env = { ...process.env, ASAN_OPTIONS: 'quarantine_size_mb=16' }
  return spawnSync(program, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28 })
}

const line = (name, what, { inputs, took }) => `${name.padEnd(26)}${what} ${inputs} inputs, ${took.toFixed(1)} s`

function again(target, options, input) {
  const more = `${options.plain ? ' --plain' : ''}${options.planted === undefined ? '' : ` --planted ${options.planted}`}`
  return `npm run fuzz --${more} --target ${target} --show ${relative(root, input)}`
}

/** The last of what was said: the beginning of the report, without the addresses of all libraries. */
const report = (said) =>
  said
    .slice(Math.max(0, said.search(/^.*(: false: |runtime error: |==\d+==|ALARM: )/m)))
    .split('\n')
    .slice(0, 30)
    .join('\n')

function fuzzAll(names, tools, options) {
  const seconds = Math.max(1, Math.floor(Number(options.seconds ?? 60) / names.length))
  let failed = 0
  for (const name of names) {
    const prefix = join(root, 'out', 'fuzz', `${name}-`)
    const result = feed(buildTarget(name, tools), options, seconds, bytesOf(name), prefix)
    console.log(line(name, result.failed ? 'FAILED after' : 'came through', result))
    if (!result.failed) continue
    failed++
    console.log(report(result.said))
    if (result.input !== undefined)
      console.log(`\ninput:      ${relative(root, result.input)}\nshow again: ${again(name, options, result.input)}`)
  }
  return failed
}

/** Each must be found; how many were not. */
function plantAll(errors, tools, options) {
  const seconds = Math.max(1, Math.floor(Number(options.seconds ?? 60) / errors.length))
  let missed = 0
  for (const error of errors) {
    const prefix = join(build, 'fuzz', 'planted', `${error.name}-`)
    const result = feed(buildTarget(error.target, tools, error), options, seconds, bytesOf(error.target), prefix)
    console.log(line(error.name, result.failed ? 'found after' : 'NOT FOUND in', result))
    if (!result.failed) missed++
    else console.log(`  ${result.why}`)
    if (result.input !== undefined)
      console.log(`  ${again(error.target, { ...options, planted: error.name }, result.input)}`)
  }
  console.log(`${errors.length - missed} planted errors found, ${missed} not found`)
  return missed
}

function show(tools, options) {
  const [name] = options.target
  const error = plantedErrors.find((planted) => planted.name === options.planted)
  const { status, stderr } = run(buildTarget(name, tools, error), [options.show])
  console.log(stderr.trim())
  console.log(status === 0 ? `${name} comes through` : `${name} FAILED`)
  return status === 0 ? 0 : 1
}

function main(args) {
  const options = readOptions(args)
  if (options.help) {
    console.log(help)
    return 0
  }
  const tools = toolchain(options.plain)
  if (options.show !== undefined) return show(tools, options)
  if (options.planted === undefined) return fuzzAll(options.target ?? targetNames, tools, options)
  return plantAll(
    plantedErrors.filter(({ name }) => [name, 'all'].includes(options.planted)),
    tools,
    options,
  )
}

try {
  process.exitCode = main(process.argv.slice(2)) === 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof Usage ? `${error.message}\n\n${help}` : error.message)
  process.exitCode = 2
}
