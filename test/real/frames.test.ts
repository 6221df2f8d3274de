/**
 * A peer that has proved the secret and then breaks the rules: every broken frame, field and order of messages
 * becomes one typed report, never a crash, never a write beyond a page, and never memory for what is announced
 * only.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { intervalIndex, lockId, nodeId, pageId, procId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { MAX_FRAME_BYTES } from '../../src/limits.js'
import { HandNode, listener, PAGE_BYTES, Peer } from './node.js'
import { prelude } from './run.js'

const time = (...entries: number[]): Uint32Array => Uint32Array.from(entries)
const nothing = new Uint8Array(0)
const noRider = { time: time(0, 0), intervals: [] }
/** Node 1 has written page 1 in its first interval. */
const wrote = {
  time: time(0, 1),
  intervals: [{ node: nodeId(1), index: intervalIndex(1), time: time(0, 1), pages: [pageId(1)] }],
}
const arrival = (rider: typeof noRider | typeof wrote): Message => ({
  type: 'arrive',
  kind: 'barrier',
  id: 0,
  rider,
  payload: nothing,
})

/** In no meeting and in no lock: what comes is out of turn. */
const waiting = `${prelude} setTimeout(() => {}, 60_000)`
/** What an arrival brings counts only when all have arrived. */
const meeting = `${prelude} tm.barrier(); setTimeout(() => {}, 60_000)`

/** Node 0 of two, joined, the test being node 1. */
async function manager(t: TestContext, text = waiting): Promise<{ node: HandNode; peer: Peer }> {
  const node = new HandNode(t, 0, text)
  const { port } = await node.report('listening')
  const peer = await Peer.dial(t, port, node.secret)
  await node.report('joined')
  return { node, peer }
}

/** Node 1 of two, joined, the test being node 0: its lock and meeting manager. */
async function member(t: TestContext, text = waiting): Promise<{ node: HandNode; peer: Peer }> {
  const { server, port } = await listener(t)
  const node = new HandNode(t, 1, text)
  const own = await node.report('listening')
  const answered = Peer.answer(server, node.secret)
  node.order({ type: 'connect', addresses: [port, own.port].map((number) => ({ host: '127.0.0.1', port: number })) })
  const peer = await answered
  await node.report('joined')
  return { node, peer }
}

async function refused(node: HandNode, message: RegExp): Promise<void> {
  const failed = await node.report('failed')
  assert.equal(failed.code, 'ERR_TM_PROTOCOL', `${failed.code}: ${failed.message}\n${failed.stack ?? ''}`)
  assert.match(failed.message, message)
  assert.equal(failed.stack, undefined)
  assert.equal(await node.leaves('abort'), 1)
  assert.equal(node.stderr, '')
  assert.equal(node.reports.filter(({ type }) => type === 'failed').length, 1)
}

