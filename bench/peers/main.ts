/**
 * `npm run peers`: over-relaxation and integer sort beside the same programs in other systems, threads of one process
 * and C with MPI, in one interleaved run. All must find the same, bit for bit. Prints times and ratios, and writes them
 * as JSON and Markdown; `--publish` puts them into docs/programs.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, type Given, run, usage } from '../../src/lab/command-line.js'
import { type Case, chosen, nameOf } from '../apps/catalog.js'
import { columns, markdownTable } from '../columns.js'
import { machine, progress, putIntoPage } from '../page.js'
import { type Measured, measure } from './measure.js'
import { findMpi, type Mpi } from './mpi.js'
import { mpiTitles, type System, systemsWith } from './systems.js'
import { type Cells, ratioTable, timeTable } from './tables.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MOST_NODES = 64
const PEERS = ['sor', 'is']

const command: Command = {
  name: 'peers',
  about: 'Measures sor and is beside the same programs with worker_threads and in C with MPI, interleaved.',
  options: {
    nodes: { value: 'N,N', help: 'numbers of processes (default 1,2,4)' },
    only: { value: 'NAMES', help: 'these programs, separated by commas; sor/zero is one size of sor' },
    quick: { help: 'small sizes, one round: to see that all works, not what it costs' },
    rounds: { value: 'N', least: 1, most: 1000, help: 'how many rounds (default 5)' },
    out: { value: 'DIR', help: 'where peers.json and peers.md go (default out/peers)' },
    publish: { help: 'puts the tables into docs/programs.md, too' },
  },
}

/** All there is to tell of a run. */
interface Report {
  readonly rounds: number
  readonly mpi: Mpi | undefined
  readonly systems: readonly System[]
  readonly all: readonly Measured[]
}

async function main(given: Given): Promise<number> {
  const nodes = nodesOf(given.text('nodes') ?? '1,2,4')
  const quick = given.has('quick')
  const rounds = given.number('rounds', quick ? 1 : 5)
  const wanted = wantedOf(given.text('only') ?? PEERS.join(','), quick)
  const mpi = findMpi()
  const systems = systemsWith(mpi)
  const all: Measured[] = []
  for (const [i, one] of wanted.entries()) {
    const where = `${i + 1} of ${wanted.length}: ${nameOf(one)}`
    all.push(await measure(one, systems, nodes, rounds, (what) => progress(`${where}, ${what}`)))
  }
  progress('')
  const report = { rounds, mpi, systems, all }
  console.log(`\n${conditions(report)}`)
  for (const { title, cells } of tablesOf(report)) console.log(`\n${title}\n\n${columns(cells, numbers(cells))}`)
  write(given.text('out') ?? join(root, 'out', 'peers'), report)
  for (const { app, preset, unfit, wrong } of all) {
    for (const why of unfit) console.log(`${app} ${preset}: left out: ${why}`)
    for (const what of wrong) console.log(`${app} ${preset}: WRONG: ${what}`)
  }
  if (all.some(({ wrong }) => wrong.length > 0)) return 1
  if (given.has('publish')) putIntoPage(join(root, 'docs', 'programs.md'), 'peers', markdown(report))
  return 0
}

function nodesOf(text: string): number[] {
  const counts = text.split(',').map(Number)
  if (counts.every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_NODES)) {
    return [...new Set(counts)].sort((a, b) => a - b)
  }
  throw usage(`--nodes '${text}': expected numbers from 1 to ${MOST_NODES}, such as 1,2,4`)
}

function wantedOf(only: string, quick: boolean): readonly Case[] {
  const names = only.split(',')
  const unknown = names.find((name) => !PEERS.includes(name.split('/')[0] ?? ''))
  if (unknown !== undefined) throw usage(`--only '${unknown}': there are peers of ${PEERS.join(' and ')}`)
  try {
    return chosen(names, quick)
  } catch (error) {
    throw usage(`--only ${only}: ${(error as Error).message}`)
  }
}

/** What one must know to read the tables. */
function conditions({ rounds, mpi }: Report): string {
  const missing = `not measured, because Open MPI is not installed: ${Object.values(mpiTitles).join('; ')}`
  const lines = [
    `${machine()}, ${mpi === undefined ? '' : `Open MPI ${mpi.version}, `}${rounds} round${rounds === 1 ? '' : 's'}.`,
    'Ours are `shared` and `messages`. Processes are bound to processors where there are enough; threads are not.',
    'On one process nobody sends anything: there the ratio to C is that of the compilers.',
    ...(mpi === undefined ? [`${missing}.`] : []),
  ]
  return lines.join('\n')
}

interface Titled {
  readonly title: string
  readonly cells: Cells
}

const tablesOf = ({ all, systems }: Report): readonly Titled[] => [
  { title: 'Time of the timed part, ms: median and middle half of the rounds', cells: timeTable(all, systems) },
  { title: '`shared` as a multiple of the others, formed round by round', cells: ratioTable(all, systems) },
]

/** All columns but the name of the program. */
const numbers = (cells: Cells): ReadonlySet<number> => new Set([...(cells[0] ?? []).keys()].slice(1))

const markdown = (report: Report): string =>
  [
    conditions(report),
    ...tablesOf(report).map(({ title, cells }) => `### ${title}\n\n${markdownTable(cells, numbers(cells))}`),
  ].join('\n\n')

function write(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true })
  const programs = report.all.map((one) => ({
    ...one,
    on: one.on.map(({ nodes, seconds }) => ({ nodes, seconds: Object.fromEntries(seconds) })),
  }))
  const json = { version: 1, machine: machine(), rounds: report.rounds, mpi: report.mpi?.version ?? null, programs }
  writeFileSync(join(folder, 'peers.json'), `${JSON.stringify(json, null, 2)}\n`)
  writeFileSync(join(folder, 'peers.md'), `${markdown(report)}\n`)
  console.log(`\nwritten: ${['peers.json', 'peers.md'].map((name) => join(folder, name)).join(', ')}`)
}

await run(command, process.argv.slice(2), main)
