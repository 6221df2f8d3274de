/** Verdicts in words: a line of the table for each test, what is wrong with the command that shows it, the sum. */
import { allowedBy, askedRow, type LitmusTest, outcomeKey, outcomeText, outcomeValues } from './model.js'
import type { Schedule } from './schedule.js'
import { isSound, type Verdict } from './verdict.js'

/** How the schedules were chosen. */
export interface Chosen {
  readonly protocol: string
  readonly schedules: number
}

const row = (name: string, kind: string, seen: string, unseen: string): string =>
  `${name.padEnd(26)}${kind.padEnd(11)}${seen.padEnd(8)}${unseen}`.trimEnd()

export const heading = row('test', 'class', 'seen', 'allowed and never seen')

/** More than this are only counted. */
const UNSEEN_SHOWN = 6

export function tableRow({ test, allowed, unseen }: Verdict): string {
  const few = unseen.length <= UNSEEN_SHOWN
  const shown = few ? unseen.join(', ') : `${unseen.length} outcomes; --verbose tells which`
  return row(test.name, test.class, `${allowed - unseen.length}/${allowed}`, shown)
}

/** What a sound protocol would not have shown. */
export function complaints({ test, model, forbidden, failures }: Verdict, { protocol, schedules }: Chosen): string[] {
  const again = (seed: number): string => {
    const other = protocol === 'treadmarks' ? '' : ` --protocol ${protocol}`
    return `    npm run litmus -- --only '${test.name}' --seed ${seed} --trace${other}`
  }
  return [
    ...[...forbidden].flatMap(([outcome, { times, seed }]) => [
      `  FORBIDDEN by ${model}: ${outcomeText(test, outcomeValues(outcome))}${meaning(test, outcome)}`,
      `    in ${times} of ${schedules} schedules; once more:`,
      again(seed),
    ]),
    ...[...failures].flatMap(([what, { times, seed }]) => [
      `  FAILED: ${what}`,
      `    in ${times} of ${schedules} schedules; once more:`,
      again(seed),
    ]),
  ]
}

/** Every outcome with how often it was seen. */
export function histogram({ test, outcomes, unseen }: Verdict): string[] {
  const count = (outcome: string): number => outcomes.get(outcome)?.times ?? 0
  const all = [...outcomes.keys(), ...unseen].sort()
  return all.map((outcome) => {
    const against = test.models.filter((model) => allowedBy(test, model)?.has(outcome) === false)
    const never = against.length === 0 ? '' : `  never in ${against.join(', ')}`
    const seed = outcomes.get(outcome)?.seed
    const first = seed === undefined ? '' : `  first with seed ${seed}`
    const times = String(count(outcome)).padStart(7)
    return `  ${outcomeText(test, outcomeValues(outcome))}${times}${first}${never}${meaning(test, outcome)}`
  })
}

export function summary(verdicts: readonly Verdict[], { protocol, schedules }: Chosen): string {
  const allowed = verdicts.reduce((sum, verdict) => sum + verdict.allowed, 0)
  const unseen = verdicts.reduce((sum, verdict) => sum + verdict.unseen.length, 0)
  const unsound = verdicts.filter((verdict) => !isSound(verdict)).length
  return (
    `${verdicts.length} tests × ${schedules} schedules of ${protocol}: ${allowed - unseen} of ${allowed} allowed ` +
    `outcomes seen; ${unsound === 0 ? 'nothing forbidden' : `${unsound} tests with something forbidden`}`
  )
}

/** Who is where in one schedule, in lines. */
export function cast(test: LitmusTest, { stage }: Schedule): string[] {
  const { nodes, threads, pageBytes, addresses, quiet } = stage
  const places = [...addresses].map(([location, address]) => {
    return `${location} is byte ${address}, on page ${Math.floor(address / pageBytes)}`
  })
  const players = test.processes.map((_, i) => {
    const proc = stage.cast[i] as number
    return `P${i} is process ${proc}, on node ${stage.nodeOf(proc)}`
  })
  return [
    `${test.name} on ${nodes} nodes × ${threads} processes`,
    players.join('; '),
    places.join('; '),
    `lock 0 is lock ${stage.lock(0)}, and so on; other locks and bytes are noise, and byte ${quiet} lets time pass`,
  ]
}

function meaning(test: LitmusTest, outcome: string): string {
  const { values, asked } = askedRow(test)
  return outcomeKey(values) === outcome ? ` (${asked})` : ''
}