const byManager: readonly (readonly [name: string, break_: (peer: Peer) => void, message: RegExp])[] = [
  ['a frame that is too long', (peer) => peer.sendRaw(1, nothing, MAX_FRAME_BYTES + 1), /a frame announces \d+ bytes/],
  ['a message of no type', (peer) => peer.sendRaw(200, Buffer.alloc(3)), /there is no message of type 200/],
  ['an empty body', (peer) => peer.sendRaw(4, nothing), /arrive: kind/],
  ['bytes behind a message', (peer) => peer.sendRaw(10, Buffer.from([1, 0])), /ended: end.* has 1 bytes behind it/],
  ['a process that does not exist', (peer) => peer.sendRaw(10, Buffer.from([2])), /ended: proc.* is 2, not in 0 … 1/],
  ['a process of another node', (peer) => peer.send({ type: 'ended', proc: procId(0) }), /node 1/],
  [
    'a notice for a page beyond the heap',
    (peer) => peer.sendRaw(4, Buffer.from([0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0x80, 0x02, 1, 0])),
    /arrive: pages/,
  ],
  ['a heartbeat with a body', (peer) => peer.sendRaw(0, Buffer.alloc(1)), /there is no message of type 0/],
  [
    'an answer to a try that nobody made',
    (peer) => peer.send({ type: 'lockTried', lock: lockId(6), granted: true }),
    /node 1 answers a try for lock 6 that it did not get/,
  ],
  [
    'a message in the name of a process of the receiver',
    (peer) => peer.send({ type: 'parcel', from: procId(0), to: procId(0), bytes: nothing }),
    /node 1 speaks for process 0/,
  ],
  [
    'messages taken that were never sent',
    (peer) => peer.send({ type: 'parcelTaken', from: procId(0), to: procId(1), cost: 1 }),
    /node 1 took more than process 0 sent process 1/,
  ],
  ['two arrivals', (peer) => [0, 1].map(() => peer.send(arrival(noRider))), /node 1 arrived at a meeting out of turn/],
  [
    'an interval that does not follow',
    (peer) =>
      peer.send(
        arrival({
          time: time(0, 5),
          intervals: [{ node: nodeId(1), index: intervalIndex(5), time: time(0, 5), pages: [pageId(1)] }],
        }),
      ),
    /interval 5 of node 1 came out of order/,
  ],
  [
    "an interval of the receiver's own",
    (peer) =>
      peer.send(
        arrival({
          time: time(1, 0),
          intervals: [{ node: nodeId(0), index: intervalIndex(1), time: time(1, 0), pages: [pageId(1)] }],
        }),
      ),
    /interval 1 of node 0 came out of order/,
  ],
  [
    'a time without its intervals',
    (peer) => peer.send(arrival({ time: time(0, 3), intervals: [] })),
    /released intervals that it did not send/,
  ],
  [
    'a departure from one who is not the manager',
    (peer) => peer.send({ type: 'depart', rider: noRider, payload: nothing }),
    /node 1 sent a message that only node 0 may send/,
  ],
  [
    'a grant that nobody asked for',
    (peer) => peer.send({ type: 'lockGrant', lock: lockId(8), rider: noRider, sleepers: [] }),
    /lock 8 was granted without a request/,
  ],
  [
    'a wake-up of a process that does not sleep',
    (peer) => peer.send({ type: 'condWake', lock: lockId(8), proc: procId(0) }),
    /node 1 woke process 0, which does not sleep on lock 8 at node 0/,
  ],
  [
    'a request for a lock that another manages',
    (peer) => peer.send({ type: 'lockRequest', lock: lockId(1), requester: nodeId(1), time: time(0, 0) }),
    /request for lock 1, which node 0 does not manage/,
  ],
  [
    'a lock asked for twice',
    (peer) =>
      [0, 1].map(() => peer.send({ type: 'lockRequest', lock: lockId(6), requester: nodeId(1), time: time(0, 0) })),
    /node 1 requested lock 6 twice/,
  ],
  [
    "a request in another's name",
    (peer) => peer.send({ type: 'lockRequest', lock: lockId(6), requester: nodeId(0), time: time(0, 0) }),
    /node 1 sent a message that only node 0 may send/,
  ],
  [
    'a diff asked for that is not there',
    (peer) =>
      peer.send({ type: 'diffRequest', wants: [{ page: pageId(3), node: nodeId(0), index: intervalIndex(7) }] }),
    /node 1 asked node 0 for a diff that it does not hold: page 3, node 0, interval 7/,
  ],
  [
    'diffs that nobody asked for',
    (peer) =>
      peer.send({
        type: 'diffReply',
        diffs: [{ page: pageId(3), node: nodeId(1), index: intervalIndex(1), bytes: nothing }],
      }),
    /node 1 sent .*that it was not asked for/,
  ],
  [
    'a diff pushed that is not its own',
    (peer) =>
      peer.send({
        type: 'diffPush',
        diffs: [{ page: pageId(3), node: nodeId(0), index: intervalIndex(1), bytes: nothing, all: false }],
      }),
    /node 1 pushed a diff of node 0/,
  ],
  ['an answer to no question', (peer) => peer.send({ type: 'freeReply', proc: procId(0), ok: true }), /node 1/],
  [
    'an allocation for another process',
    (peer) => peer.send({ type: 'mallocRequest', proc: procId(0), bytes: 8, align: 0, time: time(0, 0) }),
    /node 1/,
  ],
  [
    'a diff longer than any',
    (peer) => {
      const body = Buffer.alloc(8 + 2 * PAGE_BYTES)
      body.set([1, 3, 1, 1, 0xff, 0x3f])
      peer.sendRaw(12, body)
    },
    /diffReply: bytes/,
  ],
]

