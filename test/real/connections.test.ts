/**
 * Connections and the joining of nodes over a network that the test plays: how much is kept for a peer that
 * reads slowly, and how many calls are under way at one time.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { intervalIndex, nodeId, pageId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import type { Binding } from '../../src/runtime/binding.js'
import { Connection } from '../../src/runtime/connection.js'
import { Mesh } from '../../src/runtime/mesh.js'
import { decode } from '../../src/wire/codec.js'
import { FrameSplitter } from '../../src/wire/frame.js'
import { GREETING_BYTES } from '../../src/wire/greeting.js'
import { HandNode, handshakeOptions, Peer } from './node.js'
import { prelude } from './run.js'

const bounds = { nodes: 2, procs: 2, pages: 1 << 16, pageBytes: 4096, heapBytes: 1 << 28 }
const EAGAIN = -11
const slowNode = fileURLToPath(new URL('slow-node.mjs', import.meta.url))

/** Only what a test needs of the addon. */
const network = (functions: Partial<Binding>): Binding => functions as Binding

test('a peer that reads, but slower than we write, does not make us keep what is gone', () => {
  const splitter = new FrameSplitter()
  const received: Message[] = []
  let room = 0
  let kept = 0
  const send: Binding['send'] = (_fd, bytes, offset, length) => {
    kept = Math.max(kept, bytes.length)
    const count = Math.min(room, length)
    if (count === 0) return EAGAIN
    room -= count
    splitter.push(bytes.slice(offset, offset + count))
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next())
      received.push(decode(frame.type, frame.body.slice(), bounds))
    return count
  }
  const connection = new Connection(network({ send }), 5, nodeId(1), bounds)
  const message = (i: number): Message => ({
    type: 'diffReply',
    diffs: Array.from({ length: 8 }, (_, k) => ({
      page: pageId(i),
      node: nodeId(0),
      index: intervalIndex(i * 8 + k + 1),
      bytes: new Uint8Array(4000).fill(i + k),
    })),
  })
  const MESSAGES = 2000
  // 64 MB pass, and never is the queue empty.
  const length = connection.write(message(0))
  for (let i = 1; i < MESSAGES; i++) {
    connection.write(message(i))
    room += length
    connection.flush()
    assert.ok(connection.blocked)
  }
  room = Number.POSITIVE_INFINITY
  connection.flush()
  assert.ok(!connection.blocked)
  assert.equal(received.length, MESSAGES)
  for (const [i, got] of received.entries()) assert.deepEqual(got, message(i))
  assert.ok(kept < 4 << 20, `${kept} bytes were kept`)
})

test('of many nodes only a few are called at one time', () => {
  const self = { ...handshakeOptions(1, new Uint8Array(32)).self, node: nodeId(100), nodes: 101 }
  let fd = 10
  const greeted: number[] = []
  const native = network({
    listen: () => ({ fd: 9, port: 1 }),
    connect: () => ++fd,
    connectResult: () => 0,
    send: (to, _bytes, _offset, length) => {
      assert.equal(length, GREETING_BYTES)
      greeted.push(to)
      return length
    },
    // Sent away: the place is free for the next call, and this one comes again later.
    recv: () => 0,
    close: () => {},
  })
  const mesh = new Mesh(native, self, new Uint8Array(32), '127.0.0.1', 0, () =>
    assert.fail('nobody has proved anything'),
  )
  mesh.dial(Array.from({ length: 101 }, (_, i) => ({ host: '127.0.0.1', port: 1000 + i })))
  const called = (): number[] => mesh.watched().flatMap(([one]) => (one === 9 ? [] : [one]))
  assert.equal(called().length, 8)
  for (const one of called()) mesh.ready(one)
  assert.deepEqual(greeted, called())
  for (const one of called()) mesh.ready(one)
  assert.equal(called().length, 0)
  mesh.expire()
  assert.equal(called().length, 8)
  assert.ok(mesh.timeout() >= 0)
})

test('a node whose peer goes when its own program has ended says so, and leaves as it should when it is told to', async (t) => {
  const node = new HandNode(t, 0, `${prelude} console.log('done')`)
  const { port } = await node.report('listening')
  const peer = await Peer.dial(t, port, node.secret)
  await node.report('ended')
  peer.socket.destroy()
  // Only the launcher knows whether that peer was told to leave; then it takes no notice.
  assert.equal((await node.report('failed')).code, 'ERR_TM_NODE_LOST')
  assert.equal(await node.leaves('finish'), 0)
  assert.equal(node.stdout, 'done\n')
})

test('a connection that breaks at once is told as such, however late the main thread hears of it', async (t) => {
  const node = new HandNode(t, 0, `${prelude} tm.barrier()`, randomBytes(32), slowNode)
  const { port } = await node.report('listening')
  const peer = await Peer.dial(t, port, node.secret)
  peer.socket.destroy()
  const failed = await node.report('failed')
  assert.equal(failed.code, 'ERR_TM_NODE_LOST', `${failed.message}\n${failed.stack ?? ''}`)
  assert.equal(await node.leaves('abort'), 1)
})
