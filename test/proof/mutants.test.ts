/**
 * Bugs that are planted must be found: each mutant by its finder, within 1,000 seeds or by its C test, and the code as
 * it is passes every seed that found one. In a plain `npm test` these are a few that are found at once.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mutants } from '../../src/lab/mutants/all.js'
import { type Hunt, hunt } from '../../src/lab/mutants/hunt.js'
import { huntNothing } from '../../src/lab/mutants/hunt-all.js'
import { head, rowOf } from '../../src/lab/mutants/table.js'
import { amount } from './amount.js'

const all = amount(0, 1) === 1
const SEEDS = 1_000
const SAMPLE = 2

/** One of each kind: a diff, the protocol, the lock word, the wire, the page states. */
const quick = [
  'diff-of-8-bytes',
  'lost-write-notice',
  'token-kept-after-a-grant',
  'difference-from-a-wrong-base',
  'twin-kept',
].flatMap((name) => mutants.filter((mutant) => mutant.name === name))

const hunts: Hunt[] = []

// Side by side: there are two processors.
describe('mutants', { concurrency: 2 }, () => {
  for (const mutant of all ? mutants : quick) {
    test(`${mutant.name} is found: ${mutant.about}`, async () => {
      const found = await hunt(mutant, { seeds: SEEDS, sample: SAMPLE, also: [], protocol: mutant.protocol })
      hunts.push(found)
      assert.equal(found.trouble, undefined)
      assert.notEqual(
        found.foundBy,
        undefined,
        `nobody found ${mutant.name}: ${found.run} seeds, finder: ${mutant.finder}`,
      )
    })
  }
})

test('the code as it is passes the sample, and every seed that found a mutant', async () => {
  const nothing = await huntNothing(hunts, SAMPLE)
  assert.equal(nothing.trouble, undefined)
  assert.deepEqual(nothing.failed, [], nothing.message)
  const rows = mutants.flatMap((mutant) => hunts.filter((one) => one.mutant === mutant))
  if (all) console.log([...head(), ...[...rows, nothing].map(rowOf)].join('\n'))
})
