/** When a run stands still for ever, and when it only looks so: reports of nodes in every order that could mislead. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Standstill } from '../../src/cli/standstill.js'
import type { RestReport } from '../../src/runtime/control.js'

const rest = (turn: number, sent: number, received: number, more: Partial<RestReport> = {}): RestReport => ({
  type: 'rest',
  turn,
  sent,
  received,
  waits: [],
  holds: [],
  ...more,
})

class Watched {
  readonly probes: [node: number, turn: number, wave: number][] = []
  readonly found: string[] = []
  readonly standstill: Standstill
  constructor(nodes: number, threads = 1) {
    this.standstill = new Standstill(nodes, threads, {
      probe: (node, turn, wave) => this.probes.push([node, turn, wave]),
      found: (deadlock) => this.found.push(deadlock),
    })
  }
  get wave(): number {
    return this.probes.at(-1)?.[2] ?? -1
  }
}

test('all at rest, nothing on its way, and nothing since: who waits for what, and who has it', () => {
  const w = new Watched(3)
  const lock = (process: number, wants: number, holds: number[]) => ({
    waits: [{ process, what: `waits for lock ${wants}`, lock: wants }],
    holds,
  })
  w.standstill.rests(1, rest(7, 2, 1, lock(1, 5, [3])))
  w.standstill.rests(0, rest(4, 1, 2, lock(0, 3, [5])))
  assert.equal(w.probes.length, 0)
  w.standstill.ended(2)
  w.standstill.rests(2, rest(1, 0, 0))
  assert.deepEqual(
    w.probes.map(([node, turn]) => [node, turn]),
    [
      [1, 7],
      [0, 4],
      [2, 1],
    ],
  )
  for (const node of [0, 1]) w.standstill.still(node, w.wave)
  assert.deepEqual(w.found, [])
  w.standstill.still(2, w.wave)
  assert.deepEqual(w.found, [
    `no process can go on, each waits for another:
process 0 waits for lock 3, which process 1 holds
process 1 waits for lock 5, which process 0 holds
process 2 has ended`,
  ])
})

test('a message on its way is no standstill', () => {
  const w = new Watched(2)
  w.standstill.rests(0, rest(3, 5, 1))
  w.standstill.rests(1, rest(3, 1, 4))
  assert.equal(w.probes.length, 0)
})

test('a report takes back every answer before it, also those still under way', () => {
  const w = new Watched(2)
  w.standstill.rests(0, rest(1, 1, 1))
  w.standstill.rests(1, rest(1, 1, 1))
  const before = w.wave
  w.standstill.still(0, before)
  w.standstill.rests(1, rest(9, 1, 2))
  w.standstill.still(0, before)
  w.standstill.still(1, before)
  assert.deepEqual(w.found, [])
  assert.equal(w.probes.length, 2, 'node 0 has not told of the message that node 1 got')
  w.standstill.rests(0, rest(9, 2, 1))
  w.standstill.still(0, before)
  w.standstill.still(1, w.wave)
  assert.deepEqual(w.found, [])
  w.standstill.still(0, w.wave)
  assert.equal(w.found.length, 1)
})

test('when all have ended nothing is wrong', () => {
  const w = new Watched(1, 2)
  w.standstill.ended(0)
  w.standstill.ended(1)
  w.standstill.rests(0, rest(1, 0, 0))
  assert.equal(w.probes.length, 0)
})

test('of many processes some are named, and of several on a node all that may hold the lock', () => {
  const w = new Watched(20, 2)
  for (let node = 0; node < 20; node++) {
    const waits = [0, 1].map((slot) => ({ process: node * 2 + slot, what: 'waits for lock 9', lock: 9 }))
    w.standstill.rests(node, rest(1, 0, 0, { waits, holds: node === 3 ? [9] : [] }))
  }
  for (let node = 0; node < 20; node++) w.standstill.still(node, w.wave)
  const lines = (w.found[0] as string).split('\n')
  assert.equal(lines[1], 'process 0 waits for lock 9, which one of processes 6-7 holds')
  assert.equal(lines.length, 34)
  assert.equal(lines.at(-1), 'and 8 more')
})
