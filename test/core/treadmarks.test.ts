/** The protocol beside the rules of the papers, which are in test/paper: long chains, and replies that break a rule. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import { acquire, barrier, cluster, load, node, release, store } from './cluster-helpers.js'

test('a whole chain of writers at different bytes, read by a node that saw only the last lock', () => {
  const c = cluster(4)
  for (let i = 0; i < 30; i++) {
    const n = i % 3
    acquire(c, n, i % 2)
    store(c, n, i, i + 1)
    release(c, n, i % 2)
    if (i % 5 === 4) barrier(c)
  }
  barrier(c)
  for (let i = 0; i < 30; i++) assert.equal(load(c, 3, i), i + 1)
})

test('a reply must hold exactly what was asked', () => {
  const reply = (diffs: object[]): never =>
    ({ type: 'message', from: node(0), message: { type: 'diffReply', diffs } }) as never
  const diff = { page: pageId(0), node: node(0), index: intervalIndex(1), bytes: new Uint8Array(0) }
  for (const diffs of [[], [diff, diff], [{ ...diff, page: pageId(1) }], [{ ...diff, index: intervalIndex(2) }]]) {
    const c = cluster(2)
    store(c, 0, 0, 1)
    barrier(c)
    c.attempt(1, { type: 'load', address: 0 })
    assert.throws(() => c.node(1).core.step(reply(diffs)), /that it was not asked for/)
  }
  assert.throws(
    () =>
      cluster(2)
        .node(1)
        .core.step(reply([diff])),
    /that it was not asked for/,
  )
})

test('what it keeps after a meeting: no interval, and diffs, own ones and fetched ones', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  store(c, 0, 64, 1)
  barrier(c)
  const entry = 4
  // Each has its own time, and what the other has certainly seen. The interval is known to all.
  const before = { intervals: 0, timeBytes: 2 * 2 * entry, notices: 0, diffs: 0, diffBytes: 0 }
  assert.deepEqual(c.node(1).core.footprint(), before)
  assert.equal(load(c, 1, 64), 1)
  for (const n of [0, 1]) {
    const { diffs, diffBytes } = c.node(n).core.footprint()
    assert.equal(diffs, 1)
    assert.ok(diffBytes > 0 && diffBytes < 64, `${diffBytes} bytes`)
  }
})

test('another thread of a program writes while its node waits at a barrier: that is no part of what it releases then', () => {
  const c = cluster(3)
  c.attempt(1, { type: 'barrier', id: 0 })
  const { memory } = c.node(1)
  const thread = 1
  while (memory.access(thread, pageId(0), true) !== 'ready');
  memory.bytes[5] = 7
  // The lock's token is at node 1, which grants it while it waits.
  acquire(c, 2, 1)
  store(c, 2, 70, 1)
  release(c, 2, 1)
  barrier(c)
  barrier(c)
  assert.equal(load(c, 0, 70), 1)
  assert.equal(load(c, 0, 5), 7)
})
