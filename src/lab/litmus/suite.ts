/**
 * Litmus files together: finds and reads them, and writes what is generated: the outcomes in the files, and the
 * table of all tests in the README beside them.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { usage } from '../command-line.js'
import { parseLitmus } from './file.js'
import { askedRow, groups, type LitmusTest, outcomeText } from './model.js'
import { withOutcomes } from './outcomes.js'

/** The tests of these files, and of the `.litmus` files in these folders, in the order of their groups. */
export function readTests(paths: readonly string[]): LitmusTest[] {
  const tests = paths.flatMap(filesOf).map((path) => parseLitmus(path, readFileSync(path, 'utf8')))
  return groups.flatMap((group) => tests.filter((test) => test.group === group))
}

/** Those whose name fits; in a pattern `*` stands for anything. Throws ERR_TM_USAGE when there are none. */
export function named(tests: readonly LitmusTest[], pattern: string): LitmusTest[] {
  const parts = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'))
  const found = tests.filter(({ name }) => new RegExp(`^${parts.join('.*')}$`).test(name))
  if (found.length > 0) return found
  throw usage(`--only '${pattern}': known are ${tests.map(({ name }) => name).join(', ')}`)
}

/** Writes the right outcomes into these files; returns the paths of those that were not right. */
export function rewrite(paths: readonly string[]): string[] {
  return paths.flatMap(filesOf).flatMap((path) => {
    return replace(path, (text) => withOutcomes(parseLitmus(path, text), text))
  })
}

/** Writes the table of the tests into the README of each folder among these paths, where there is a place for it. */
export function rewriteTables(paths: readonly string[]): string[] {
  return paths.flatMap((folder) => {
    const path = join(folder, 'README.md')
    return existsSync(path) ? replace(path, (text) => withTable(text, readTests([folder]))) : []
  })
}

const BEGIN = '<!-- The table is written by `npm run litmus -- --rewrite`. -->'
const END = '<!-- The end of the table. -->'

/** The text of the README with the table of these tests. */
export function withTable(text: string, tests: readonly LitmusTest[]): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) return text
  return `${text.slice(0, begin + BEGIN.length)}\n\n${tableOf(tests).join('\n')}\n\n${text.slice(end)}`
}

function tableOf(tests: readonly LitmusTest[]): string[] {
  return groups.flatMap((group) => {
    const rows = tests.filter((test) => test.group === group).map(rowOf)
    const title = `${group[0]?.toUpperCase()}${group.slice(1)}`
    return rows.length === 0 ? [] : [`### ${title}`, '', ...head, ...rows, '']
  })
}

const head = ['| test | class | asked | sc | lrc |', '| --- | --- | --- | --- | --- |']

function rowOf(test: LitmusTest): string {
  const { values, allowed, asked } = askedRow(test)
  const word = (model: string): string => {
    const verdict = allowed[test.models.indexOf(model)]
    return verdict === undefined ? '—' : verdict ? '**allowed**' : 'never'
  }
  const question = `${outcomeText(test, values)}: ${asked}`
  return `| [${test.name}](${test.name}.litmus) | ${test.class} | ${question} | ${word('sc')} | ${word('lrc')} |`
}

function filesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw usage(`'${path}': there is no such file or folder`)
  if (!stat.isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => name.endsWith('.litmus'))
  if (names.length === 0) throw usage(`'${path}': there are no .litmus files in this folder`)
  return names.sort().map((name) => join(path, name))
}

function replace(path: string, change: (text: string) => string): string[] {
  const text = readFileSync(path, 'utf8')
  const changed = change(text)
  if (changed === text) return []
  writeFileSync(path, changed)
  return [path]
}
