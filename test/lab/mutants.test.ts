/** Mutants as data: each fits the code, one that does not is told; and what the table says of a hunt. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutants, named } from '../../src/lab/mutants/all.js'
import { whyStale } from '../../src/lab/mutants/copy.js'
import type { Hunt } from '../../src/lab/mutants/hunt.js'
import { type Mutant, plant } from '../../src/lab/mutants/mutant.js'
import { runOf, shownBy } from '../../src/lab/mutants/order.js'
import { rowOf } from '../../src/lab/mutants/table.js'

const mutant: Mutant = {
  name: 'off-by-one',
  about: 'A loop ends early.',
  file: 'src/core/loop.ts',
  find: 'i < n',
  replace: 'i < n - 1',
  finder: 'seeds',
  protocol: 'treadmarks',
}

test('every mutant fits the code, and its name is its own', () => {
  assert.deepEqual(mutants.flatMap(whyStale), [])
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  for (const { name, about } of mutants) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    assert.match(about, /^[A-Z].*\.$/, name)
  }
})

test('a mutant replaces its text, with nothing in it taken for a pattern', () => {
  assert.equal(plant(mutant, 'for (i = 0; i < n; i++)'), 'for (i = 0; i < n - 1; i++)')
  assert.equal(plant({ ...mutant, replace: "$& $1 $'" }, 'a i < n b'), "a $& $1 $' b")
})

test('a mutant whose text is gone, or is there twice, is told with its file', () => {
  const told = /^Error: the mutant off-by-one no longer applies: its text stands (0|2) times in src\/core\/loop\.ts/
  assert.throws(() => plant(mutant, 'while (true)'), told)
  assert.throws(() => plant(mutant, 'i < n; i < n'), told)
})

test('a run that found a mutant is shown again under the same protocol', () => {
  assert.equal(shownBy(runOf(4, 'mixed')), '--seed 4 --kind racy --protocol mixed')
})

test('mutants are chosen by their names; one that is not known gets the list', () => {
  assert.equal(named(undefined), mutants)
  assert.deepEqual(
    named('twin-kept,glued-frames').map(({ name }) => name),
    ['twin-kept', 'glued-frames'],
  )
  assert.throws(() => named('twin-kept,nonsense'), /--only 'nonsense': known are .*twin-kept, /)
})

const found: Hunt = {
  mutant,
  foundBy: 'seed 3',
  run: 20,
  failed: [3, 7, 8, 9, 20],
  kinds: new Map([
    ['crash', 1],
    ['wrong value', 4],
  ]),
  message: 'process 1 read 2',
  trouble: undefined,
}
const cells = (hunt: Hunt): string[] =>
  rowOf(hunt)
    .split('|')
    .map((cell) => cell.trim())

test('a row tells who found the mutant, how it shows, and how many seeds make it all but certain', () => {
  assert.deepEqual(cells(found), [
    '',
    'off-by-one',
    'src/core/loop.ts',
    'wrong value, crash',
    'seed 3',
    '25 % of 20',
    '25',
    '',
  ])
  const survivor = { ...found, foundBy: undefined, failed: [], kinds: new Map(), run: 1_000 }
  assert.deepEqual(cells(survivor).slice(3), ['–', 'NOBODY', '0 % of 1000', '–', ''])
  assert.equal(cells({ ...found, failed: [3], run: 300 })[5], '0.3 % of 300')
  assert.equal(cells({ ...found, mutant: undefined, foundBy: undefined, failed: [] })[1], '(the code as it is)')
})
