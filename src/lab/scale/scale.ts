/**
 * `npm run sim -- --scale`: three programs on larger and larger simulated clusters. Prints what they cost as a
 * table, names what grows faster than the work and where that comes from, and draws it, as text and as an SVG file.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Violation } from '../../check/violation.js'
import type { CoherenceFactory } from '../../core/coherence.js'
import { type Given, usage } from '../command-line.js'
import { protocolNamed } from '../protocols.js'
import { describeFailure, exitCodes } from '../swarm/report.js'
import { type Panel, panels } from './chart.js'
import { type Measurement, measure } from './measure.js'
import { type ProgramName, programs } from './programs.js'
import { svgChart } from './svg-chart.js'
import { breakdown, findings, growthRows, heading, rowOf } from './table.js'
import { textChart } from './text-chart.js'

export const MAX_NODES = 1_024
const NODES = '8,16,32,64,128,256,512,1024'
const CHART = join('out', 'scale.svg')

type Say = (line: string) => void

/** Larger and larger clusters. `say` takes a line of what is found; `chart` is the file for the drawing. */
export function scale(given: Given, say: Say = console.log, chart = CHART): number {
  const sizes = sizesOf(given.text('nodes') ?? NODES)
  const names = namesOf(given.text('only'))
  const coherence = protocolNamed(given.text('protocol') ?? 'treadmarks')
  const began = process.cpuUsage()
  const runs: Measurement[][] = []
  try {
    for (const name of names) runs.push(grow(name, sizes, coherence, say))
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    say(describeFailure(error))
    return exitCodes['wrong value']
  }
  report(runs, sizes, say)
  draw(panels(runs), chart, say)
  const { user, system } = process.cpuUsage(began)
  const { maxRSS } = process.resourceUsage()
  say(
    `${((user + system) / 1e6).toFixed(0)} s of processor time, ${(maxRSS / 1024 ** 2).toFixed(1)} GiB of memory at most`,
  )
  return exitCodes.fine
}

function grow(name: ProgramName, sizes: readonly number[], coherence: CoherenceFactory, say: Say): Measurement[] {
  const measurements: Measurement[] = []
  for (const nodes of sizes) {
    const program = programs[name](nodes)
    if (measurements.length === 0) for (const line of heading(program)) say(line)
    const measurement = measure(program, coherence)
    measurements.push(measurement)
    say(rowOf(measurement))
  }
  for (const line of growthRows(measurements)) say(line)
  say('')
  return measurements
}

function report(runs: readonly Measurement[][], sizes: readonly number[], say: Say): void {
  const [before, last] = sizes.slice(-2)
  if (last === undefined) return
  for (const measurements of runs) {
    say(`${measurements[0]?.program}: the bytes on ${last} nodes, as messages × parts in each × size of a part`)
    for (const line of breakdown(measurements)) say(line)
    say('')
  }
  const found = runs.flatMap(findings)
  say(
    `What grows faster than the work, from ${before} to ${last} nodes: ${found.length > 0 ? '' : 'nothing'}`.trimEnd(),
  )
  for (const line of found) say(line)
  say('')
}

function draw(drawn: readonly Panel[], chart: string, say: Say): void {
  for (const panel of drawn) for (const line of [...textChart(panel), '']) say(line)
  mkdirSync(dirname(chart), { recursive: true })
  writeFileSync(chart, svgChart(drawn))
  say(`the same as a drawing: ${chart}`)
}

function sizesOf(text: string): number[] {
  const sizes = text.split(',').map(Number)
  const right = sizes.every(
    (size, i) => Number.isInteger(size) && size >= 2 && size <= MAX_NODES && size > (sizes[i - 1] ?? 0),
  )
  if (!right) throw usage(`--nodes '${text}': expected growing numbers of 2 to ${MAX_NODES}, such as ${NODES}`)
  return sizes
}

function namesOf(text: string | undefined): ProgramName[] {
  const known = Object.keys(programs) as ProgramName[]
  const names = text?.split(',') ?? known
  for (const name of names) {
    if (!(known as string[]).includes(name)) throw usage(`--only '${name}': known are ${known.join(', ')}`)
  }
  return known.filter((name) => names.includes(name))
}
