/** Fairness of locks, against traces made by hand: who is known to wait may not be passed over. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fairness } from '../../src/check/fairness.js'

const L = 3

/** Process 0 has the lock, process 1 waits for it, and everything that 1 said has arrived. */
function contended(): Fairness {
  const f = new Fairness()
  f.acquired(0, L)
  f.asks(1, L)
  f.travelling(false)
  return f
}

test('the holder may not take the lock again while somebody is known to wait', () => {
  const f = contended()
  f.releases(L)
  assert.throws(() => f.acquired(0, L), /process 0 took lock 3 again while process 1 waited for it/)
})

test('others of the node may have had their places before, once each', () => {
  const f = contended()
  f.releases(L)
  f.acquired(2, L)
  f.releases(L)
  assert.throws(() => f.acquired(2, L), /process 2 took lock 3 again while process 1/)
})

test('who has got the lock waits no more', () => {
  const f = contended()
  f.releases(L)
  f.acquired(1, L)
  f.releases(L)
  f.acquired(0, L)
  f.releases(L)
  f.acquired(1, L)
})

test('while something is on its way the one who waits may not be known yet', () => {
  const f = contended()
  f.travelling(true)
  f.releases(L)
  f.acquired(0, L)
  f.travelling(false)
  f.releases(L)
  assert.throws(() => f.acquired(0, L), /passed over|again/)
})

test('locks are apart from each other', () => {
  const f = contended()
  for (let i = 0; i < 3; i++) {
    f.acquired(2, L + 1)
    f.releases(L + 1)
  }
})
