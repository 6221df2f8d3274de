/** The heartbeat by a clock of its own: who gets one, who is lost, and that a stop of the process itself blames nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import { Heartbeat } from '../../src/runtime/heartbeat.js'

const [one, two] = [nodeId(1), nodeId(2)]

function joined(limitMs: number): Heartbeat {
  const heartbeat = new Heartbeat(limitMs, 3)
  heartbeat.joins(one)
  heartbeat.joins(two)
  heartbeat.look()
  return heartbeat
}

/** Passes the time of so many looks, in ticks, with something done before each look; what each said. */
function looks(heartbeat: Heartbeat, limitMs: number, times: number, between: () => void = () => {}) {
  return Array.from({ length: times }, () => {
    for (let ms = 0; ms < limitMs / 8; ms += 125) heartbeat.passes(125)
    between()
    return heartbeat.look()
  })
}

test('a peer that hears nothing of us gets a heartbeat, twice in a quarter of the limit at most', () => {
  const heartbeat = joined(8_000)
  heartbeat.passes(900)
  assert.equal(heartbeat.look(), undefined)
  heartbeat.passes(100)
  assert.deepEqual(heartbeat.look()?.quiet, [one, two])
  heartbeat.says(two)
  const [first, second] = looks(heartbeat, 8_000, 2, () => heartbeat.says(one))
  assert.deepEqual(first, { quiet: [two], lost: undefined })
  assert.deepEqual(second, { quiet: [two], lost: undefined })
})

test('a peer of which nothing is heard for the limit is lost; one that speaks is not', () => {
  const heartbeat = joined(8_000)
  const seen = looks(heartbeat, 8_000, 8, () => heartbeat.hears(two))
  assert.deepEqual(
    seen.map((look) => look?.lost),
    [...new Array(7).fill(undefined), one],
  )
})

test('two nodes that do nothing keep each other alive', () => {
  const [here, there] = [joined(2_000), joined(2_000)]
  for (let i = 0; i < 100; i++) {
    for (const [heartbeat, other] of [
      [here, there],
      [there, here],
    ] as const) {
      const look = looks(heartbeat, 2_000, 1)[0]
      assert.equal(look?.lost, undefined)
      for (const peer of look?.quiet ?? []) {
        heartbeat.says(peer)
        if (peer === one) other.hears(one)
      }
      heartbeat.hears(two)
    }
  }
})

test('a stop of this process blames nobody, however long it was', () => {
  const heartbeat = joined(60_000)
  heartbeat.passes(3_600_000)
  assert.equal(heartbeat.look(), undefined)
})

test('without a limit nobody is looked at', () => {
  const heartbeat = joined(0)
  heartbeat.passes(1_000)
  assert.equal(heartbeat.look(), undefined)
})
