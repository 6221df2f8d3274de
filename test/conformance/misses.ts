/** How a miss ends: by the services alone, while the programs of those that are asked compute, and with how many questions. */
import assert from 'node:assert/strict'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { acquire, barrier, clusterOf, load, named, ofPages, release, sentBy, store } from './hand.js'
import { at, numbers, PAGES } from './play.js'
import type { Property } from './property.js'

/** Whoever wrote the page goes on writing it, in other bytes, and does not synchronise; everybody else does nothing at all. */
function servedWhileOthersCompute(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    acquire(c, 0, 0)
    store(c, 0, at(page, 0), 5)
    release(c, 0, 0)
    store(c, 0, at(page, 1), 6)
    acquire(c, 1, 0)
    assert.equal(load(c, 1, at(page, 0)), 5)
    store(c, 1, at(page, 2), 7)
    release(c, 1, 0)
    store(c, 0, at(page, 1), 8)
    acquire(c, 2, 0)
    assert.deepEqual([load(c, 2, at(page, 0)), load(c, 2, at(page, 2))], [5, 7])
  }
}

/** Each has the page of its predecessor when it writes; the last one misses it with all their writes to come. */
function oneQuestionAfterAChain(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 4)
    for (const node of numbers(3)) {
      acquire(c, node, 0)
      store(c, node, at(page, node), node + 1)
      release(c, node, 0)
    }
    acquire(c, 3, 0)
    sentBy(c)
    for (const node of numbers(3)) assert.equal(load(c, 3, at(page, node)), node + 1)
    asksOnce(c, 3)
  }
}

/** All write the page between the same two barriers. */
function oneQuestionAfterFalseSharing(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 4)
    for (const node of numbers(3)) store(c, node, at(page, node), node + 1)
    barrier(c)
    sentBy(c)
    for (const node of numbers(3)) assert.equal(load(c, 3, at(page, node)), node + 1)
    asksOnce(c, 3)
  }
}

function asksOnce(c: ReturnType<typeof clusterOf>, node: number): void {
  const sent = ofPages(sentBy(c))
  assert.ok(sent.filter(({ from }) => from === node).length <= 1, named(sent))
}

const subject = 'how a miss ends'
export const misses: readonly Property[] = [
  {
    subject,
    name: 'a miss is served while the programs of all other nodes compute',
    experiment: servedWhileOthersCompute,
  },
  {
    subject,
    name: 'a miss asks one node, however many have written one after the other',
    experiment: oneQuestionAfterAChain,
  },
  {
    subject,
    name: 'a miss asks one node, however many have written at the same time',
    experiment: oneQuestionAfterFalseSharing,
  },
]
