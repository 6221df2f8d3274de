/**
 * Connections that are cut, one at a time and with nothing else going on: where in the stream of bytes, in which way,
 * and when in the life of the run. Each must be told by a typed error, on both sides where both can see it, or be
 * made good where that is still possible.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Random } from '../../src/sim/random.js'
import { amount } from '../proof/amount.js'
import { HandNode } from '../real/node.js'
import { described, prelude } from '../real/run.js'
import { Doors } from './doors.js'
import { Log } from './log.js'
import { type FlowPlan, type How, smooth } from './plan.js'

/** Everything here takes seconds; nothing may wait for ever. */
const limit = { timeout: 120_000 }

/** Every byte of the shared array changes hands in each round. */
const rounds = (count: number): string => `${prelude}
  const bytes = tm.alloc(Uint8Array, 20_000)
  for (let round = 1; round <= ${count}; round++) {
    for (let i = (me + round) % n; i < bytes.length; i += n) bytes[i] = round
    tm.barrier()
    for (const byte of bytes) assert.equal(byte, round & 0xff)
    tm.barrier()
  }
  console.log(me, 'done')
`

/** Nodes 0 and 1, connected by way of a door; the test is their launcher. */
async function pair(t: TestContext, text: string, side: 'up' | 'down', plan: FlowPlan): Promise<[HandNode, HandNode]> {
  const flows = { up: smooth, down: smooth, [side]: plan }
  const doors = await Doors.make(t, { nodes: 2, wires: new Map([['1-0', flows]]) }, new Log())
  const first = new HandNode(t, 0, text)
  const nodes: [HandNode, HandNode] = [first, new HandNode(t, 1, text, first.secret)]
  for (const node of nodes) await node.report('listening')
  doors.lead(async (node) => (await (nodes[node] as HandNode).report('listening')).port)
  const addresses = doors.ports.map((port) => ({ host: '127.0.0.1', port }))
  for (const node of nodes) node.order({ type: 'connect', addresses })
  return nodes
}

async function lost(node: HandNode, peer: number): Promise<void> {
  const failed = await node.report('failed')
  assert.equal(failed.code, 'ERR_TM_NODE_LOST', `${failed.message}\n${failed.stack ?? ''}`)
  assert.match(failed.message, new RegExp(`^the connection to node ${peer} is gone: `))
}

test('a connection that is cut at any byte after its handshake is lost for both of its nodes', limit, async (t) => {
  for (let seed = 1; seed <= amount(2, 10); seed++) {
    const random = new Random(seed)
    const side = random.pick(['up', 'down'] as const)
    const how: How = random.pick(['reset', 'close'])
    const at = 90 + Math.floor(Math.exp(random.fraction() * Math.log(60_000)))
    await t.test(`seed ${seed}: ${how} after ${at} bytes ${side}`, async (t) => {
      const [first, second] = await pair(t, rounds(1_000_000), side, { ...smooth, cut: { at, how } })
      await Promise.all([lost(first, 1), lost(second, 0)])
      assert.deepEqual(await Promise.all([first.leaves('abort'), second.leaves('abort')]), [1, 1])
      assert.equal(first.stdout + second.stdout + first.stderr + second.stderr, '')
    })
  }
})

test('an end on one side alone is enough', limit, async (t) => {
  const [first] = await pair(t, rounds(1_000_000), 'up', { ...smooth, cut: { at: 5_000, how: 'half' } })
  await lost(first, 1)
  assert.equal(await first.leaves('abort'), 1)
})

test('a connection that is cut before the dialer has proved itself is made again', limit, async (t) => {
  const places = [
    ['up', 58],
    ['down', 1],
    ['up', 1],
    ['down', 60],
  ] as const
  for (const [side, at] of places.slice(0, amount(2, 4))) {
    await t.test(`after ${at} bytes ${side}`, async (t) => {
      const nodes = await pair(t, rounds(3), side, { ...smooth, cut: { at, how: at % 2 === 0 ? 'close' : 'reset' } })
      for (const node of nodes) await node.report('ended')
      assert.deepEqual(await Promise.all(nodes.map((node) => node.leaves('finish'))), [0, 0])
      assert.deepEqual(
        nodes.map(({ stdout }) => stdout),
        ['0 done\n', '1 done\n'],
      )
    })
  }
})

test('half a proof: the dialer has begun, and says that the connection is lost', limit, async (t) => {
  const [first, second] = await pair(t, rounds(1_000_000), 'up', { ...smooth, cut: { at: 70, how: 'close' } })
  await lost(second, 0)
  assert.deepEqual(await Promise.all([first.leaves('abort'), second.leaves('abort')]), [1, 1])
  assert.ok(!first.reports.some(({ type }) => type === 'joined'))
})

test(
  'processes that have ended still tell that their connection is cut: a third may need what they hold',
  limit,
  async (t) => {
    const doors = await Doors.make(t, { nodes: 3 }, new Log())
    const text = `${prelude} tm.barrier(); if (me === 0) setInterval(() => {}, 1000)`
    const run = doors.run(t, text, { timeoutMs: 20_000 })
    await Promise.all([1, 2].map((node) => run.printed(new RegExp(`^@${node} ended$`, 'm'))))
    doors.cut(1, 2, 'reset')
    const outcome = await run.ended
    assert.equal(outcome.code, 1, described(outcome))
    assert.match(
      outcome.stderr,
      /^treadmarks: process [12] \(node [12]\): the connection to node [12] is gone: .*\n {2}ERR_TM_NODE_LOST: .*\n$/,
    )
  },
)
