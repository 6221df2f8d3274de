/**
 * `npm run sim`: runs simulated clusters, one from a seed, many, or one that was kept in a file, and checks every
 * read. Ends with 0 when all is well, 3 for a wrong value (or a lock held twice, and the like), 4 for a hang,
 * 5 for a crash, 2 for a wrong command line.
 */
import { basename, join } from 'node:path'
import { TreadMarksError } from '../../errors.js'
import { type Command, type Given, run, usage } from '../command-line.js'
import { Drawing } from '../diagram/drawing.js'
import { Film } from '../diagram/film.js'
import { mustBeSimulated, simulatedNames } from '../protocols.js'
import { scale } from '../scale/scale.js'
import { describe, type Kind } from './draw.js'
import { keepSeed } from './kept-seeds.js'
import { describeVerdict, exitCodeOf, keepSmall } from './report.js'
import { DEFAULT_OPERATIONS, drawOf, kindOf, runSeed, type SeedRun, trialOf } from './seed.js'
import { runTrial, type Trial, type Verdict } from './trial.js'
import { readTrial } from './trial-file.js'

const command: Command = {
  name: 'sim',
  about: 'Simulates whole clusters and checks every read.',
  options: {
    seed: { value: 'N', help: 'the run that follows from this seed (default 1)' },
    seeds: { value: 'N', least: 1, help: 'this many seeds, from --seed on' },
    kind: { value: 'KIND', help: 'race-free or racy; by default the seed says' },
    operations: { value: 'N', least: 10, most: 1_000_000, help: `about how many (default ${DEFAULT_OPERATIONS})` },
    protocol: { value: 'NAME', help: `${simulatedNames()} (default treadmarks)` },
    program: { value: 'FILE', help: 'a trial that was kept in a file' },
    diagram: { value: 'FILE', help: 'draw the run as a space-time diagram (SVG); docs/diagrams.md tells more' },
    trace: { help: 'print everything that happens' },
    'no-shrink': { help: 'do not make a failing run smaller' },
    keep: { value: 'FILE', help: 'add failing seeds to this file, as test/proof/seeds.txt' },
    scale: { help: 'larger and larger clusters: what grows faster than the work' },
    nodes: { value: 'N,N,…', help: 'with --scale: how many (default 8, 16, 32 … 1024)' },
    only: { value: 'NAMES', help: 'with --scale: of sor, lock and all' },
  },
}

function main(given: Given): number | Promise<number> {
  for (const name of ['scale', 'seeds'])
    if (given.has('diagram') && given.has(name)) throw usage(`--diagram draws one run, and --${name} has many`)
  if (given.has('scale')) return scale(given)
  for (const name of ['nodes', 'only']) if (given.has(name)) throw usage(`--${name} goes with --scale`)
  const file = given.text('program')
  if (file !== undefined) return showFile(file, given)
  const first = given.number('seed', 1)
  const count = given.number('seeds', 1)
  return given.has('seeds') ? showSeeds(given, first, count) : showSeed(runOf(given, first), given)
}

function showFile(file: string, given: Given): number {
  const trial = readTrial(file)
  const drawing = drawingOf(given, basename(file), trial)
  const verdict = runTrial(trial, given.has('trace') ? console.log : undefined, drawing?.film)
  console.log(describeVerdict(verdict))
  return ended(verdict, drawing)
}

function showSeed(seedRun: SeedRun, given: Given): number {
  console.log(`seed ${seedRun.seed}: ${describe(drawOf(seedRun))}`)
  const drawing = drawingOf(given, `seed ${seedRun.seed}`, trialOf(seedRun))
  const verdict = runSeed(seedRun, given.has('trace') ? console.log : undefined, drawing?.film)
  console.log(describeVerdict(verdict))
  if (verdict.failure !== undefined && !given.has('no-shrink')) {
    keepSmall(trialOf(seedRun), verdict.failure, kept(seedRun), console.log)
  }
  return ended(verdict, drawing)
}

const drawingOf = (given: Given, name: string, { setup }: Trial): Drawing | undefined => {
  const path = given.text('diagram')
  return path === undefined ? undefined : new Drawing(path, new Film(`${name}, ${setup.protocol}`, setup))
}

/** A diagram that cannot be drawn makes a run that went well end with 1, and does not hide one that did not. */
function ended(verdict: Verdict, drawing: Drawing | undefined): number {
  const code = exitCodeOf(verdict)
  try {
    drawing?.keep()
  } catch (error) {
    if (!(error instanceof TreadMarksError) || code === 0) throw error
    console.error(`sim: ${error.message}`)
  }
  return code
}

function showSeeds(given: Given, first: number, count: number): number {
  const began = process.cpuUsage()
  const ends = new Map<string, number>()
  let accesses = 0
  let code = 0
  for (let seed = first; seed < first + count; seed++) {
    const seedRun = runOf(given, seed)
    const verdict = runSeed(seedRun)
    const end = verdict.failure?.kind ?? verdict.outcome?.end ?? ''
    ends.set(end, (ends.get(end) ?? 0) + 1)
    accesses += verdict.accesses
    if (verdict.failure === undefined) continue
    const file = given.text('keep')
    if (file !== undefined) keepSeed(file, seedRun, `${end}: ${verdict.failure.message}`)
    // The first is told at length; whoever wants another can ask for its seed.
    if (code === 0) code = showSeed(seedRun, given)
    else console.log(`seed ${seed}: ${verdict.failure.kind}: ${verdict.failure.message}`)
  }
  const { user, system } = process.cpuUsage(began)
  const seconds = (user + system) / 1e6
  console.log(`${count} seeds: ${[...ends].map(([end, n]) => `${n} ${end}`).join(', ')}`)
  console.log(
    `${accesses} loads and stores checked in ${seconds.toFixed(1)} s of processor time: ` +
      `${Math.round(accesses / seconds)} a second`,
  )
  return code
}

function runOf(given: Given, seed: number): SeedRun {
  const kind = given.text('kind') ?? kindOf(seed)
  if (kind !== 'race-free' && kind !== 'racy') throw usage(`--kind '${kind}': expected race-free or racy`)
  const protocol = given.text('protocol') ?? 'treadmarks'
  mustBeSimulated(protocol)
  return { seed, kind: kind as Kind, protocol, operations: given.number('operations', DEFAULT_OPERATIONS) }
}

const kept = ({ seed, kind, protocol }: SeedRun): string => join('out', 'sim', `${protocol}-${kind}-${seed}.txt`)

await run(command, process.argv.slice(2), main)