test('every broken message to the manager is one typed report', async (t) => {
  for (const [name, break_, message] of byManager) {
    const { node, peer } = await manager(t, /interval/.test(name) ? meeting : waiting)
    break_(peer)
    await t.test(name, () => refused(node, message))
  }
})

test('a frame that announces much and brings little costs little', async (t) => {
  const { node, peer } = await manager(t, `${prelude} tm.barrier(); console.log('met')`)
  const before = node.memoryBytes
  peer.send(arrival(noRider))
  await node.report('ended')
  peer.sendRaw(5, Buffer.alloc(1000), MAX_FRAME_BYTES)
  // Other bytes of the same frame, one by one: the splitter holds them and asks for no more.
  for (let i = 0; i < 100; i++) peer.socket.write(Buffer.alloc(1))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.ok(node.memoryBytes - before < 24 << 20, `${node.memoryBytes - before} bytes more`)
  assert.equal(
    node.reports.some(({ type }) => type === 'failed'),
    false,
  )
  assert.equal(await node.leaves('finish'), 0)
})

/** Reads page 1, which the peer has written, with its neighbours untouched. */
const reading = `${prelude}
  const pages = tm.view(Uint8Array, 0, 3 * tm.pageSize)
  pages[0] = 7
  tm.barrier()
  console.log('read', pages[tm.pageSize], pages[2 * tm.pageSize - 1], pages[0], pages[2 * tm.pageSize])
`

