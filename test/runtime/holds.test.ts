/** Pages that may go once their threads have done their access: each is told once, and never while it is held. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageId } from '../../src/core/ids.js'
import { HOLD_MS } from '../../src/limits.js'
import { Holds } from '../../src/runtime/holds.js'

const [one, two] = [pageId(1), pageId(2)]

function holding(...pages: number[]) {
  const held = new Set(pages)
  const clock = { now: 0 }
  return {
    held,
    clock,
    holds: new Holds(
      (page) => held.has(page),
      () => clock.now,
    ),
  }
}

test('a page that nobody waits for is never told', () => {
  const { holds } = holding(1)
  assert.equal(holds.any, false)
  assert.deepEqual(holds.over(), [])
})

test('while a page is held it is not told, however long that takes', () => {
  const { holds, clock } = holding(1)
  holds.await(one)
  for (let look = 0; look < 5; look++) {
    clock.now += 1000
    assert.deepEqual(holds.over(), [])
  }
  assert.equal(holds.any, true)
})

test('a thread that has left its handler gets a moment before the page goes; the page is told once', () => {
  const { holds, held, clock } = holding(1)
  holds.await(one)
  held.clear()
  assert.deepEqual(holds.over(), [])
  clock.now += HOLD_MS / 2
  assert.deepEqual(holds.over(), [])
  clock.now += HOLD_MS / 2
  assert.deepEqual(holds.over(), [one])
  assert.equal(holds.any, false)
  clock.now += 1000
  assert.deepEqual(holds.over(), [])
})

test('to wait for a page again does not begin its moment again', () => {
  const { holds, held, clock } = holding(1)
  holds.await(one)
  held.clear()
  holds.over()
  clock.now += HOLD_MS
  holds.await(one)
  assert.deepEqual(holds.over(), [one])
})

test('each page has a moment of its own', () => {
  const { holds, held, clock } = holding(1, 2)
  holds.await(one)
  holds.await(two)
  held.delete(2)
  holds.over()
  held.delete(1)
  clock.now += HOLD_MS
  assert.deepEqual(holds.over(), [two])
  clock.now += HOLD_MS
  assert.deepEqual(holds.over(), [one])
})
