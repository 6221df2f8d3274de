/**
 * A release that a program tells late: between the lock's word and the core's hearing of it the token may go to
 * another node. The formal model of the lock word (models/page-states.pml, PASS_WITHOUT_LOOK) leads to it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counterRow } from '../../src/core/counters.js'
import type { Action, Event } from '../../src/core/events.js'
import { type LockId, lockId, nodeId, procId } from '../../src/core/ids.js'
import { ABSENT, ArrayLockWords, FREE, HELD, releaseWord, WANTED } from '../../src/core/lock-words.js'
import { DsmNode } from '../../src/core/node.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { SoftwareMemory } from '../../src/sim/memory.js'
import { PAGE } from './cluster-helpers.js'

const lock: LockId = lockId(0)
const lockRequest: Event = {
  type: 'message',
  from: nodeId(1),
  message: { type: 'lockRequest', lock, requester: nodeId(1), time: new Uint32Array(2) },
}
const what = (actions: readonly Action[]): string[] =>
  actions.map((action) => (action.type === 'send' ? action.message.type : `answer to ${action.proc}`))

/** Node 0, the lock's manager, with three processes; process 0 has taken the lock by its word alone. */
function nodeOfThree() {
  const words = Int32Array.of(HELD)
  const core = new DsmNode({
    self: nodeId(0),
    nodes: 2,
    threads: 3,
    memory: new SoftwareMemory(1, PAGE),
    words: new ArrayLockWords(words, () => 0),
    coherence: treadmarks,
    counters: counterRow(),
  })
  const step = (event: Event): string[] => what(core.step(event))
  return { words, step }
}

test('a release told after the token has gone does not give the lock to a process that waits here', () => {
  const { words, step } = nodeOfThree()
  assert.deepEqual(step({ type: 'lockAcquire', proc: procId(1), lock }), [])
  assert.equal(releaseWord(words, 0), false)
  // Node 1 asks before the core has heard of the release: it gets the token, and process 1's request follows.
  assert.deepEqual(step(lockRequest), ['lockGrant', 'lockForward'])
  assert.deepEqual(step({ type: 'lockRelease', proc: procId(0), lock }), [])
  assert.equal(words[0], ABSENT)
})

test('a release told after another process here has taken the lock changes nothing', () => {
  const { words, step } = nodeOfThree()
  assert.deepEqual(step({ type: 'lockAcquire', proc: procId(1), lock }), [])
  assert.equal(words[0], HELD | WANTED)
  assert.equal(releaseWord(words, 0), false)
  assert.equal(words[0], FREE | WANTED)
  // Process 2 asks before the core has heard of the release: process 1 has waited longer and gets the lock.
  assert.deepEqual(step({ type: 'lockAcquire', proc: procId(2), lock }), ['answer to 1'])
  assert.equal(words[0], HELD | WANTED)
  assert.deepEqual(step({ type: 'lockRelease', proc: procId(0), lock }), [])
  assert.equal(words[0], HELD | WANTED)
})
