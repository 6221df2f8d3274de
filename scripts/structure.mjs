/**
 * The rules of the house that a machine can hold: imports go one way, the core touches nothing outside itself,
 * files open with what they are and stay small, the documents' links and tables are true.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/** What each room under src/ may import: rooms, files beside them, or 'node'. */
const mayImport = {
  core: ['core', 'errors', 'limits'],
  protocols: ['core', 'errors', 'limits'],
  wire: ['core', 'errors', 'limits'],
  sim: ['core', 'wire', 'errors', 'limits'],
  diagram: ['core', 'wire', 'errors', 'limits'],
  // What judges the core may not share its notions of time.
  check: ['errors', 'limits'],
  lab: ['core', 'protocols', 'wire', 'sim', 'check', 'diagram', 'runtime/recordings', 'errors', 'limits', 'node'],
  runtime: ['core', 'protocols', 'wire', 'errors', 'limits', 'node'],
  cli: [
    'runtime/control',
    'runtime/recordings',
    'diagram',
    'core/counters',
    'core/kinds',
    'core/page-traffic',
    'core/tally',
    'protocols/table',
    'compare/comparison',
    'errors',
    'limits',
    'node',
  ],
  // Runs the command line, and takes of its rooms what reads and writes, but nothing that makes a run.
  compare: [
    'cli/failure',
    'cli/npm',
    'cli/options',
    'cli/outlet',
    'cli/output-file',
    'cli/statistics',
    'cli/text-table',
    'core/counters',
    'errors',
    'limits',
    'node',
  ],
  index: ['runtime', 'core/counters', 'errors', 'node'],
  errors: [],
  limits: [],
}

/** What the type checker lets through and the core must not use: time, luck, and waiting. */
const banned = [
  /\bDate\b/,
  /\bMath\.random\b/,
  /\bAtomics\.wait\b/,
  /\bBuffer\b/,
  /\bPromise\b/,
  /\basync\b/,
  /\bawait\s/,
]
const pure = ['core', 'protocols', 'wire', 'sim', 'check', 'diagram']

const MAX_LINES = { '.ts': 450, '.c': 400, '.h': 200, '.mjs': 250 }
/** What would tell where the project was written instead of what it is. */
const litter = [/\bFIXME\b/, /\bXXX\b/, /\/work\//, /\/root\//]

export function structureProblems(root) {
  const problems = []
  const files = [...walk(root)].map((path) => relative(root, path))
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    problems.push(...checkSize(file, text), ...checkOpening(file, text), ...checkLitter(file, text))
    if (file.startsWith('src/') && file.endsWith('.ts'))
      problems.push(...checkImports(file, text), ...checkPurity(file, text))
    if (file.endsWith('.md')) problems.push(...checkLinks(root, file, text))
  }
  problems.push(...checkErrorTable(root))
  return problems
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'build', 'out', '.git'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    else if (/\.(ts|mjs|c|h|md)$/.test(entry.name)) yield path
  }
}

function checkSize(file, text) {
  const lines = text.split('\n').length
  const most = MAX_LINES[/\.[a-z]+$/.exec(file)?.[0] ?? '']
  return most !== undefined && lines > most ? [`${file}: ${lines} lines; at most ${most}, or split it`] : []
}

function checkOpening(file, text) {
  // A .c file is introduced by its header, which it includes first.
  const introduced = file.endsWith('.c') && text.startsWith(`#include "${basename(file, '.c')}.h"`)
  if (file.endsWith('.md') || introduced || /^(#!.*\n)?\s*\/[*/]/.test(text)) return []
  return [`${file}: does not open with what it is and how it works`]
}

function checkLitter(file, text) {
  if (file === 'scripts/structure.mjs') return []
  return litter.filter((word) => word.test(text)).map((word) => `${file}: contains ${word.source}`)
}

function checkImports(file, text) {
  const [, first = '', second] = file.split('/')
  const room = second === undefined ? first.replace(/\.ts$/, '') : first
  const allowed = mayImport[room]
  if (allowed === undefined) return [`${file}: nobody has said what the room '${room}' may import`]
  const problems = []
  const imports = /^(?:import|export)\b[^'"]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm
  for (const [, from, bare, dynamic] of text.matchAll(imports)) {
    const target = from ?? bare ?? dynamic
    const place = target.startsWith('.') ? relative('src', join(dirname(file), target)).replace(/\.js$/, '') : 'node'
    const package_ =
      place === 'node' && !target.startsWith('node:') && !(room === 'runtime' && target.startsWith('tsx/'))
    const fine = !package_ && [room, ...allowed].some((name) => place === name || place.startsWith(`${name}/`))
    if (!fine) problems.push(`${file}: may not import ${target}`)
  }
  return problems
}

function checkPurity(file, text) {
  if (!pure.includes(file.split('/')[1])) return []
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  return banned.filter((word) => word.test(code)).map((word) => `${file}: the core may not use ${word.source}`)
}

function checkLinks(root, file, text) {
  const problems = []
  for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    if (!existsSync(join(root, dirname(file), target))) problems.push(`${file}: the link ${target} leads nowhere`)
  }
  return problems
}

/** docs/errors.md tells every code, and no other, with the blame and the remedy that the code has. */
function checkErrorTable(root) {
  const path = join(root, 'docs', 'errors.md')
  if (!existsSync(path)) return ['docs/errors.md: missing']
  const source = readFileSync(join(root, 'src', 'errors.ts'), 'utf8')
  const page = readFileSync(path, 'utf8')
  const entries = /\b(ERR_TM_[A-Z_]+): \{\s*blame: '(\w+)',\s*remedy:\s*(['"])(.*?)\3,?\s*\}/gs
  const told = new Map(
    [...page.matchAll(/^\| `(ERR_TM_[A-Z_]+)` \| (\w+) \|.*\| (.*) \|$/gm)].map((row) => [row[1], row]),
  )
  const problems = []
  for (const [, code, blame, , remedy] of source.matchAll(entries)) {
    const [, , toldBlame, toldRemedy] = told.get(code) ?? []
    told.delete(code)
    if (toldBlame === blame && toldRemedy === remedy) continue
    problems.push(`docs/errors.md: ${code} should have the blame ${blame} and the remedy: ${remedy}`)
  }
  return [...problems, ...[...told.keys()].map((code) => `docs/errors.md: there is no ${code}`)]
}
