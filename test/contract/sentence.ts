/**
 * Tests of the public contract: one for each sentence of it, and named after it. A sentence is shown by a program that
 * checks itself, on real processes; what can only be seen from outside is checked on the outcome.
 */
import { test } from 'node:test'
import { type Outcome, prelude, run, runs, type Spec } from '../real/run.js'

/** The sentence holds: the program ends well, on two nodes unless said otherwise. `outside`: what else is to be seen. */
export function holds(
  sentence: string,
  program: string,
  spec: Spec = { nodes: 2 },
  outside: (outcome: Outcome) => void = () => {},
): void {
  test(sentence, async (t) => outside(await runs(t, `${prelude}${program}`, spec)))
}

/** The sentence is about a run that does not end well. */
export function ends(
  sentence: string,
  program: string,
  outside: (outcome: Outcome) => void,
  spec: Spec = { nodes: 2 },
): void {
  test(sentence, async (t) => outside(await run(t, `${prelude}${program}`, spec)))
}
