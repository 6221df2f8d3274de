/**
 * Whole executions from a seed: race-free programs on simulated nodes, every read compared with one golden
 * memory. The programs write bytes that share pages under different locks, allocate and free.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Program } from '../../src/sim/cluster.js'
import { cluster, PAGE, randomFrom } from './cluster-helpers.js'

const LOCKS = 5
const PAGES = 4

/** Byte a belongs to lock a mod LOCKS while locks rule, and to node a mod n between barriers. */
function* program(me: number, nodes: number, golden: Uint8Array, seed: number): Program {
  const random = randomFrom(seed * 31 + me + 1)
  for (let phase = 0; phase < 4; phase++) {
    for (let i = 0; i < 12; i++) {
      const lock = random(LOCKS)
      yield { type: 'acquire', lock }
      for (let k = random(4); k >= 0; k--) {
        const address = random(Math.floor((PAGES * PAGE) / LOCKS)) * LOCKS + lock
        const read = yield { type: 'load', address }
        assert.equal(read, golden[address], `seed ${seed}: node ${me} read byte ${address} under lock ${lock}`)
        const value = random(256)
        yield { type: 'store', address, value }
        golden[address] = value
      }
      yield { type: 'release', lock }
    }
    yield { type: 'barrier', id: phase }
    for (let i = 0; i < 20; i++) {
      const address = random(Math.floor((PAGES * PAGE) / nodes)) * nodes + me
      const value = random(256)
      yield { type: 'store', address, value }
      golden[address] = value
    }
    yield { type: 'barrier', id: 100 + phase }
    for (let i = 0; i < 20; i++) {
      const address = random(PAGES * PAGE)
      const read = yield { type: 'load', address }
      assert.equal(read, golden[address], `seed ${seed}: node ${me} read byte ${address} after a barrier`)
    }
    yield { type: 'barrier', id: 200 + phase }
  }
}

test('race-free programs read what one memory would give, in 300 random executions', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const nodes = 2 + (seed % 5)
    const c = cluster(nodes, PAGES)
    const golden = new Uint8Array(PAGES * PAGE)
    c.run(
      Array.from({ length: nodes }, (_, i) => program(i, nodes, golden, seed)),
      randomFrom(seed),
    )
  }
})

test('the same seed is the same execution', () => {
  const trace = (): string => {
    const c = cluster(4, PAGES)
    const golden = new Uint8Array(PAGES * PAGE)
    c.run(
      Array.from({ length: 4 }, (_, i) => program(i, 4, golden, 99)),
      randomFrom(99),
    )
    return c.sent.map(({ from, to, message }) => `${from}${to}${message.type}`).join()
  }
  assert.equal(trace(), trace())
})
