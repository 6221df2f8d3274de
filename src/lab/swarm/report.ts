/** What is printed of a trial, for people: how it ended, what was wrong, and how to see that again. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { shrink } from './shrink.js'
import { type Failure, sizeOf, type Trial, type Verdict } from './trial.js'
import { printTrial } from './trial-text.js'

/** By how it ended: what the process ends with. */
export const exitCodes = { fine: 0, usage: 2, 'wrong value': 3, hang: 4, crash: 5 } as const

export function exitCodeOf({ failure }: Verdict): number {
  if (failure === undefined) return exitCodes.fine
  if (failure.kind === 'hang' || failure.kind === 'crash') return exitCodes[failure.kind]
  return exitCodes['wrong value']
}

export function describeVerdict({ outcome, failure, accesses, hash }: Verdict): string {
  const lines: string[] = []
  if (outcome !== undefined) {
    const { operations, messages, bytes, time } = outcome
    lines.push(
      `${operations} operations, ${accesses} loads and stores checked, ${messages} messages, ${bytes} bytes, ` +
        `${(time / 1000).toFixed(1)} ms of virtual time`,
    )
    if (outcome.end === 'finished') lines.push('finished, every value right')
    if (outcome.end === 'lost') lines.push(`given up, as it must: ${outcome.why}; every value until then right`)
  }
  if (failure !== undefined) lines.push(describeFailure(failure))
  lines.push(`hash ${hash}`)
  return lines.join('\n')
}

export function describeFailure({ kind, message, details }: Failure): string {
  return [`${kind.toUpperCase()}: ${message}`, ...details.map((line) => `  ${line}`)].join('\n')
}

/** Makes the trial small, keeps it in `path`, and says what it is and how to run it. */
export function keepSmall(trial: Trial, failure: Failure, path: string, say: (line: string) => void): void {
  const small = shrink(trial, failure.kind, (size) => say(`shrinking: ${size} operations`))
  const text = printTrial(small)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  say(
    `shrunk to ${sizeOf(small)} operations, kept in ${path}:\n\n${text}\nshow it again: npm run sim -- --program ${path}`,
  )
}
