/**
 * `npm run apps`: the programs of the papers, each as a sequential program, with shared memory and with messages. Prints
 * time, speedup, messages and kilobytes beside what was published, and where the messages go; writes the same as JSON, as
 * Markdown and as a chart. `--publish` puts them into docs/programs.md and the short table into the README.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, type Given, run, usage } from '../../src/lab/command-line.js'
import { columns, markdownTable } from '../columns.js'
import { machine, progress, putIntoPage } from '../page.js'
import { type Case, cases, chosen, nameOf } from './catalog.js'
import { chart } from './chart.js'
import { type Measured, measure } from './measure.js'
import { published } from './published.js'
import { type Cells, kindTable, messageTable, named, sharingTable, shortTable, timeTable } from './tables.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MOST_NODES = 64

const command: Command = {
  name: 'apps',
  about: 'Runs the programs of the papers in three versions and compares them, with each other and with the papers.',
  options: {
    nodes: { value: 'N,N', help: 'numbers of processes (default 1,2,4,8)' },
    only: { value: 'NAMES', help: 'these programs, separated by commas; sor/zero is one size of sor' },
    quick: { help: 'small sizes, one round: to see that all works, not what it costs' },
    rounds: { value: 'N', least: 1, most: 100, help: 'how many rounds (default 3)' },
    out: { value: 'DIR', help: 'where apps.json, apps.md and apps.svg go (default out/apps)' },
    publish: { help: 'puts tables and chart into docs/programs.md and README.md, too' },
  },
}

async function main(given: Given): Promise<number> {
  const nodes = nodesOf(given.text('nodes') ?? '1,2,4,8')
  const quick = given.has('quick')
  const rounds = quick ? 1 : given.number('rounds', 3)
  const wanted = wantedOf(given.text('only'), quick)
  const all: Measured[] = []
  for (const [i, one] of wanted.entries()) {
    const where = `${i + 1} of ${wanted.length}: ${nameOf(one)}`
    all.push(await measure(one, { nodes, rounds, quick }, (what) => progress(`${where}, ${what}`)))
    progress('')
    tell(all.at(-1) as Measured)
  }
  console.log(`\n${machine()}, ${counted(rounds, 'round')}; times are medians, K is 1,000`)
  for (const { title, cells } of tablesOf(all)) console.log(`\n${title}\n\n${columns(cells, numbers(cells))}`)
  write(given.text('out') ?? join(root, 'out', 'apps'), rounds, all)
  if (given.has('publish')) publish(rounds, all)
  return all.every(({ wrong }) => wrong.length === 0) ? 0 : 1
}

function nodesOf(text: string): number[] {
  const counts = text.split(',').map(Number)
  if (counts.every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_NODES)) {
    return [...new Set(counts)].sort((a, b) => a - b)
  }
  throw usage(`--nodes '${text}': expected numbers from 1 to ${MOST_NODES}, such as 1,2,4,8`)
}

function wantedOf(only: string | undefined, quick: boolean): readonly Case[] {
  if (only === undefined) return cases(quick)
  try {
    return chosen(only.split(','), quick)
  } catch (error) {
    throw usage(`--only ${only}: ${(error as Error).message}`)
  }
}

/** What is known of a program as soon as it is measured. */
function tell(one: Measured): void {
  const times = one.on.map(({ nodes, seconds }) => `${nodes}: ${best(seconds.shared)} and ${best(seconds.messages)} s`)
  console.log(`${named(one)}: sequential ${best(one.sequential)} s; shared and messages on ${times.join(', ')}`)
  for (const why of one.unfit) console.log(`  left out: ${why}`)
  for (const what of one.wrong) console.log(`  WRONG: ${what}`)
}

const best = (seconds: readonly number[]): string => Math.min(...seconds).toFixed(3)

interface Titled {
  readonly title: string
  readonly cells: Cells
}

const tablesOf = (all: readonly Measured[]): readonly Titled[] => [
  { title: 'Time of the timed part', cells: timeTable(all) },
  { title: 'Messages and kilobytes of the timed part', cells: messageTable(all) },
  { title: 'Where the messages of the shared versions go: messages / kB', cells: kindTable(all) },
  { title: 'Pages of the shared versions, by who writes them in the timed part', cells: sharingTable(all) },
]

/** All columns but those whose cells are words. */
const numbers = (cells: Cells): ReadonlySet<number> =>
  new Set((cells[0] ?? []).flatMap((head, i) => (['program', 'allocation', 'most traffic'].includes(head) ? [] : [i])))

const markdown = (all: readonly Measured[]): string =>
  tablesOf(all)
    .map(({ title, cells }) => `### ${title}\n\n${markdownTable(cells, numbers(cells))}`)
    .join('\n\n')

function write(folder: string, rounds: number, all: readonly Measured[]): void {
  mkdirSync(folder, { recursive: true })
  const json = { version: 1, machine: machine(), rounds, published, programs: all }
  writeFileSync(join(folder, 'apps.json'), `${JSON.stringify(json, null, 2)}\n`)
  writeFileSync(join(folder, 'apps.md'), `${markdown(all)}\n`)
  writeFileSync(join(folder, 'apps.svg'), chart(all))
  console.log(`\nwritten: ${['apps.json', 'apps.md', 'apps.svg'].map((name) => join(folder, name)).join(', ')}`)
}

function publish(rounds: number, all: readonly Measured[]): void {
  const what = `${machine()}; ${counted(rounds, 'round')}.`
  putIntoPage(join(root, 'docs', 'programs.md'), 'apps', `${what}\n\n![chart](apps.svg)\n\n${markdown(all)}`)
  writeFileSync(join(root, 'docs', 'apps.svg'), chart(all))
  const short = shortTable(all)
  putIntoPage(join(root, 'README.md'), 'apps', `${what}\n\n${markdownTable(short, numbers(short))}`)
}

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

await run(command, process.argv.slice(2), main)
