/**
 * One chaos run: a program whose every byte is known, run by real processes through the real launcher, while
 * processes are stopped, continued and killed and connections held up and cut, as a plan from a seed says. It must
 * print what is right or end with the typed error that the harm explains, in time, and leave nothing behind.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { described, directory, type Outcome, Run, type Scope, type Spec } from '../real/run.js'
import { Doors } from './doors.js'
import { judge, type Verdict } from './judge.js'
import { Log } from './log.js'
import { type Plan, planOf } from './plan.js'
import { Strikes } from './strikes.js'

const witness = fileURLToPath(new URL('witness.mjs', import.meta.url))

/** Runs what the seed says, and tells how it ended. Rejects with all there is to know when that was wrong. */
export async function chaos(seed: number): Promise<Verdict> {
  const cleanUps: (() => void)[] = []
  try {
    return await carryOut({ after: (cleanUp) => void cleanUps.unshift(cleanUp) }, planOf(seed))
  } finally {
    for (const cleanUp of cleanUps) cleanUp()
  }
}

async function carryOut(t: Scope, plan: Plan): Promise<Verdict> {
  const log = new Log()
  let outcome: Outcome | undefined
  try {
    const right = alone(plan)
    const where = directory(t)
    const temporary = join(where, 'tmp')
    mkdirSync(temporary)
    const text = readFileSync(witness, 'utf8')
    const spec: Spec = {
      nodes: plan.nodes,
      directory: where,
      options: ['--heap', '4m', '--page-size', String(plan.pageBytes)],
      args: [...argsOf(plan), JSON.stringify(plan.wounds)],
      env: { TMPDIR: temporary },
    }
    const run = plan.wires === undefined ? new Run(t, text, spec) : (await Doors.make(t, plan, log)).run(t, text, spec)
    ;[outcome] = await Promise.all([run.ended, new Strikes(run, plan, log).carryOut()])
    const verdict = judge(outcome, plan.nodes, log.harms, right)
    const left = [...readdirSync(where), ...readdirSync(temporary)].filter(
      (name) => !['program.mjs', 'stats.json', 'tmp'].includes(name),
    )
    if (left.length > 0) throw new Error(`files are left of the run: ${left.join(', ')}`)
    return verdict
  } catch (error) {
    throw new Error(report(plan, log, outcome, error), { cause: error })
  }
}

const argsOf = ({ seed, rounds, bytes }: Plan): string[] => [seed, rounds, bytes].map(String)

/** What each process must print: what one alone prints, which has nobody to share with. */
function alone(plan: Plan): string[] {
  const output = execFileSync(process.execPath, [witness, ...argsOf(plan)], { encoding: 'utf8' })
  return output.match(/(?<=^0 )(?:checked|done).*$/gm) ?? []
}

function report(plan: Plan, log: Log, outcome: Outcome | undefined, error: unknown): string {
  return [
    `chaos with seed ${plan.seed}: ${error instanceof Error ? error.message : String(error)}`,
    `again: npm run chaos -- --seed ${plan.seed}`,
    `--- plan\n${inspect(plan, { depth: 6, breakLength: 120 })}`,
    `--- what was done\n${log.text}`,
    outcome === undefined ? '' : described(outcome),
  ].join('\n')
}
