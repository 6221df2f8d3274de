/**
 * What must be known of the program's file beyond its name: whether it is a CommonJS program, and where its
 * syntax is wrong, which Node tells the main thread of a process and keeps from its workers.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** By Node's rule: the extension, or else the nearest package.json. */
export function isCommonJs(program: string): boolean {
  if (/^\.m/.test(extname(program))) return false
  for (let directory = dirname(program); ; directory = dirname(directory)) {
    const path = join(directory, 'package.json')
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { type?: unknown }).type !== 'module'
    if (dirname(directory) === directory) return true
  }
}

/** Files that are looked at for the place of a syntax error: each costs the start of a process. */
const MAX_FILES = 16

/** The error, and when it is of syntax and does not say where, the place before its stack. */
export function located(error: unknown, program: string): unknown {
  if (!(error instanceof SyntaxError) || error.stack === undefined || /^(file:\/\/)?\//.test(error.stack)) return error
  const seen = new Set([program])
  for (const file of seen) {
    const place = wrongSyntax(file)
    if (place !== undefined) {
      error.stack = `${place}\n${error.stack}`
      break
    }
    for (const next of importsOf(file)) if (seen.size < MAX_FILES) seen.add(next)
  }
  return error
}

/** File, line, the line itself and a mark below it; undefined when the file is right, or no JavaScript. */
function wrongSyntax(file: string): string | undefined {
  if (!/\.[cm]?js$/.test(file)) return undefined
  const { status, stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 1_000 })
  return status === 1 ? stderr.split('\n\n')[0] : undefined
}

/** Files that a module names by relative paths. */
function importsOf(file: string): string[] {
  const names = readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)
  return [...names]
    .map(([, name = '']) => fileURLToPath(new URL(name, pathToFileURL(file))))
    .filter((f) => existsSync(f))
}
