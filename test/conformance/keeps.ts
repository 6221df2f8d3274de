/** What is kept: whether a run can go on for ever. */
import assert from 'node:assert/strict'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import type { Cluster } from '../../src/sim/cluster.js'
import { acquire, barrier, clusterOf, load, release, store } from './hand.js'
import { at, numbers } from './play.js'
import type { Property } from './property.js'

/** One round of false sharing: all write a page, and one of them reads it; then a counter goes round under a lock. */
function round(c: Cluster, value: number): void {
  for (const node of numbers(3)) store(c, node, at(1, node), value)
  barrier(c)
  for (const node of numbers(3)) assert.equal(load(c, 0, at(1, node)), value)
  for (const node of numbers(3)) {
    acquire(c, node, 0)
    store(c, node, at(2, 0), 1 + ((value * 3 + node) % 255))
    release(c, node, 0)
  }
  barrier(c)
}

const kept = (c: Cluster, what: 'intervals' | 'diffs'): number =>
  c.nodes.reduce((sum, { core }) => sum + core.footprint()[what], 0)

const doesNotGrow =
  (what: 'intervals' | 'diffs') =>
  (protocol: CoherenceFactory): void => {
    const c = clusterOf(protocol, 3)
    for (const value of numbers(20)) round(c, value + 1)
    const early = kept(c, what)
    for (const value of numbers(20)) round(c, value + 21)
    assert.ok(kept(c, what) <= early, `${early} ${what} are kept after 20 rounds, ${kept(c, what)} after 40`)
  }

const subject = 'what is kept'
export const keeps: readonly Property[] = [
  { subject, name: 'intervals do not pile up over barriers', experiment: doesNotGrow('intervals') },
  { subject, name: 'diffs do not pile up over barriers', experiment: doesNotGrow('diffs') },
]
