/**
 * `npm run bench`: basic operations beside their floors, measured in the same run. All sources take turns, round by
 * round and in a changing order, because these machines are noisy and drift. Prints a table, and writes the samples as
 * JSON, the table as Markdown and a chart; `--publish` puts table and chart into docs/performance.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, type Given, run, usage } from '../src/lab/command-line.js'
import { chart } from './chart.js'
import { machine, progress, putIntoPage } from './page.js'
import { type Row, rows } from './rows.js'
import { type Setting, type Source, sourcesOf, usual } from './sources.js'
import { markdown, table } from './table.js'
import { judge, type Result, type Samples } from './verdict.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const command: Command = {
  name: 'bench',
  about: 'Measures basic operations beside floors in C, interleaved; several minutes on an idle machine.',
  options: {
    rounds: { value: 'N', least: 1, most: 1000, help: 'how many rounds (default 11)' },
    only: { value: 'NAMES', help: 'these rows, separated by commas, and what they are compared with' },
    quick: { help: 'two rounds: to see that it works, not what it costs' },
    sor: { value: 'N,W', help: 'N iterations of over-relaxation after W that are not timed (default 500,700)' },
    options: { value: 'WORDS', help: 'options of treadmarks run for all programs, such as --no-bind' },
    list: { help: 'the names of all rows' },
    out: { value: 'DIR', help: 'where bench.json, bench.md and bench.svg go (default out/bench)' },
    publish: { help: 'puts table and chart into docs/performance.md, too' },
  },
}

async function main(given: Given): Promise<number> {
  if (given.has('list')) {
    for (const { name, title } of rows) console.log(`${name.padEnd(18)}${title}`)
    return 0
  }
  const wanted = chosen(given.text('only'))
  const rounds = given.number('rounds', given.has('quick') ? 2 : 11)
  const setting = { sor: sorOf(given.text('sor')), options: given.text('options')?.split(' ') ?? usual.options }
  const samples = await measure(wanted, rounds, setting)
  const results = wanted.flatMap((row) => judge(row, samples) ?? [])
  console.log(`\n${machine()}, ${rounds} rounds\n\n${table(results)}`)
  write(given.text('out') ?? join(root, 'out', 'bench'), rounds, samples, results)
  if (given.has('publish')) publish(rounds, results)
  return 0
}

function chosen(only: string | undefined): readonly Row[] {
  if (only === undefined) return rows
  return only.split(',').map((name) => {
    const row = rows.find((one) => one.name === name)
    if (row === undefined) throw usage(`--only '${name}': known are ${rows.map((one) => one.name).join(', ')}`)
    return row
  })
}

function sorOf(text: string | undefined): Setting['sor'] {
  if (text === undefined) return usual.sor
  const [, iterations, warmUp] = /^(\d+),(\d+)$/.exec(text) ?? []
  if (Number(iterations) > 0) return [Number(iterations), Number(warmUp)]
  throw usage(`--sor '${text}': expected two numbers, such as 1000,1000`)
}

async function measure(wanted: readonly Row[], rounds: number, setting: Setting): Promise<Samples> {
  const names = new Set(wanted.flatMap(({ name, beside }) => (beside === undefined ? [name] : [name, beside])))
  const needed = sourcesOf(setting).filter(({ gives }) => gives.some((name) => names.has(name)))
  const samples = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const source of turned(needed, round)) {
      progress(`round ${round + 1} of ${rounds}: ${source.gives.join(', ')}`)
      for (const [name, us] of await source.sample()) samples.set(name, [...(samples.get(name) ?? []), us])
    }
  }
  progress('')
  return samples
}

/** Whoever goes first changes, so that a drift of the machine falls on all. */
function turned(list: readonly Source[], round: number): readonly Source[] {
  const from = (round * 3) % list.length
  const turned = [...list.slice(from), ...list.slice(0, from)]
  return round % 2 === 0 ? turned : turned.reverse()
}

function write(folder: string, rounds: number, samples: Samples, results: readonly Result[]): void {
  mkdirSync(folder, { recursive: true })
  const all = { version: 1, machine: machine(), rounds, results, samplesUs: Object.fromEntries(samples) }
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(join(folder, 'bench.md'), `${markdown(results)}\n`)
  writeFileSync(join(folder, 'bench.svg'), chart(results))
  console.log(`\nwritten: ${['bench.json', 'bench.md', 'bench.svg'].map((name) => join(folder, name)).join(', ')}`)
}

function publish(rounds: number, results: readonly Result[]): void {
  const page = join(root, 'docs', 'performance.md')
  putIntoPage(page, 'bench', `${machine()}; ${rounds} rounds.\n\n${markdown(results)}\n\n![chart](bench.svg)`)
  writeFileSync(join(dirname(page), 'bench.svg'), chart(results))
}

await run(command, process.argv.slice(2), main)
