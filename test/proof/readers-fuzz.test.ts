/**
 * What else is read that another process or a file has given: distributed values and recordings, spoilt. Nothing
 * comes out but sound data and the error that says whose mistake it was.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeValue, type Value } from '../../src/runtime/value.js'
import { amount } from './amount.js'
import { fuzzRecordings } from './fuzz/recordings.js'
import { fuzzValues } from './fuzz/values.js'

const SEED = 3

describe('distributed values', () => {
  const SAMPLE = 10_000

  test('only data and ERR_TM_PROTOCOL come out', { timeout: 120_000 }, () => {
    const count = amount(SAMPLE, 200_000)
    const { taken, refused } = fuzzValues({ seed: SEED, count })
    assert.ok(taken > count / 10 && refused > count / 3, `${taken} taken, ${refused} refused`)
  })

  test('what announces much takes no memory for it', { timeout: 60_000 }, () => {
    const fixture = fileURLToPath(new URL('./fixtures/greedy-value.ts', import.meta.url))
    const args = ['--max-old-space-size=100', '--import', 'tsx', fixture]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.equal(stdout, 'ERR_TM_PROTOCOL\n', stderr)
  })

  test('planted errors are found', () => {
    const overlooking = (bytes: Uint8Array): Value => {
      for (let length = bytes.length; length > 1; length--) {
        try {
          return decodeValue(bytes.subarray(0, length))
        } catch {}
      }
      return decodeValue(bytes)
    }
    assert.throws(() => fuzzValues({ seed: SEED, count: SAMPLE }, overlooking), /not all of the bytes are the value/)
    const believing = (bytes: Uint8Array): Value => {
      if (bytes[0] === 5) new Array(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(1))
      return decodeValue(bytes)
    }
    assert.throws(() => fuzzValues({ seed: SEED, count: SAMPLE }, believing), /not ERR_TM_PROTOCOL: RangeError/)
  })
})

test('recordings: only their steps and ERR_TM_RECORDING come out', { timeout: 120_000 }, () => {
  const count = amount(2_000, 40_000)
  const { steps, whole, refused } = fuzzRecordings({ seed: SEED, count })
  assert.ok(steps > count * 5 && whole > count / 20 && refused > count / 3, `${steps}, ${whole}, ${refused}`)
})
