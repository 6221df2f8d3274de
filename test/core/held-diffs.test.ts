/** The diffs that a node holds: for how long, and in which memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counterRow, totals } from '../../src/core/counters.js'
import { HeldDiffs } from '../../src/core/held-diffs.js'
import { intervalIndex, nodeId } from '../../src/core/ids.js'

const name = { node: nodeId(1), index: intervalIndex(3) }
const large = Uint8Array.from({ length: 100_000 }, (_, i) => i)
const view = large.subarray(500, 520)

test('a diff that is held for others is a copy: what it was a view of can go', () => {
  const held = new HeldDiffs(2, counterRow())
  assert.ok(held.hold(name, view, false))
  assert.deepEqual(held.get(name), view)
  assert.notEqual(held.get(name)?.buffer, large.buffer)
  held.applied(name)
  assert.ok(held.has(name))
})

test('one that everybody was sent is not copied, and goes when it is in the page', () => {
  const counters = counterRow()
  const held = new HeldDiffs(2, counters)
  held.hold(name, view, true)
  assert.equal(held.get(name), view)
  held.applied(name)
  assert.equal(held.has(name), false)
  assert.ok(held.isGone(name))
  assert.deepEqual([totals([counters]).keptDiffs, totals([counters]).keptDiffBytes], [0, 0])
})
