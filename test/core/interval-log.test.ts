/** What a node knows of intervals: no gaps, and whatever others lack in an order that respects happened-before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalIndex, nodeId, pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import { IntervalLog } from '../../src/core/interval-log.js'

/** `time`: of its end; `pages`: how many it changed. */
const interval = (node: number, time: number[], pages = 1): Interval => ({
  node: nodeId(node),
  index: intervalIndex(time[node] as number),
  time: Uint32Array.from(time),
  pages: Array.from({ length: pages }, (_, page) => pageId(page)),
})

// Node 2 has seen the first interval of node 1, and node 0 all of it.
const known = [
  interval(1, [0, 1, 0]),
  interval(2, [0, 1, 1], 3),
  interval(1, [0, 2, 0]),
  interval(0, [1, 1, 1], 2),
  interval(2, [0, 1, 2]),
]

function full(): IntervalLog {
  const log = new IntervalLog(3)
  for (const one of known) log.add(one)
  return log
}

test('what another node lacks comes in the order in which it was learned, all of it and nothing else', () => {
  const log = full()
  assert.deepEqual(log.since(Uint32Array.of(0, 0, 0)), known)
  assert.deepEqual(log.since(Uint32Array.of(0, 2, 0)), [known[1], known[3], known[4]])
  assert.deepEqual(log.since(Uint32Array.of(1, 0, 2)), [known[0], known[2]])
  assert.deepEqual(log.since(Uint32Array.of(1, 2, 2)), [])
})

test('whoever knows more than this node lacks only the rest', () => {
  assert.deepEqual(full().since(Uint32Array.of(5, 1, 9)), [known[2]])
})

test('the intervals of one node, oldest first', () => {
  const log = full()
  assert.deepEqual(log.ofNode(nodeId(1), 0), [known[0], known[2]])
  assert.deepEqual(log.ofNode(nodeId(2), 1), [known[4]])
  assert.deepEqual(log.ofNode(nodeId(0), 1), [])
})

test('an interval that would leave a gap, or that is known, is refused', () => {
  for (const [node, time] of [
    [0, [3, 0, 0]],
    [1, [0, 2, 0]],
  ] as const) {
    assert.throws(() => full().add(interval(node, [...time])), { code: 'ERR_TM_PROTOCOL' })
  }
})

test('its size: intervals, and the notices of all', () => {
  assert.deepEqual(full().size(), { intervals: 5, notices: 8 })
})

test('what all know is forgotten: nobody lacks it, and what comes after is told', () => {
  const log = new IntervalLog(2)
  const interval = (index: number): Interval => ({
    node: nodeId(0),
    index: intervalIndex(index),
    time: Uint32Array.of(index, 0),
    pages: [pageId(1), pageId(2)],
  })
  log.add(interval(1))
  log.add(interval(2))
  assert.deepEqual(log.forget(), { intervals: 2, notices: 4 })
  assert.deepEqual(log.size(), { intervals: 0, notices: 0 })
  assert.deepEqual(log.since(Uint32Array.of(0, 0)), [])
  assert.deepEqual(log.since(Uint32Array.of(1, 0)), [])
  log.add(interval(3))
  for (const known of [0, 1, 2]) assert.deepEqual(log.since(Uint32Array.of(known, 0)), [interval(3)])
  assert.deepEqual(log.ofNode(nodeId(0), 2), [interval(3)])
})
