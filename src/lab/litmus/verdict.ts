/**
 * What many schedules of a litmus test came to, held against what one model allows: outcomes that it forbids, and
 * outcomes that it allows and nobody has seen.
 */
import { MIXED } from '../protocols.js'
import { LitmusError } from './mistake.js'
import { allowedBy, type LitmusTest } from './model.js'
import type { Seen, Sightings } from './trial.js'

/** What each protocol promises; several together, what each of them does. */
export const promises: Readonly<Record<string, string>> = {
  treadmarks: 'lrc',
  'home-lrc': 'lrc',
  'eager-invalidate': 'lrc',
  'eager-update': 'lrc',
  [MIXED]: 'lrc',
}

export interface Verdict extends Sightings {
  readonly test: LitmusTest
  readonly model: string
  /** How many outcomes the model allows. */
  readonly allowed: number
  readonly forbidden: ReadonlyMap<string, Seen>
  readonly unseen: readonly string[]
}

export function judge(test: LitmusTest, model: string, { outcomes, failures }: Sightings): Verdict {
  const allowed = allowedBy(test, model)
  if (allowed === undefined) {
    throw new LitmusError(test.path, test.line, `expected a column '${model}' among the outcomes`)
  }
  const forbidden = new Map([...outcomes].filter(([outcome]) => !allowed.has(outcome)))
  const unseen = [...allowed].filter((outcome) => !outcomes.has(outcome))
  return { test, model, outcomes, failures, allowed: allowed.size, forbidden, unseen }
}

export const isSound = ({ forbidden, failures }: Verdict): boolean => forbidden.size === 0 && failures.size === 0
