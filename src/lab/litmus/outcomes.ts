/**
 * The outcomes that a litmus file should list, by the oracle: what it says otherwise, and its text with the right
 * ones in their place. Models that the oracle does not know keep what the file says.
 */
import { allowedBy, type LitmusTest, outcomeKey, outcomeText, outcomeValues, type Row } from './model.js'
import { findOutcomes, knownModels } from './oracle.js'

/** Where the file and the definitions differ, in lines. */
export function disagreements(test: LitmusTest): string[] {
  const wrong = knownModels.flatMap((model) => {
    const said = allowedBy(test, model)
    if (said === undefined) return []
    const { outcomes } = findOutcomes(test, model)
    const left = [...outcomes].filter((key) => !said.has(key)).map((key) => `${model} allows ${inWords(test, key)}`)
    const over = [...said].filter((key) => !outcomes.has(key)).map((key) => `${model} never has ${inWords(test, key)}`)
    return [...left, ...over]
  })
  const { race } = findOutcomes(test, 'sc')
  if (race === undefined && test.class === 'racy') wrong.push('class is race-free: no two accesses race')
  if (race !== undefined && test.class === 'race-free') wrong.push(`class is racy: ${race}`)
  return wrong
}

/** The text of the file with the outcomes that the oracle finds. */
export function withOutcomes(test: LitmusTest, text: string): string {
  const { columns, models } = test
  const widths = columns.map((column) => Math.max(column.length, 1))
  const cellsOf = (cells: readonly string[]): string =>
    cells.map((cell, i) => cell.padEnd(widths[i] as number)).join(' ')
  const modelWidth = Math.max(...models.map((model) => model.length), 'allowed'.length)
  const heading = `${cellsOf(columns)} | ${models.map((model) => model.padEnd(modelWidth)).join('  ')}`
  const rows = rightRows(test).map(({ values, allowed, asked }) => {
    const words = allowed.map((yes) => (yes ? 'allowed' : 'never').padEnd(modelWidth)).join('  ')
    return `${cellsOf(values.map(String))} | ${words}${asked === undefined ? '' : `  asked: ${asked}`}`
  })
  const paragraphs = text.trimEnd().split(/\n[ \t]*\n/)
  const rest = paragraphs.slice(0, -1).join('\n\n')
  return `${rest}\n\n${[heading, ...rows].map((line) => line.trimEnd()).join('\n')}\n`
}

/** The outcomes that some model allows and the one that is asked about, in order. */
function rightRows(test: LitmusTest): Row[] {
  const rows = new Map(test.rows.map((row) => [outcomeKey(row.values), row]))
  const found = new Map(knownModels.map((model) => [model as string, findOutcomes(test, model).outcomes]))
  for (const key of [...found.values()].flatMap((outcomes) => [...outcomes])) {
    if (rows.has(key)) continue
    rows.set(key, { values: outcomeValues(key), allowed: test.models.map(() => false), asked: undefined })
  }
  return [...rows.entries()]
    .map(([key, row]) => {
      const allowed = test.models.map((model, i) => found.get(model)?.has(key) ?? (row.allowed[i] as boolean))
      return { ...row, allowed }
    })
    .filter(({ allowed, asked }) => asked !== undefined || allowed.includes(true))
    .sort((a, b) => inOrder(a.values, b.values))
}

const inWords = (test: LitmusTest, key: string): string => outcomeText(test, outcomeValues(key))

function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}
