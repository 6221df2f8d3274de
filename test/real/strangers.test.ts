/**
 * Strangers at the door while a run is joining: whatever they say or do not say they are sent away in time, keep
 * no memory, and the run goes on as if they had not been. Afterwards the door is shut.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import { HANDSHAKE_MS, MAX_STRANGERS } from '../../src/limits.js'
import { GREETING_BYTES } from '../../src/wire/greeting.js'
import { DialerHandshake, MAC_BYTES } from '../../src/wire/handshake.js'
import { HandNode, handshakeOptions, Peer, Stranger } from './node.js'
import { pause, prelude, Run } from './run.js'

/** Room for a busy machine. */
const SLACK_MS = 3_000

const program = `${prelude}
  const array = tm.alloc(Int32Array, 100)
  array[me] = me + 1
  tm.barrier()
  console.log(me, array[0] + array[1])
`

const hello = (secret: Uint8Array): Buffer =>
  Buffer.from(new DialerHandshake(handshakeOptions(1, secret), nodeId(0)).hello)

/** Node 0 listens and waits for its peer. */
async function half(t: TestContext): Promise<{ node: HandNode; port: number }> {
  const node = new HandNode(t, 0, program)
  const { port } = await node.report('listening')
  return { node, port }
}

/** The missing node comes, and the run ends as it should. */
async function completes(t: TestContext, node: HandNode, port: number): Promise<void> {
  const second = new HandNode(t, 1, program, node.secret)
  const { port: secondPort } = await second.report('listening')
  const addresses = [port, secondPort].map((number) => ({ host: '127.0.0.1', port: number }))
  for (const one of [node, second]) one.order({ type: 'connect', addresses })
  for (const one of [node, second]) await one.report('joined')
  for (const one of [node, second]) await one.report('ended')
  assert.deepEqual(
    await Promise.all([node, second].map((one) => one.leaves('finish'))),
    [0, 0],
    node.stderr + second.stderr,
  )
  assert.equal(node.stdout + second.stdout, '0 3\n1 3\n')
}

const lines = (text: string): number => text.split('\n').length - 1

test('strangers of every kind are sent away, and the run completes', async (t) => {
  const { node, port } = await half(t)
  const start = performance.now()
  const silent = await Stranger.to(t, port)
  const halfway = await Stranger.to(t, port)
  halfway.socket.write(hello(randomBytes(32)).subarray(0, GREETING_BYTES / 2))
  const dripping = await Stranger.to(t, port)
  const drops = hello(randomBytes(32))
  let dropped = 0
  const drip = setInterval(() => dripping.socket.write(drops.subarray(dropped, ++dropped)), 200)
  t.after(() => clearInterval(drip))
  // Those who say something wrong go at once: before those who came first and say nothing.
  const garbage = await Stranger.to(t, port)
  garbage.socket.write(randomBytes(100_000))
  const web = await Stranger.to(t, port)
  web.socket.write('GET / HTTP/1.1\r\n\r\n')
  const old = await Stranger.to(t, port)
  const other = hello(randomBytes(32))
  other.writeUInt16LE(99, 4)
  old.socket.write(other)
  const liar = await Stranger.to(t, port)
  liar.socket.write(hello(randomBytes(32)))
  while (liar.received.length < GREETING_BYTES + MAC_BYTES) await pause(2)
  liar.socket.write(randomBytes(MAC_BYTES))
  const eager = await Stranger.to(t, port)
  eager.socket.write(Buffer.concat([hello(randomBytes(32)), randomBytes(1 << 20)]))
  // It gives back what it was sent: the listener's own proof is not the dialer's.
  const mirror = await Stranger.to(t, port)
  mirror.socket.write(hello(randomBytes(32)))
  while (mirror.received.length < GREETING_BYTES + MAC_BYTES) await pause(2)
  mirror.socket.write(mirror.received.subarray(GREETING_BYTES))
  await Promise.all([garbage, web, old, liar, eager, mirror].map(({ closed }) => closed))
  assert.ok(!silent.isClosed && !halfway.isClosed)
  await Promise.all([silent, halfway, dripping].map(({ closed }) => closed))
  const ms = performance.now() - start
  assert.ok(ms < HANDSHAKE_MS + SLACK_MS, `the last stranger left after ${ms} ms`)
  const said = [
    ['is not a treadmarks node', 2],
    ['speaks version 99 of the protocol', 1],
    ["does not know this run's secret", 2],
    ['spoke before it was its turn', 1],
    ['did not finish the handshake', 3],
  ] as const
  // What it says comes by another way than the end of its connections.
  while (lines(node.stderr) < said.reduce((sum, [, times]) => sum + times, 0)) await pause(2)
  for (const [text, times] of said) assert.equal(node.stderr.split(text).length - 1, times, `${text}:\n${node.stderr}`)
  assert.match(node.stderr, /^treadmarks: node 0 refused a connection: /m)
  // None was told anything of the secret, or more than a greeting and a proof.
  for (const { received } of [garbage, web, silent, halfway, dripping]) assert.equal(received.length, 0)
  assert.deepEqual(
    node.reports.map(({ type }) => type),
    ['listening'],
  )
  await completes(t, node, port)
})

