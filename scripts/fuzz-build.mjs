/**
 * Compiles the fuzz targets of native/fuzz, each when a source is newer: with clang, whose libFuzzer is guided by
 * what an input reaches, or with any compiler and native/fuzz/driver.c, which goes by chance alone. Both have the
 * address and undefined-behaviour sanitizers. A planted error takes the place of the source that it changes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, compile, filesIn, isOlder, mustHaveCompiler, native, partsWithoutNode } from './build-native.mjs'

const folder = join(build, 'fuzz')
const inNative = (...names) => names.map((name) => join(native, `${name}.c`))
const diff = inNative('diff', 'pack', 'test/scalar_diff')

/** `bytes`: the longest input that says something new. */
const targets = {
  diff_apply: { sources: [...inNative('fuzz/diff_apply_fuzz'), ...diff], bytes: 3000 },
  diff_make: { sources: [...inNative('fuzz/diff_make_fuzz'), ...diff], bytes: 4000 },
  diff_make_portable: { sources: [...inNative('fuzz/diff_make_fuzz'), ...diff], bytes: 4000, flags: ['-DTM_PORTABLE'] },
  page_set: { sources: inNative('fuzz/page_set_fuzz', 'page_set'), bytes: 250 },
  mappings: {
    sources: inNative('fuzz/mappings_fuzz', 'mappings', 'views', 'counts', 'trouble', 'wake', 'futex'),
    bytes: 64,
  },
  pages: { sources: [...inNative('fuzz/pages_fuzz', 'test/scalar_diff'), ...partsWithoutNode()], bytes: 600 },
}

export const targetNames = Object.keys(targets)
export const bytesOf = (target) => targets[target].bytes

const sanitized = ['-g', '-O2', '-fno-sanitize-recover=all', '-pthread', '-I', native]
const untraced = join(native, 'fuzz', 'untraced.txt')

/** Debian numbers its clang. */
const clangs = process.env.CLANG
  ? [process.env.CLANG]
  : ['clang', ...[20, 19, 18, 17, 16, 15, 14].map((n) => `clang-${n}`)]

/** How to compile: with libFuzzer, or `plain`. Throws an Error that says what is missing and what to do. */
export function toolchain(plain) {
  if (plain) {
    mustHaveCompiler()
    const sources = inNative('fuzz/driver', 'test/testing')
    return { suffix: '-plain', sources, flags: ['-fsanitize=address,undefined'], compiler: undefined }
  }
  const compiler = clangs.find((name) => spawnSync(name, ['--version']).status === 0)
  if (compiler === undefined) {
    throw new Error(
      `No clang was found (${clangs.join(', ')}), and coverage-guided fuzzing needs its libFuzzer.\n` +
        'Install it, for example: apt-get install clang-14 libclang-rt-14-dev\n' +
        'Or name one in the variable CLANG, or give --plain: by chance alone, with the C compiler that is here.',
    )
  }
  mustLink(compiler)
  const flags = ['-fsanitize=fuzzer,address,undefined', `-fsanitize-coverage-ignorelist=${untraced}`]
  return { suffix: '', sources: [], flags, compiler }
}

/** Debian has libFuzzer in a package of its own. */
function mustLink(compiler) {
  const probe = join(folder, `probe-${basename(compiler)}`)
  if (existsSync(probe)) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${probe}.c`, 'int LLVMFuzzerTestOneInput(const char *at, long size) { return at && size < 0; }\n')
  try {
    compile(probe, ['-fsanitize=fuzzer,address,undefined', `${probe}.c`], compiler)
  } catch (error) {
    throw new Error(
      `${compiler} is here, but cannot link a fuzzer.\n` +
        `Install its libraries, for example: apt-get install libclang-rt-14-dev\n${error.message}`,
    )
  }
}

/** Compiles a target, with a planted error or none; returns the program's path. */
export function buildTarget(name, { suffix, sources, flags, compiler }, error) {
  const target = targets[name]
  const program = join(folder, error === undefined ? `${name}${suffix}` : `planted/${error.name}${suffix}`)
  const parts = target.sources.map((source) => (error?.file === basename(source) ? plant(error, source) : source))
  const headers = [native, join(native, 'fuzz'), join(native, 'test')].flatMap((place) => filesIn(place, '.h'))
  const needs = [...target.sources, ...sources, ...headers, untraced, fileURLToPath(import.meta.url)]
  if (isOlder(program, [...needs, ...(error === undefined ? [] : parts)])) {
    compile(program, [...sanitized, ...flags, ...(target.flags ?? []), ...parts, ...sources], compiler)
  }
  return program
}

/** Writes the source with the error in it, unless it stands there already. */
function plant({ name, file, find, replace }, source) {
  const text = readFileSync(source, 'utf8')
  if (text.split(find).length !== 2) {
    throw new Error(`The planted error ${name} does not fit any more: native/${file} must hold once: ${find}`)
  }
  const planted = join(folder, 'planted', `${name}.${file}`)
  const wrong = text.replace(find, () => replace)
  mkdirSync(join(folder, 'planted'), { recursive: true })
  if (!existsSync(planted) || readFileSync(planted, 'utf8') !== wrong) writeFileSync(planted, wrong)
  return planted
}
