/**
 * Litmus files. Four paragraphs, apart by empty lines: a title and a lesson in `#` lines; `key: value` lines; the
 * program, a column for each process; the outcomes, a row for each, with what each model says of it. One row is
 * the outcome that the test asks about. litmus/README.md tells how to write one.
 */
import { Line, LitmusError } from './mistake.js'
import { type Group, groups, isRegister, type LitmusTest, outcomeKey, type Row, type Step } from './model.js'
import { cells, parseByte, parseProcesses } from './steps.js'

const headers = ['shape', 'group', 'class', 'init'] as const
type Header = (typeof headers)[number]
const classes = ['race-free', 'racy'] as const

/** `path`: `…/NAME.litmus`; for messages, and because the title must begin with the name. */
export function parseLitmus(path: string, text: string): LitmusTest {
  const lines = text.split('\n').map((line, i) => new Line(path, i + 1, line.trim()))
  const [opening, header, program, outcomes, ...more] = paragraphs(lines)
  if (opening === undefined) throw new LitmusError(path, 1, `expected a title, '# NAME: what it asks'; found nothing`)
  const { name, title, lesson } = parseOpening(path, opening)
  const last = lines.at(-1) as Line
  if (header === undefined) throw last.expected(`lines 'key: value' with the keys ${headers.join(', ')}`)
  const { shape, group, kind, init } = parseHeader(header)
  if (program === undefined) throw last.expected(`the program, 'P0 | P1 | …' and a line for each row of steps`)
  const processes = parseProcesses(program)
  if (outcomes === undefined) throw last.expected(`the outcomes, 'r1 r2 | sc lrc' and a line for each`)
  if (more[0]?.[0] !== undefined) throw more[0][0].expected('nothing after the outcomes')
  const locations = locationsOf(processes)
  for (const [location, line] of init.places) {
    if (!locations.includes(location)) throw line.expected(`one of the locations ${locations.join(', ')}`, location)
  }
  const { columns, models, rows } = parseOutcomes(outcomes, processes, locations)
  const rest = { locations, init: init.values, processes, columns, models, rows }
  const line = (program[0] as Line).number
  return { path, line, name, title, lesson, shape, group, class: kind, ...rest }
}

function paragraphs(lines: readonly Line[]): Line[][] {
  const found: Line[][] = []
  let inside = false
  for (const line of lines) {
    if (line.text === '') inside = false
    else if (inside) found.at(-1)?.push(line)
    else found.push([line])
    inside = line.text !== ''
  }
  return found
}

