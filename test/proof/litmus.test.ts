/**
 * The litmus tests: each over many schedules of the simulator, none of which may show what its file forbids; and the
 * files themselves against two oracles, a table of what is known of the shapes, and the checker. At the end, that
 * all this can fail.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Checker } from '../../src/check/checker.js'
import type { Coherence, CoherenceContext } from '../../src/core/coherence.js'
import type { Rider } from '../../src/core/interval.js'
import { parseLitmus } from '../../src/lab/litmus/file.js'
import { allowedBy, askedRow, type LitmusTest, outcomeKey } from '../../src/lab/litmus/model.js'
import { findOutcomes } from '../../src/lab/litmus/oracle.js'
import { disagreements } from '../../src/lab/litmus/outcomes.js'
import { readTests, withTable } from '../../src/lab/litmus/suite.js'
import { tryMany, tryOnce } from '../../src/lab/litmus/trial.js'
import { isSound, judge } from '../../src/lab/litmus/verdict.js'
import { MIXED, promiseOf, protocols } from '../../src/lab/protocols.js'
import { TreadMarks, treadmarks } from '../../src/protocols/treadmarks.js'
import { amount } from './amount.js'
import { outcomesByAxioms } from './litmus-axioms.js'

const folder = fileURLToPath(new URL('../../litmus', import.meta.url))
const tests = readTests([folder])
const named = (name: string): LitmusTest => tests.find((one) => one.name === name) as LitmusTest

for (const litmus of tests) {
  test(`${litmus.name}: ${litmus.title}`, () => {
    assert.deepEqual(disagreements(litmus), [])
    for (const [protocol, obeyed] of [...Object.entries(protocols), [MIXED, MIXED] as const]) {
      const verdict = judge(litmus, promiseOf(protocol), tryMany(litmus, obeyed, 1, amount(20, 100)))
      assert(isSound(verdict), `${protocol}: ${JSON.stringify([...verdict.forbidden, ...verdict.failures])}`)
    }
  })
}

test('the axioms give the same outcomes as the walk', () => {
  for (const litmus of tests) {
    if (litmus.processes.flat().some(({ type }) => type === 'wait')) continue
    for (const model of ['sc', 'lrc'] as const) {
      assert.deepEqual(
        [...outcomesByAxioms(litmus, model)].sort(),
        [...findOutcomes(litmus, model).outcomes].sort(),
        `${litmus.name}, ${model}`,
      )
    }
  }
})

/** Does `lrc` allow what the test asks about? As far as it was known before these files were written. */
const known = {
  never: [
    'CoWW LB',
    'CoRR CoRW CoWR CoRR2 MP SB LB R S 2+2W 3.2W WRC RWC W+RWC ISA2 IRIW Z6.0'.replaceAll(/\S+/g, '$&+one-lock'),
    'MP SB LB R S 2+2W 3.2W WRC RWC W+RWC ISA2 IRIW Z6.0'.replaceAll(/\S+/g, '$&+lock-each'),
    'MP SB LB IRIW 2+2W'.replaceAll(/\S+/g, '$&+barrier'),
    'MP+polocks MP+porevlocks ISA2+chain WRC+chain SB+empty-sections WRC+barriers',
  ],
  allowed: [
    'CoRR CoRW CoWR CoRR2 MP SB R S 2+2W 3.2W WRC RWC W+RWC ISA2 IRIW Z6.0',
    'MP+other-lock MP+writer-locks Z6.0+outside-reader Disagree+barrier',
  ],
}

test('the files say of the known shapes what is known of them', () => {
  for (const [verdict, lists] of Object.entries(known)) {
    for (const name of lists.join(' ').split(' ')) {
      const { allowed, values } = askedRow(named(name))
      const [sc, lrc] = allowed
      assert.deepEqual([sc, lrc], [false, verdict === 'allowed'], `${name}: ${values}`)
    }
  }
})

test('a race-free test has the same outcomes under lrc as under sc; a racy one all of sc, and perhaps more', () => {
  for (const litmus of tests) {
    const [sc, lrc] = [allowedBy(litmus, 'sc') as Set<string>, allowedBy(litmus, 'lrc') as Set<string>]
    assert.deepEqual(
      [...sc].filter((outcome) => !lrc.has(outcome)),
      [],
      litmus.name,
    )
    if (litmus.class === 'race-free') assert.equal(lrc.size, sc.size, litmus.name)
  }
})

test('the checker finds races in the racy tests, and in no other', () => {
  for (const litmus of tests) {
    const races = Array.from({ length: amount(40, 100) }, (_, i) => {
      const observer = (procs: number, bytes: number): Checker => new Checker(procs, bytes, { raceFree: true })
      return tryOnce(litmus, 1 + i, treadmarks, { observer }).failure
    }).filter((failure) => failure !== undefined)
    assert.equal(races.length > 0 ? 'racy' : 'race-free', litmus.class, `${litmus.name}: ${races[0]}`)
    for (const race of races) assert.match(race, /^Violation: .* without being ordered after process /)
  }
})