test('a diff is written where it belongs or not at all', async (t) => {
  const diffs: readonly (readonly [string, number[]])[] = [
    ['of a kind that does not exist', [9, 1, 2, 3]],
    ['that begins beyond the page', [0, 0x80, 0x20, 1, 0xff]],
    ['that ends beyond the page', [0, 0xff, 0x1f, 2, 0xff, 0xff]],
    ['whose run is longer than its bytes', [0, 0, 5, 1]],
    ['whose run is empty', [0, 1, 0]],
    ['with half a varint', [0, 0x80]],
    ['with a varint of many bytes', [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
    ['with half a bitmap', [1, 0xff, 0xff]],
    ['with a bitmap and too few bytes', [1, 0xff, ...new Array<number>(511).fill(0), 1, 2]],
    ['with a bitmap and too many bytes', [1, 1, ...new Array<number>(511).fill(0), 1, 2]],
  ]
  for (const [i, [name, bytes]] of diffs.entries()) {
    await t.test(name, async () => {
      const { node, peer } = await manager(t, reading)
      peer.send(arrival(wrote))
      const { wants } = await peer.message('diffRequest')
      assert.deepEqual(wants, [{ page: 1, node: 1, index: 1 }])
      peer.send({
        type: 'diffReply',
        diffs: [{ page: pageId(1), node: nodeId(1), index: intervalIndex(1), bytes: Uint8Array.from(bytes) }],
      })
      await refused(node, /the diff of page 1 by node 1 is malformed/)
      assert.equal(node.stdout, '')
    })
    // The same, sent before anybody has asked.
    if (i % 3 > 0) continue
    await t.test(`${name}, pushed`, async () => {
      const { node, peer } = await manager(t, reading)
      const diff = { page: pageId(1), node: nodeId(1), index: intervalIndex(1), bytes: Uint8Array.from(bytes) }
      peer.send({ type: 'diffPush', diffs: [{ ...diff, all: false }] })
      peer.send(arrival(wrote))
      await refused(node, /the diff of page 1 by node 1 is malformed/)
      assert.equal(node.stdout, '')
    })
  }
  const { node, peer } = await manager(t, reading)
  peer.send(arrival(wrote))
  await peer.message('diffRequest')
  const good = Uint8Array.from([0, 0, 1, 41, 0xfe, 0x1f, 1, 42])
  peer.send({ type: 'diffReply', diffs: [{ page: pageId(1), node: nodeId(1), index: intervalIndex(1), bytes: good }] })
  await node.report('ended')
  assert.equal(node.stdout, 'read 41 42 7 0\n')
  assert.equal(await node.leaves('finish'), 0)
})

test('a manager that breaks the rules is refused by its members', async (t) => {
  const cases: readonly (readonly [string, (peer: Peer) => void, RegExp])[] = [
    [
      'a departure from no meeting',
      (peer) => peer.send({ type: 'depart', rider: noRider, payload: nothing }),
      /a departure from no meeting/,
    ],
    ['an arrival at a member', (peer) => peer.send(arrival(noRider)), /node 0 arrived at a meeting out of turn/],
    [
      'a lock forwarded that is not there',
      (peer) => peer.send({ type: 'lockForward', lock: lockId(4), requester: nodeId(0), time: time(0, 0) }),
      /lock 4 is not at node 1/,
    ],
    [
      'a lock forwarded to its holder',
      (peer) => peer.send({ type: 'lockForward', lock: lockId(4), requester: nodeId(1), time: time(0, 0) }),
      /lock 4 was forwarded to node 1 out of turn|node 0 sent/,
    ],
    [
      'an address for nobody',
      (peer) =>
        peer.send({
          type: 'mallocReply',
          proc: procId(1),
          address: 64,
          used: false,
          free: 0,
          largest: 0,
          rider: noRider,
        }),
      /an answer came for process 1, which has not asked/,
    ],
  ]
  for (const [name, break_, message] of cases) {
    const { node, peer } = await member(t)
    break_(peer)
    await t.test(name, () => refused(node, message))
  }
})

test('a value that the manager distributes cannot be more than data', async (t) => {
  const text = `${prelude}
    try { tm.distribute(null) } catch (error) { console.log(error.code, error.message) }
    tm.distribute(null)
  `
  for (const bytes of [
    [],
    [99],
    [4, 0, 0],
    [5, 0x41, 0xe0, 0, 0, 0, 0, 0, 0],
    [16, 0x40, 8, 0, 0, 0, 0, 0, 0, 1],
    [0x1b, 0, 0, 0, 0, 0, 0, 0, 0],
  ]) {
    const { node, peer } = await member(t, text)
    for (let i = 0; i < 2; i++) {
      await peer.message('arrive')
      peer.send({ type: 'depart', rider: noRider, payload: Uint8Array.from(bytes) })
    }
    assert.equal((await node.report('failed')).code, 'ERR_TM_PROTOCOL')
    assert.equal(await node.leaves('abort'), 1)
    assert.equal(node.stdout, 'ERR_TM_PROTOCOL a distributed value is malformed\n')
  }
})

test('noise in frames is refused, whatever it is', async (t) => {
  let seed = 1
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed >>> 16
  }
  for (let round = 0; round < 8; round++) {
    const { node, peer } = await manager(t)
    // Frames of every type, with bodies of small bytes, which look most like messages, or of any.
    for (let i = 0; i < 200; i++) {
      const body = Uint8Array.from({ length: next() % 24 }, () => (round % 3 === 0 ? next() : next() % 5) & 0xff)
      peer.sendRaw(1 + (next() % 13), body)
    }
    const failed = await node.report('failed')
    assert.ok(
      ['ERR_TM_PROTOCOL', 'ERR_TM_MEETING'].includes(failed.code),
      `${failed.code}: ${failed.message}\n${failed.stack}`,
    )
    assert.equal(await node.leaves('abort'), 1)
    peer.socket.destroy()
  }
})
