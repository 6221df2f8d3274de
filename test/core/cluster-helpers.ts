/** Small helpers for tests that drive simulated nodes step by step. */
import assert from 'node:assert/strict'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { nodeId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { Cluster } from '../../src/sim/cluster.js'
import type { Operation } from '../../src/sim/operation.js'

export const PAGE = 64

export function cluster(nodes: number, pages = 8, coherence: CoherenceFactory = treadmarks): Cluster {
  return new Cluster({ nodes, pages, pageBytes: PAGE, coherence })
}

/** Runs one operation to its end, delivering whatever messages it takes. */
export function perform(c: Cluster, node: number, operation: Operation): number {
  for (let tries = 0; tries < 100; tries++) {
    const result = c.attempt(node, operation)
    if (result !== undefined) return result
    c.settle()
  }
  assert.fail(`node ${node} waits for ever: ${JSON.stringify(operation)}`)
}

export const load = (c: Cluster, node: number, address: number): number => perform(c, node, { type: 'load', address })
export const store = (c: Cluster, node: number, address: number, value: number): number =>
  perform(c, node, { type: 'store', address, value })
export const acquire = (c: Cluster, node: number, lock: number): number => perform(c, node, { type: 'acquire', lock })
export const release = (c: Cluster, node: number, lock: number): number => perform(c, node, { type: 'release', lock })

/** All nodes meet; under an eager protocol each waits first until its writes have gone where they must. */
export function barrier(c: Cluster, id = 0): void {
  let waiting = Array.from({ length: c.config.nodes }, (_, i) => i)
  for (let tries = 0; tries < 100 && waiting.length > 0; tries++) {
    waiting = waiting.filter((i) => c.attempt(i, { type: 'barrier', id }) === undefined)
    c.settle()
  }
  assert.deepEqual(waiting, [], `nodes ${waiting} wait at barrier ${id} for ever`)
}

/** Types of the messages sent since the last look, with their ends: "lockRequest 1→0". */
export function sent(c: Cluster): string[] {
  return c.sent.splice(0).map(({ from, to, message }) => `${message.type} ${from}→${to}`)
}

export function lastSent<T extends Message['type']>(c: Cluster, type: T): Extract<Message, { type: T }> {
  const found = c.sent.filter(({ message }) => message.type === type).at(-1)?.message
  if (found === undefined) throw new Error(`no ${type} was sent`)
  return found as Extract<Message, { type: T }>
}

export const node = nodeId

/** Deterministic random numbers (xorshift32): `random(n)` is in 0 … n-1. */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed * 2654435761 + 1
  return (n) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
}
