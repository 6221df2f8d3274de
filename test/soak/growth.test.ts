/** What counts as growth of a process, and what does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth, type Look, MARGIN_BYTES } from './growth.js'

const MIB = 1024 ** 2
const look = (lap: number, more: Partial<Look> = {}): Look => ({
  process: 0,
  lap,
  descriptors: 20,
  threads: 12,
  memory: 100 * MIB,
  keptIntervals: 0,
  keptNotices: 0,
  keptDiffs: 0,
  keptDiffBytes: 0,
  ...more,
})
const laps = (last: Partial<Look>): Look[] => [1, 2, 3, 4].map((lap) => look(lap, lap === 4 ? last : {}))

test('a process that stays as it is has not grown, nor one that has warmed up', () => {
  assert.deepEqual(growth(laps({})), [])
  assert.deepEqual(growth([look(1, { memory: 10 * MIB, descriptors: 9 }), ...laps({}).slice(1)]), [])
  assert.deepEqual(growth(laps({ memory: 100 * MIB + MARGIN_BYTES })), [])
})

test('descriptors, threads and memory that grow are told with their process and laps', () => {
  assert.match(
    growth(laps({ descriptors: 21 }))[0] ?? '',
    /process 0: descriptors grew from 20 at lap 2 to 21 at lap 4/,
  )
  assert.match(growth(laps({ threads: 13 }))[0] ?? '', /threads grew/)
  assert.match(
    growth(laps({ memory: 101 * MIB + MARGIN_BYTES }))[0] ?? '',
    /memory, in which the protocol keeps 0 bytes/,
  )
})

test('memory may grow by what the protocol keeps', () => {
  const kept = { keptDiffBytes: 900 * MIB, keptDiffs: 1000 }
  assert.deepEqual(growth(laps({ memory: 1000 * MIB, ...kept })), [])
  assert.equal(growth(laps({ memory: 1100 * MIB, ...kept })).length, 1)
})

test('a run in which nobody looked shows nothing', () => {
  assert.equal(growth([]).length, 1)
})