function parseOpening(path: string, lines: readonly Line[]): { name: string; title: string; lesson: string } {
  const [first, ...rest] = lines as [Line, ...Line[]]
  const file = path.replace(/^.*\//, '').replace(/\.litmus$/, '')
  const [, name, title] = /^# (\S+): (.+)$/.exec(first.text) ?? []
  if (name === undefined || title === undefined) throw first.expected(`a title, '# ${file}: what it asks'`)
  if (name !== file) throw first.expected(`the name of the file, '${file}', in the title`, name)
  const stray = rest.find(({ text }) => !text.startsWith('#'))
  if (stray !== undefined) throw stray.expected(`an empty line after the lesson`)
  const lesson = rest.flatMap(({ text }) => (text === '#' ? [] : [text.slice(1).trim()])).join(' ')
  if (lesson === '') throw first.expected(`a lesson in '#' lines after the title`, 'none')
  return { name, title, lesson }
}

interface Init {
  readonly values: ReadonlyMap<string, number>
  readonly places: ReadonlyMap<string, Line>
}

function parseHeader(lines: readonly Line[]): { shape: string; group: Group; kind: LitmusTest['class']; init: Init } {
  const found = new Map<Header, [value: string, line: Line]>()
  for (const line of lines) {
    const [, key, value] = /^(\w+): +(.+)$/.exec(line.text) ?? []
    const known = headers.find((header) => header === key)
    if (known === undefined || value === undefined) {
      throw line.expected(`'key: value' with one of the keys ${headers.join(', ')}`)
    }
    if (found.has(known)) throw line.expected(`'${known}' once`)
    found.set(known, [value, line])
  }
  const get = (key: Header): [string, Line] => {
    const value = found.get(key)
    if (value === undefined) throw (lines.at(-1) as Line).expected(`a line '${key}: …' here`)
    return value
  }
  const oneOf = <T extends string>(key: Header, known: readonly T[]): T => {
    const [value, line] = get(key)
    const one = known.find((item) => item === value)
    if (one === undefined) throw line.expected(`one of: ${known.join(', ')}`, value)
    return one
  }
  const init = parseInit(found.get('init'))
  return { shape: get('shape')[0], group: oneOf('group', groups), kind: oneOf('class', classes), init }
}

function parseInit(given: [value: string, line: Line] | undefined): Init {
  const values = new Map<string, number>()
  const places = new Map<string, Line>()
  if (given === undefined) return { values, places }
  const [text, line] = given
  for (const part of text.split(',')) {
    const [, location, value] = /^\s*([a-z]) *= *(\w+)\s*$/.exec(part) ?? []
    if (location === undefined || value === undefined) throw line.expected(`'x = 1, y = 2'`, part.trim())
    values.set(location, parseByte(line, value))
    places.set(location, line)
  }
  return { values, places }
}

function locationsOf(processes: readonly (readonly Step[])[]): string[] {
  const found = new Set<string>()
  for (const step of processes.flat()) if ('location' in step) found.add(step.location)
  return [...found].sort()
}

type Outcomes = Pick<LitmusTest, 'columns' | 'models' | 'rows'>

function parseOutcomes(
  lines: readonly Line[],
  processes: readonly (readonly Step[])[],
  locations: readonly string[],
): Outcomes {
  const [heading, ...rest] = lines as [Line, ...Line[]]
  const [left = '', right = '', ...more] = cells(heading)
  if (left === '' || right === '' || more.length > 0)
    throw heading.expected(`registers, '|' and models, 'r1 r2 | sc lrc'`)
  const columns = left.split(/\s+/)
  const models = right.split(/\s+/)
  const registers = processes.flat().flatMap((step) => (step.type === 'load' ? [step.register] : []))
  for (const column of columns) {
    const known = isRegister(column) ? registers : locations
    if (!known.includes(column))
      throw heading.expected(`columns among ${[...registers, ...locations].join(', ')}`, column)
  }
  const left_out = registers.find((register) => !columns.includes(register))
  if (left_out !== undefined) throw heading.expected(`a column for ${left_out}`)
  const twice = [...columns, ...models].find((word, i, all) => all.indexOf(word) !== i)
  if (twice !== undefined) throw heading.expected(`each column once`, twice)
  const rows = rest.map((line) => parseRow(line, columns, models))
  checkRows(heading, rest, rows)
  return { columns, models, rows }
}

function parseRow(line: Line, columns: readonly string[], models: readonly string[]): Row {
  const [left = '', right = '', ...more] = cells(line)
  const values = left.split(/\s+/).map((text) => parseByte(line, text))
  if (values.length !== columns.length || more.length > 0) {
    throw line.expected(`${columns.length} values, for ${columns.join(' ')}, then '|'`)
  }
  const [, said = '', asked] = /^(.*?)(?:\s*\basked: (.+))?$/.exec(right) ?? []
  const words = said.split(/\s+/)
  if (words.length !== models.length || words.some((word) => word !== 'allowed' && word !== 'never')) {
    throw line.expected(`'allowed' or 'never' for each of ${models.join(', ')}, then perhaps 'asked: …'`, right)
  }
  return { values, allowed: words.map((word) => word === 'allowed'), asked }
}

function checkRows(heading: Line, lines: readonly Line[], rows: readonly Row[]): void {
  const seen = new Set<string>()
  for (const [i, row] of rows.entries()) {
    const key = outcomeKey(row.values)
    if (seen.has(key)) throw (lines[i] as Line).expected('each outcome once', key)
    seen.add(key)
  }
  const asked = rows.filter((row) => row.asked !== undefined).length
  if (asked !== 1)
    throw heading.expected(`one outcome that is asked about, with 'asked: what it would mean'`, `${asked}`)
}
