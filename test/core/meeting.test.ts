/** Barriers and the calls that meet like one (Keleher 1994, §3.4), and what can go wrong with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAllocation } from '../../src/core/allocator.js'
import type { Event } from '../../src/core/events.js'
import { nodeId, procId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import type { MeetingKind, Message } from '../../src/core/messages.js'
import { asciiBytes, quoted } from '../../src/core/name.js'
import { DsmNode } from '../../src/core/node.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { SoftwareMemory } from '../../src/sim/memory.js'
import { cluster, PAGE, store } from './cluster-helpers.js'

const meet = (proc: number, kind: MeetingKind, id: number, payload: Uint8Array = new Uint8Array(0)): Event => ({
  type: 'meet',
  proc: procId(proc),
  kind,
  id,
  payload,
})

test('nobody departs before all have arrived, and the manager incorporates nothing until then', () => {
  const c = cluster(3)
  store(c, 1, 0, 7)
  c.attempt(1, { type: 'barrier', id: 0 })
  c.attempt(2, { type: 'barrier', id: 0 })
  c.settle()
  assert.equal(c.node(0).memory.state(0 as never), PageState.CLEAN)
  assert.equal(c.attempt(1, { type: 'barrier', id: 0 }), undefined)
  assert.equal(c.attempt(0, { type: 'barrier', id: 0 }), 0)
  assert.equal(c.node(0).memory.state(0 as never), PageState.INVALID)
  c.settle()
  assert.equal(c.attempt(1, { type: 'barrier', id: 0 }), 0)
})

test('different barriers that meet are an error that says who is where', () => {
  const c = cluster(3)
  c.step(0, meet(0, 'barrier', 1))
  c.step(1, meet(1, 'barrier', 1))
  c.settle()
  c.step(2, meet(2, 'barrier', 2))
  assert.throws(() => c.settle(), /processes 0, 1 wait at barrier 1, but process 2 waits at barrier 2/)
})

test('different kinds of meetings are an error as well', () => {
  const c = cluster(2)
  c.step(1, meet(1, 'distribute', 0))
  c.settle()
  assert.throws(
    () => c.step(0, meet(0, 'barrier', 0)),
    /process 1 waits at distribute, but process 0 waits at barrier 0/,
  )
})

test('allocations that disagree name both sides', () => {
  const c = cluster(2)
  const of = (label: string): Uint8Array => encodeAllocation({ bytes: 8, align: 0, label })
  c.step(1, meet(1, 'alloc', 0, of('Float64Array(1) "b"')))
  c.settle()
  assert.throws(
    () => c.step(0, meet(0, 'alloc', 0, of('Float64Array(2) "a"'))),
    /process 1 allocates Float64Array\(1\) "b", but process 0 allocates Float64Array\(2\) "a"/,
  )
})

test('phases that disagree name both sides, and a phase is no barrier', () => {
  const c = cluster(3)
  const of = (name: string): Uint8Array => asciiBytes(quoted(name))
  c.step(1, meet(1, 'phase', 0, of('warm')))
  c.settle()
  assert.throws(
    () => c.step(0, meet(0, 'phase', 0, of('wärm'))),
    /process 1 begins phase "warm", but process 0 begins phase "w\\u00e4rm"/,
  )
  const d = cluster(2)
  d.step(1, meet(1, 'phase', 0, of('warm')))
  d.settle()
  assert.throws(
    () => d.step(0, meet(0, 'barrier', 7)),
    /process 1 waits at phase "warm", but process 0 waits at barrier 7/,
  )
})

test('a phase that all begin decides nothing and orders like a barrier', () => {
  const c = cluster(2)
  const payload = asciiBytes(quoted('sweep'))
  store(c, 1, 0, 7)
  for (const n of [0, 1]) c.step(n, meet(n, 'phase', 0, payload))
  c.settle()
  for (const n of [0, 1]) assert.deepEqual(c.answer(n)?.payload, new Uint8Array(0))
  assert.equal(c.node(0).memory.state(0 as never), PageState.INVALID)
})

test('everyone gets process 0’s value', () => {
  const c = cluster(3)
  for (const n of [2, 1, 0]) c.step(n, meet(n, 'distribute', 0, Uint8Array.of(n + 40)))
  c.settle()
  for (const n of [0, 1, 2]) assert.deepEqual(c.answer(n)?.payload, Uint8Array.of(40))
})

test('a meeting that an ended process can no longer join is an error that names it', () => {
  const c = cluster(3)
  c.step(1, meet(1, 'barrier', 5))
  c.settle()
  c.step(2, { type: 'ended', proc: procId(2) })
  assert.throws(() => c.settle(), /process 1 waits at barrier 5, but process 2 has ended and will not come/)
  const d = cluster(3)
  d.step(2, { type: 'ended', proc: procId(2) })
  d.settle()
  d.step(1, { type: 'ended', proc: procId(1) })
  d.settle()
  assert.throws(() => d.step(0, meet(0, 'barrier', 0)), /process 0 waits at barrier 0, but processes 1, 2 have ended/)
})

test('arrivals and departures out of turn are refused', () => {
  const c = cluster(2)
  const rider = { time: new Uint32Array(2), intervals: [] }
  const payload = new Uint8Array(0)
  const from = (n: number, message: Message): Event => ({ type: 'message', from: nodeId(n), message })
  const arrive: Message = { type: 'arrive', kind: 'barrier', id: 0, rider, payload }
  c.step(0, from(1, arrive))
  assert.throws(() => c.step(0, from(1, arrive)), /out of turn/)
  assert.throws(() => c.step(1, from(0, arrive)), /out of turn/)
  assert.throws(() => c.step(1, from(0, { type: 'depart', rider, payload })), /a departure from no meeting/)
})

test('with several processes on a node, the node arrives once all of them have', () => {
  const core = new DsmNode({
    self: nodeId(1),
    nodes: 2,
    threads: 2,
    memory: new SoftwareMemory(4, PAGE),
    words: { tryHold: () => 'absent', tryTake: () => 'absent', hold: () => {}, free: () => {}, settle: () => {} },
    coherence: treadmarks,
    counters: new Float64Array(32),
  })
  assert.deepEqual(core.step(meet(2, 'barrier', 0)), [])
  const [action] = core.step(meet(3, 'barrier', 0))
  assert.equal(action?.type === 'send' && action.message.type, 'arrive')
})