test('too many strangers: no more than a few are kept, and the peer finds its way in among them', async (t) => {
  const { node, port } = await half(t)
  const strangers = await Promise.all(Array.from({ length: 4 * MAX_STRANGERS }, () => Stranger.to(t, port)))
  // The first take all places, one for each node among them; the others are closed at once.
  while (strangers.filter(({ isClosed }) => !isClosed).length > MAX_STRANGERS + 2) await pause(5)
  // The flood goes on while the peer dials.
  let flooding = true
  const flood = (async () => {
    while (flooding) {
      await Promise.all(Array.from({ length: 5 }, () => Stranger.to(t, port)))
      await pause(20)
    }
  })()
  await completes(t, node, port)
  flooding = false
  await flood
  assert.ok(node.stderr.split('refused a connection').length - 1 <= 10, node.stderr)
  assert.match(node.stderr, /^(.*refused a connection.*\n)*$/)
})

test('10,000 connections that say nothing: few are kept, nothing grows, and the run goes on', async (t) => {
  const { node, port } = await half(t)
  const open = (): number => readdirSync(`/proc/${node.pid}/fd`).length
  const [descriptors, memory] = [open(), node.memoryBytes]
  let most = 0
  for (let came = 0; came < 10_000; came += 200) {
    const strangers = await Promise.all(Array.from({ length: 200 }, () => Stranger.to(t, port)))
    most = Math.max(most, open() - descriptors)
    for (const { socket } of strangers) socket.destroy()
  }
  // As many as there are nodes may be no strangers, and one is looked at before it is sent away.
  assert.ok(most <= MAX_STRANGERS + 2 + 1, `${most} connections were open at one time`)
  assert.ok(node.memoryBytes - memory < 64 << 20, `${node.memoryBytes - memory} bytes more`)
  assert.ok(node.stderr.split('\n').length <= 11, node.stderr)
  await completes(t, node, port)
})

