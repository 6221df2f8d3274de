/** The diffs that a node holds: for how long, and in which memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counterRow, totals } from '../../src/core/counters.js'
import { HeldDiffs } from '../../src/core/held-diffs.js'
import { intervalIndex, nodeId } from '../../src/core/ids.js'
import { PassingBytes } from '../../src/core/passing-bytes.js'

const name = { node: nodeId(1), index: intervalIndex(3) }
const counters = counterRow()
const heldDiffs = (): HeldDiffs => new HeldDiffs(2, counters, new PassingBytes())
const kept = (): number[] => [totals([counters]).keptDiffs, totals([counters]).keptDiffBytes]

for (const common of [false, true]) {
  test(`a diff that is held${common ? ' until it is applied' : ' for others'} is a copy: its message is overwritten`, () => {
    const message = Uint8Array.from({ length: 1_000 }, (_, i) => i)
    const held = heldDiffs()
    assert.ok(held.hold(name, message.subarray(500, 520), common))
    message.fill(0)
    assert.deepEqual(
      held.get(name),
      Uint8Array.from({ length: 20 }, (_, i) => 500 + i),
    )
    held.applied(name)
    assert.equal(held.has(name), !common)
    assert.equal(held.isGone(name), common)
  })
}

test('one that was asked for, and then comes to everybody, goes when it is applied', () => {
  const held = heldDiffs()
  const before = kept()
  assert.ok(held.hold(name, Uint8Array.of(1, 2), false))
  assert.equal(held.hold(name, Uint8Array.of(1, 2), true), false)
  assert.equal(held.hold(name, Uint8Array.of(1, 2), true), false)
  assert.equal(held.hold(name, Uint8Array.of(1, 2), false), false)
  assert.deepEqual(held.size(), { diffs: 1, diffBytes: 2 })
  held.applied(name)
  assert.equal(held.has(name), false)
  assert.ok(held.isGone(name))
  assert.deepEqual(kept(), before)
})
