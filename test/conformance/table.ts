/** The table of the documents: properties by protocols, and below it each skip with its reason. */
import { properties } from './properties.js'
import { subjects } from './property.js'
import { entries } from './protocols.js'

const BEGIN = '<!-- Written by `npm run conformance -- --rewrite`. -->'
const END = '<!-- The end of what is written. -->'

/** The text of the page, with the table as it is now. */
export function withTable(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no place for the table: ${BEGIN} … ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tables().join('\n')}\n${page.slice(end)}`
}

export function tables(): string[] {
  const names = Object.keys(entries)
  return [
    row(['', ...names.map((name) => `\`${name}\``)]),
    row(['---', ...names.map(() => '---')]),
    ...subjects.flatMap((subject) => [
      row([`**${subject}**`, ...names.map(() => '')]),
      ...properties.filter((property) => property.subject === subject).map(({ name }) => row([name, ...cells(name)])),
    ]),
    '',
    ...Object.entries(entries).flatMap(([name, skips]) => [
      `### ${name}`,
      '',
      ...Object.entries(skips).map(([property, why]) => `* *${property}*: ${why}`),
      '',
    ]),
  ]
}

const cells = (property: string): string[] =>
  Object.values(entries).map((skips) => (Object.hasOwn(skips, property) ? 'no' : 'yes'))

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