test('a handshake that is said again proves nothing', async (t) => {
  const { node, port } = await half(t)
  // Somebody listens in on a node that knows the secret, and is cut off before it has proved so.
  const dialer = new DialerHandshake(handshakeOptions(1, node.secret), nodeId(0))
  const first = await Stranger.to(t, port)
  first.socket.write(dialer.hello)
  while (first.received.length < GREETING_BYTES + MAC_BYTES) await pause(2)
  const { send: proof } = dialer.feed(first.received)
  assert.ok(proof !== undefined)
  first.socket.destroy()
  const again = await Stranger.to(t, port)
  again.socket.write(dialer.hello)
  while (again.received.length < GREETING_BYTES + MAC_BYTES) await pause(2)
  again.socket.write(proof)
  await again.closed
  while (!/does not know this run's secret/.test(node.stderr)) await pause(2)
  await completes(t, node, port)
})

test('what a stranger sends is not kept', async (t) => {
  const { node, port } = await half(t)
  const before = node.memoryBytes
  for (let i = 0; i < 8; i++) {
    const stranger = await Stranger.to(t, port)
    stranger.socket.write(Buffer.concat([hello(randomBytes(32)), Buffer.alloc(16 << 20)]))
    await stranger.closed
  }
  assert.ok(node.memoryBytes - before < 64 << 20, `${node.memoryBytes - before} bytes more`)
  await completes(t, node, port)
})

test('a second node 1 is a stranger too, also with the secret', async (t) => {
  const node = new HandNode(t, 0, program)
  const { port } = await node.report('listening')
  const peer = await Peer.dial(t, port, node.secret)
  await node.report('joined')
  // Nobody else is expected: the door is shut.
  await assert.rejects(Peer.dial(t, port, node.secret))
  peer.socket.destroy()
  const failed = await node.report('failed')
  assert.equal(failed.code, 'ERR_TM_NODE_LOST')
  assert.match(failed.message, /the connection to node 1 is gone/)
  assert.equal(await node.leaves('abort'), 1)
})

test('a node of another set-up that knows the secret ends the run with both sides’ values', async (t) => {
  const { node, port } = await half(t)
  const options = handshakeOptions(1, node.secret)
  const handshake = new DialerHandshake({ ...options, self: { ...options.self, heapBytes: 1 << 21 } }, nodeId(0))
  const stranger = await Stranger.to(t, port)
  stranger.socket.write(handshake.hello)
  while (stranger.received.length < GREETING_BYTES + MAC_BYTES) await pause(2)
  const { send, error } = handshake.feed(stranger.received)
  assert.match(error?.message ?? '', /heap 1048576 bytes there, 2097152 bytes here/)
  stranger.socket.write(send as Uint8Array)
  const failed = await node.report('failed')
  assert.equal(failed.code, 'ERR_TM_HANDSHAKE')
  assert.match(failed.message, /node 1 .*heap 2097152 bytes there, 1048576 bytes here/)
  assert.equal(await node.leaves('abort'), 1)
})

test('the secret stands in no command line and no environment, and after the joining no port is open', async (t) => {
  // Below those that the kernel gives away: nobody has it by chance.
  const first = 16_000 + (process.pid % 4_000) * 4
  const text = `${prelude} tm.barrier(); console.log('NOW'); if (me === 0) for (;;); else tm.barrier()`
  const run = new Run(t, text, { nodes: 3, options: ['--port', String(first)] })
  await run.printed(/^NOW$/m)
  const known = Object.values(process.env).join('\n')
  for (const pid of run.alive()) {
    for (const file of ['cmdline', 'environ']) {
      const secrets = readFileSync(`/proc/${pid}/${file}`, 'latin1').match(/[0-9a-f]{64}/g) ?? []
      assert.deepEqual(
        secrets.filter((secret) => !known.includes(secret)),
        [],
        `/proc/${pid}/${file}`,
      )
    }
  }
  for (let node = 0; node < 3; node++) {
    const refused = await new Promise((resolve) => {
      const socket = connect(first + node, '127.0.0.1')
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.once('connect', () => resolve('connected'))
    })
    assert.equal(refused, 'ECONNREFUSED')
  }
  run.kill(run.pid, 'SIGTERM')
  assert.equal((await run.ended).code, 143)
})

test('a port that is taken, and a node that nobody launched, say so', async (t) => {
  const { port } = await half(t)
  const run = await new Run(t, program, { nodes: 1, options: ['--port', String(port)] }).ended
  assert.equal(run.code, 1)
  assert.match(
    run.stderr,
    new RegExp(`^treadmarks: process 0 \\(node 0\\): node 0 cannot listen on 127.0.0.1:${port}: `),
  )
  assert.match(run.stderr, /ERR_TM_JOIN/)
  const alone = await new Run(t, "import '../../dist/runtime/node-main.js'").ended
  assert.equal(alone.code, 2)
  assert.equal(alone.stderr, 'treadmarks: a node is started by `treadmarks run`, not by hand\n')
})
