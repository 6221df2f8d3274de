/**
 * Handshakes with somebody in the middle who has no secret: nobody is let in who has not proved it in this very
 * conversation, and what comes out otherwise is ERR_TM_HANDSHAKE. And the fuzzer finds it when proofs are weak.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GREETING_BYTES } from '../../src/wire/greeting.js'
import type { Hmac } from '../../src/wire/handshake.js'
import { amount } from './amount.js'
import { fuzzHandshakes, hmac } from './fuzz/handshake.js'

const SEED = 11
const SAMPLE = 4_000

/** Each refusal that a side has, in the words of its error. */
const reasons = [
  'the other side is not a treadmarks node',
  'the other side speaks version N of the protocol, this node version N',
  'the other side spoke before it was its turn',
  "the other side does not know this run's secret",
  'node N and this node N are set up differently: heap N bytes there, N bytes here',
  'node N means node N; this is node N',
  'node N answered where node N was called',
  'the other side calls itself node N of N nodes',
  'the other side calls itself node N, which is this node',
  'the other side did not finish the handshake: N of the N bytes of its hello came',
  'the other side did not finish the handshake: N of the N bytes of its challenge came',
  'the other side did not finish the handshake: N of the N bytes of its proof came',
]

test('nobody is let in without a proof', { timeout: 120_000 }, () => {
  const count = amount(SAMPLE, 100_000)
  const { proven, refused, waiting } = fuzzHandshakes({ seed: SEED, count })
  assert.deepEqual(refused.names, [...reasons].sort())
  assert.ok(proven > count / 10 && waiting > count / 20, `${proven} proven, ${waiting} waiting`)
})

describe('weak proofs are found out', () => {
  const found = (weakened: Hmac): void => {
    assert.throws(
      () => fuzzHandshakes({ seed: SEED, count: SAMPLE }, weakened),
      /(let in|blamed) who has proved nothing/,
    )
  }
  const greetings = 2 * GREETING_BYTES

  test('that leave out who said what', () => {
    found((key, data) => hmac(key, data.subarray(data.length - greetings)))
  })
  test('that leave out both greetings', () => {
    found((key, data) => hmac(key, data.slice(0, data.length - greetings)))
  })
  test("that leave out the listener's greeting", () => {
    found((key, data) => hmac(key, data.subarray(0, data.length - GREETING_BYTES)))
  })
  test('that leave out the secret', () => {
    found((_key, data) => hmac(new Uint8Array(32), data.fill(0)))
  })
})
