/** The comparison as a table for a terminal, a column for each protocol, and below it where outputs disagree. */
import { grouped, shownName, textTable } from '../cli/text-table.js'
import { MAX_COMPARED_BYTES } from '../limits.js'
import { shownLine } from './lines.js'
import { measures } from './measures.js'
import type { Result, Results } from './result.js'

/** `what` says what was run. */
export function table(what: string, results: Results): string {
  const { all } = results
  const row = (title: string, cell: (result: Result) => string): string[] => [title, ...all.map(cell)]
  const rows = [
    row('', ({ protocol }) => protocol),
    ...measures.map(({ title, of, shown }) =>
      row(title, ({ exitCode, statistics }) => (exitCode === 0 && statistics ? shown(of(statistics)) : '–')),
    ),
    row('output', outputCell),
  ]
  if (all.some(({ exitCode }) => exitCode !== 0)) rows.push(row('exit code', ({ exitCode }) => String(exitCode)))
  return `treadmarks: ${shownName(what, MAX_TITLE)}\n${textTable(rows)}${all.map((one) => disagreement(one, results)).join('')}`
}

/** Characters of the title. */
const MAX_TITLE = 120

function outputCell({ verdict, lines, exitCode }: Result): string {
  switch (verdict) {
    case 'measure':
      return lines === undefined ? 'too long' : `${grouped(lines)} ${lines === 1 ? 'line' : 'lines'}`
    case 'agrees':
      return 'the same'
    case 'disagrees':
      return 'differs'
    case 'unknown':
      if (exitCode !== 0) return 'failed'
      return lines === undefined ? 'too long' : 'not compared'
  }
}

function disagreement({ protocol, exitCode, verdict, difference }: Result, { measure }: Results): string {
  const tooLong = `more than ${MAX_COMPARED_BYTES / 1024 ** 2} MiB were printed`
  if (exitCode === 0 && verdict === 'unknown') return `treadmarks: outputs under ${protocol} not compared: ${tooLong}\n`
  if (difference === undefined || measure === undefined) return ''
  const width = Math.max(measure.protocol.length, protocol.length)
  const line = (name: string, text: string | undefined): string =>
    `  only under ${name.padEnd(width)}  ${text === undefined ? '(nothing)' : shownLine(text)}\n`
  return (
    `treadmarks: outputs under ${measure.protocol} and ${protocol} disagree; sorted, the first lines that differ are\n` +
    line(measure.protocol, difference.first) +
    line(protocol, difference.other)
  )
}
