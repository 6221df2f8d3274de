/**
 * Nodes that are stopped while they find each other. There are time limits in the handshake, against strangers; time
 * in which a process of the run was stopped must not count, and whoever comes too late for them must try again.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import { HANDSHAKE_MS } from '../../src/limits.js'
import { GREETING_BYTES } from '../../src/wire/greeting.js'
import { DialerHandshake, ListenerHandshake } from '../../src/wire/handshake.js'
import { HandNode, handshakeOptions, listener, Peer, Stranger } from '../real/node.js'
import { pause, prelude } from '../real/run.js'

const limit = { timeout: 30_000 }
const program = `${prelude} console.log('joined')`

/** Stops a node, and waits until it stands. */
async function stop({ pid }: HandNode): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  while (!/\) T/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await pause(1)
}

test('a node that was stopped does not send away whom it has kept waiting', limit, async (t) => {
  const node = new HandNode(t, 0, program)
  const { port } = await node.report('listening')
  const caller = await Stranger.to(t, port)
  const handshake = new DialerHandshake(handshakeOptions(1, node.secret), nodeId(0))
  // It has taken the call, and has read no greeting.
  caller.socket.write(handshake.hello.subarray(0, GREETING_BYTES / 2))
  await pause(200)
  await stop(node)
  caller.socket.write(handshake.hello.subarray(GREETING_BYTES / 2))
  await pause(HANDSHAKE_MS + 300)
  process.kill(node.pid, 'SIGCONT')
  let step = handshake.feed(new Uint8Array(0))
  for (let read = 0; step.done === undefined; await pause(1)) {
    assert.ok(!caller.isClosed && step.error === undefined, 'the node has closed the connection')
    step = handshake.feed(caller.received.subarray(read))
    read = caller.received.length
    if (step.send !== undefined) caller.socket.write(step.send)
  }
  await node.report('joined')
  assert.equal(await node.leaves('finish'), 0)
  assert.equal(node.stderr, '')
})

test('a node that was stopped, and so sent away by the one it calls, calls again', limit, async (t) => {
  const { server, port } = await listener(t)
  const node = new HandNode(t, 1, program)
  await node.report('listening')
  const called = new Promise<Socket>((resolve) => server.once('connection', resolve))
  node.order({ type: 'connect', addresses: [port, 1].map((number) => ({ host: '127.0.0.1', port: number })) })
  const socket = await called
  const hello = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  await stop(node)
  const { send } = new ListenerHandshake(handshakeOptions(0, node.secret)).feed(hello)
  assert.ok(send !== undefined)
  await new Promise<void>((resolve) => socket.end(send, resolve))
  const answered = Peer.answer(server, node.secret)
  process.kill(node.pid, 'SIGCONT')
  await answered
  await node.report('joined')
  assert.equal(await node.leaves('finish'), 0)
  assert.equal(node.stderr, '')
})
