/**
 * What is sent, and to whom: here protocols differ on purpose. Each experiment warms up first, so that what is counted is
 * what goes on in each round, and looks at pages of every home.
 */
import assert from 'node:assert/strict'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import type { Cluster } from '../../src/sim/cluster.js'
import { acquire, barrier, bytesOf, clusterOf, load, named, ofPages, release, sentBy, store } from './hand.js'
import { at, numbers, PAGES } from './play.js'
import type { Property } from './property.js'

const isOpen = (c: Cluster, node: number, page: number): boolean => {
  const state = c.node(node).memory.state(pageId(page))
  return state !== PageState.INVALID && state !== PageState.FETCHING
}

/** All have a copy of each page, which node 0 has written first. */
function warm(c: Cluster): void {
  for (const page of numbers(PAGES)) store(c, 0, at(page, 0), 1)
  barrier(c)
  for (const node of c.nodes) for (const page of numbers(PAGES)) load(c, node.id, at(page, 0))
  sentBy(c)
}

function nothingWithoutWrites(protocol: CoherenceFactory): void {
  const c = clusterOf(protocol, 3)
  warm(c)
  barrier(c)
  sentBy(c)
  for (const node of [0, 1, 2, 1, 0]) {
    acquire(c, node, 1)
    for (const page of numbers(PAGES)) load(c, node, at(page, 0))
    release(c, node, 1)
  }
  barrier(c)
  const sent = ofPages(sentBy(c))
  assert.equal(sent.length, 0, named(sent))
}

/** Each node has a page of its own; all take a lock in turn, and meet. */
function nothingForPrivatePages(protocol: CoherenceFactory): void {
  for (const shift of numbers(3)) {
    const c = clusterOf(protocol, 3)
    const round = (value: number): void => {
      for (const node of numbers(3)) {
        const address = at((node + shift) % 3, 4)
        acquire(c, node, 0)
        store(c, node, address, value)
        assert.equal(load(c, node, address), value)
        release(c, node, 0)
        store(c, node, address + 1, value)
      }
      barrier(c)
    }
    for (const value of [1, 2]) round(value)
    sentBy(c)
    for (const value of [3, 4, 5]) round(value)
    const sent = ofPages(sentBy(c))
    assert.equal(sent.length, 0, named(sent))
  }
}

function releaseSendsNothing(protocol: CoherenceFactory): void {
  const c = clusterOf(protocol, 3)
  warm(c)
  // The token is at node 1 from now on.
  acquire(c, 1, 0)
  release(c, 1, 0)
  for (const page of numbers(PAGES)) {
    acquire(c, 1, 0)
    store(c, 1, at(page, 1), 2)
    sentBy(c)
    release(c, 1, 0)
    const sent = sentBy(c)
    assert.equal(sent.length, 0, named(sent))
  }
}

/** Node 2 has copies, and neither acquires nor is a manager of anything here. */
function leftAlone(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    warm(c)
    acquire(c, 0, 0)
    store(c, 0, at(page, 1), 2)
    release(c, 0, 0)
    acquire(c, 1, 0)
    assert.equal(load(c, 1, at(page, 1)), 2)
    release(c, 1, 0)
    const sent = sentBy(c).filter(({ to }) => to === 2)
    assert.equal(sent.length, 0, named(sent))
    assert.ok(isOpen(c, 2, page))
  }
}

/** Node 1 writes what node 0 has written first; node 0 takes the lock and does not look. */
function nothingUnread(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    warm(c)
    acquire(c, 1, 0)
    store(c, 1, at(page, 1), 2)
    sentBy(c)
    release(c, 1, 0)
    acquire(c, 0, 0)
    release(c, 0, 0)
    const sent = ofPages(sentBy(c))
    assert.equal(sent.length, 0, named(sent))
  }
}

/** A byte of a large page goes from one node to another and back, in each round. */
function onlyWhatChanged(protocol: CoherenceFactory): void {
  const pageBytes = 1_024
  const c = clusterOf(protocol, 2, PAGES, pageBytes)
  const round = (value: number): void => {
    for (const page of numbers(PAGES)) for (const node of [0, 1]) store(c, node, page * pageBytes + node, value)
    barrier(c)
    for (const page of numbers(PAGES))
      for (const node of [0, 1]) assert.equal(load(c, node, page * pageBytes + (1 - node)), value)
    barrier(c)
  }
  for (const value of [1, 2, 3]) round(value)
  sentBy(c)
  round(4)
  const sent = ofPages(sentBy(c))
  const bytes = bytesOf(sent)
  assert.ok(bytes > 0)
  assert.ok(bytes < (PAGES * pageBytes) / 2, `${bytes} bytes: ${named(sent)}`)
}

/** All have a copy, and store and load in turn. */
function writersTogether(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    warm(c)
    for (const value of [1, 2, 3]) {
      for (const node of numbers(3)) {
        store(c, node, at(page, 1 + node), value)
        assert.equal(load(c, node, at(page, 1 + node)), value)
      }
    }
    const sent = sentBy(c)
    assert.equal(sent.length, 0, named(sent))
  }
}

/** Nobody but node 1 has synchronised; whoever has an open copy then reads what node 1 wrote. */
function noOldCopies(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    warm(c)
    acquire(c, 1, 1)
    store(c, 1, at(page, 1), 2)
    release(c, 1, 1)
    for (const node of numbers(3)) {
      if (isOpen(c, node, page)) assert.equal(c.node(node).memory.bytes[at(page, 1)], 2, `node ${node}, page ${page}`)
      assert.equal(load(c, node, at(page, 1)), 2, `node ${node}, page ${page}`)
    }
  }
}

/** Sequential consistency: a store that has ended is seen by all, without any synchronisation. */
function seenAtOnce(protocol: CoherenceFactory): void {
  for (const page of numbers(PAGES)) {
    const c = clusterOf(protocol, 3)
    warm(c)
    for (const [value, writer] of [0, 1, 2, 1].entries()) {
      store(c, writer, at(page, 1), value + 2)
      for (const node of numbers(3)) assert.equal(load(c, node, at(page, 1)), value + 2, `node ${node}, page ${page}`)
    }
  }
}

const subject = 'what is sent'
export const sends: readonly Property[] = [
  { subject, name: 'locks and barriers without writes send nothing for pages', experiment: nothingWithoutWrites },
  { subject, name: 'nothing is sent for pages that one node uses', experiment: nothingForPrivatePages },
  { subject, name: 'a release by itself sends nothing', experiment: releaseSendsNothing },
  { subject, name: 'who acquires nothing is sent nothing', experiment: leftAlone },
  { subject, name: 'a lock brings nothing that its taker does not read', experiment: nothingUnread },
  { subject, name: 'of a page that both use only what changed is sent', experiment: onlyWhatChanged },
  { subject, name: 'writers of one page send nothing until they synchronise', experiment: writersTogether },
  { subject, name: 'after a release no copy is old', experiment: noOldCopies },
  { subject, name: 'a store is seen by all as soon as it has ended', experiment: seenAtOnce },
]
