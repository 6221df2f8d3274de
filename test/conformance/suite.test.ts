/** The suite itself: it finds what is planted, every property can fail, and wrong entries are told. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { TreadMarksError } from '../../src/errors.js'
import { homeLrc } from '../../src/protocols/home-lrc.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { planted } from './planted.js'
import { properties } from './properties.js'
import type { Property } from './property.js'
import { candidates, entries } from './protocols.js'
import { complaint, entryComplaints, failureOf } from './suite.js'
import { withTable } from './table.js'

const named = (name: string): Property => {
  const property = properties.find((one) => one.name === name)
  assert.ok(property !== undefined, `there is no property '${name}'`)
  return property
}

describe('what is planted is found', () => {
  for (const { about, protocol, fails } of planted) {
    for (const name of fails) {
      test(`${about}: '${name}' fails`, () => {
        assert.notEqual(failureOf(named(name), protocol), undefined)
      })
    }
  }
})

test('every property is one that some protocol does not have', () => {
  const failed = new Set([...planted.flatMap(({ fails }) => fails), ...Object.values(entries).flatMap(Object.keys)])
  assert.deepEqual(
    properties.map(({ name }) => name).filter((name) => !failed.has(name)),
    [],
  )
})

test('no two properties have one name', () => {
  assert.equal(new Set(properties.map(({ name }) => name)).size, properties.length)
})

test('a protocol without an entry is told, with what to do', () => {
  const [message, ...others] = entryComplaints([...Object.keys(candidates), 'new'], entries, properties)
  assert.match(
    message ?? '',
    /^new has no entry: write `'new': \{\}` into test\/conformance\/protocols\.ts, run `node /,
  )
  assert.deepEqual(others, [])
})

test('an entry for no protocol, a skip of no property and a skip without a reason are told', () => {
  const [{ name } = named('')] = properties
  const complaints = entryComplaints(
    ['some', 'others'],
    { some: { 'it is fast': 'It is slow for a good reason.', [name]: 'no' }, others: {}, nobody: {} },
    properties,
  )
  assert.deepEqual(
    complaints.map((line) => line.replace(/ in test.*/, '')),
    [
      "some skips 'it is fast', which is no property: correct its name",
      `some skips '${name}' without a reason: say it in a sentence`,
      'test/conformance/protocols.ts has an entry for nobody, which is no protocol',
    ],
  )
})

test('a skip of what the protocol has fails, and so does what it does not have and does not skip', () => {
  const one = named('a miss asks one node, however many have written at the same time')
  const skips = { [one.name]: 'A reason that was true once.' }
  assert.match(complaint('home-lrc', homeLrc, one, skips) ?? '', /^home-lrc skips '.*', and has it: take the line out/)
  assert.equal(complaint('home-lrc', homeLrc, one, {}), undefined)
  assert.match(complaint('treadmarks', treadmarks, one, {}) ?? '', /^treadmarks does not have '.*': diffRequest/)
  assert.equal(complaint('treadmarks', treadmarks, one, skips), undefined)
})

test('a crash is no reason to skip', () => {
  const crashes = named('a lock hands on what was written')
  const broken = () => {
    throw new TreadMarksError('ERR_TM_INTERNAL', 'broken')
  }
  assert.throws(
    () => complaint('broken', broken, crashes, { [crashes.name]: 'It breaks whenever it is tried.' }),
    /broken/,
  )
})

test('the page in the documents has the table as it is', () => {
  const page = readFileSync('docs/protocols/conformance.md', 'utf8')
  assert.equal(withTable(page), page, 'npm run conformance -- --rewrite')
})
