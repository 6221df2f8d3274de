/**
 * One run of one version of a program: what it found, how long its timed part took, and, when it was counted, what that
 * part sent. A run that is timed is not counted, because to look into every diff takes time.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result, Version } from '../../apps/lib/app.js'
import { TIMED } from '../../apps/lib/timed-phase.js'
import type { SharedPage } from '../../src/cli/sharing.js'
import type { Statistics } from '../../src/cli/statistics.js'
import type { Counters, Table } from '../../src/core/tally.js'
import { output } from '../child.js'
import type { Case } from './catalog.js'

export interface Run {
  readonly seconds: number
  readonly result: Result
}

/** What the timed part of a run sent. */
export interface Counted {
  readonly counters: Counters
  /** By type of message. */
  readonly kinds: Table
  readonly allocations: Table
  readonly pages: readonly SharedPage[]
  readonly sharing: Table
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const launcher = path('../../bin/treadmarks.js')
/** Where the program is; as it stands, in TypeScript. */
export type Place = (app: string, version: Version) => string
const asItStands: Place = (app, version) => path(`../../apps/${app}/${version}.ts`)

export async function runAlone(one: Case, place = asItStands): Promise<Run> {
  return runOf(process.execPath, ['--import', 'tsx', place(one.app, 'sequential'), ...argumentsOf(one)])
}

export async function runTogether(one: Case, version: Version, nodes: number, place = asItStands): Promise<Run> {
  const program = place(one.app, version)
  return runOf(process.execPath, [launcher, 'run', '-n', String(nodes), program, ...argumentsOf(one)])
}

/** Of such a run both; its seconds are not to be compared with others'. */
export async function countTogether(
  one: Case,
  version: Version,
  nodes: number,
): Promise<Run & { readonly counted: Counted }> {
  const folder = mkdtempSync(join(tmpdir(), 'treadmarks-apps-'))
  try {
    const file = join(folder, 'stats.json')
    const options = ['-n', String(nodes), '--stats-file', file]
    const run = await runOf(process.execPath, [
      launcher,
      'run',
      ...options,
      asItStands(one.app, version),
      ...argumentsOf(one),
    ])
    return { ...run, counted: timedPart(JSON.parse(readFileSync(file, 'utf8')) as Statistics) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function timedPart({ phases, phaseKinds, phaseAllocations, phasePages, phaseSharing }: Statistics): Counted {
  return {
    counters: phases[TIMED] ?? {},
    kinds: phaseKinds[TIMED] ?? {},
    allocations: phaseAllocations[TIMED] ?? {},
    pages: phasePages[TIMED] ?? [],
    sharing: phaseSharing[TIMED] ?? {},
  }
}

const argumentsOf = ({ preset }: Case): string[] => ['--preset', preset, '--json']

/** What a program tells that prints a line of JSON last, as those of apps/ and the peers do. */
export async function runOf(program: string, args: readonly string[], limitMs?: number): Promise<Run> {
  const line = (await output(program, args, limitMs)).trim().split('\n').at(-1) ?? ''
  const { seconds, result } = JSON.parse(line) as Run
  return { seconds, result }
}