test('the checker allows what racy tests show', () => {
  for (const litmus of tests) {
    for (let seed = 1; seed <= amount(20, 100); seed++) {
      const observer = (procs: number, bytes: number): Checker => new Checker(procs, bytes, { raceFree: false })
      assert.equal(tryOnce(litmus, seed, treadmarks, { observer }).failure, undefined, `${litmus.name}, seed ${seed}`)
    }
  }
})

test('the same seed is the same schedule', () => {
  for (const litmus of tests) {
    for (const seed of [1, 2]) {
      assert.deepEqual(tryOnce(litmus, seed, treadmarks), tryOnce(litmus, seed, treadmarks), litmus.name)
    }
  }
})

test('the schedules show what races do', () => {
  for (const name of ['MP', 'SB', 'RWC', 'Z6.0', 'Disagree+barrier']) {
    const asked = outcomeKey(askedRow(named(name)).values)
    assert(tryMany(named(name), treadmarks, 1, 600).outcomes.has(asked), `${name} never shows ${asked}`)
  }
})

test('there are at least 60 tests, and the README has MP and the table of all', () => {
  assert(tests.length >= 60, `${tests.length}`)
  const readme = readFileSync(`${folder}/README.md`, 'utf8')
  assert.equal(withTable(readme, tests), readme)
  assert(readme.includes(`\n${readFileSync(`${folder}/MP.litmus`, 'utf8')}`), 'the example in the README is another')
  for (const { name } of tests) assert(readme.includes(`[${name}](${name}.litmus)`), name)
})

test('a file that forbids what happens is found out, by the definitions and by the schedules', () => {
  const text = readFileSync(`${folder}/SB.litmus`, 'utf8').replace(/^(0 +0 *\| *never *)allowed/m, '$1never')
  const wrong = parseLitmus('SB.litmus', text)
  assert.deepEqual(disagreements(wrong), ['lrc allows r1 = 0, r2 = 0'])
  const { forbidden } = judge(wrong, 'lrc', tryMany(wrong, treadmarks, 1, 20))
  assert.deepEqual([...forbidden.keys()], ['0 0'])
})

test('a file that allows what cannot be, or has the wrong class, is found out', () => {
  const text = readFileSync(`${folder}/LB.litmus`, 'utf8')
  const wrong = parseLitmus('LB.litmus', text.replace(/^1 +1 *\|.*asked/m, '1 1 | never allowed asked'))
  assert.deepEqual(disagreements(wrong), ['lrc never has r1 = 1, r2 = 1'])
  const [mistake] = disagreements(parseLitmus('LB.litmus', text.replace('class: racy', 'class: race-free')))
  assert.match(mistake as string, /^class is racy: P\d's step \d and P\d's step \d, at [xy]$/)
})

/** Lazy release consistency whose riders lose something on the way out. */
class Losing extends TreadMarks {
  constructor(
    context: CoherenceContext,
    private readonly lose: (rider: Rider, self: number) => Rider,
  ) {
    super(context)
    this.self = context.self
  }
  private readonly self: number

  override release(known: Parameters<Coherence['release']>[0]): Rider {
    return this.lose(super.release(known), this.self)
  }

  override arrive(): Rider {
    return this.lose(super.arrive(), this.self)
  }
}

const withoutNotices = ({ time, intervals }: Rider): Rider => ({
  time,
  intervals: intervals.map((interval) => ({ ...interval, pages: [] })),
})

const withoutOthersNotices = ({ time, intervals }: Rider, self: number): Rider => ({
  time,
  intervals: intervals.map((interval) => (interval.node === self ? interval : { ...interval, pages: [] })),
})

test('a protocol that loses its write notices shows what is forbidden', () => {
  const broken = (context: CoherenceContext): Coherence => new Losing(context, withoutNotices)
  for (const name of ['SB+one-lock', 'LostUpdate+one-lock', 'SB+barrier', 'Phases']) {
    const litmus = named(name)
    assert(judge(litmus, 'lrc', tryMany(litmus, broken, 1, 40)).forbidden.size > 0, name)
  }
  const waiting = tryMany(named('MP+wait'), broken, 1, 40)
  assert([...waiting.failures.keys()].some((what) => /^hang: process \d waits at .*"await"/.test(what)))
})

test('a protocol that passes on only its own write notices breaks chains, and nothing between two', () => {
  const broken = (context: CoherenceContext): Coherence => new Losing(context, withoutOthersNotices)
  for (const name of ['ISA2+chain', 'WRC+chain', 'ISA2+one-lock']) {
    const litmus = named(name)
    assert(judge(litmus, 'lrc', tryMany(litmus, broken, 1, 800)).forbidden.size > 0, name)
  }
})
