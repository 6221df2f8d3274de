/**
 * One node by hand: the test is its launcher, so a run can be held half joined, and the test is its peer, with
 * the wire's own code but no manners. The node is a real process with a real program.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import type { Order, Report } from '../../src/runtime/control.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { decode } from '../../src/wire/codec.js'
import { FrameSplitter, writeFrame } from '../../src/wire/frame.js'
import { NONCE_BYTES } from '../../src/wire/greeting.js'
import { DialerHandshake, type HandshakeOptions, ListenerHandshake } from '../../src/wire/handshake.js'
import { directory, pause, root } from './run.js'

export const PAGE_BYTES = 4096
export const HEAP_BYTES = 1 << 20

const nodeMain = join(root, 'dist/runtime/node-main.js')

/** One node of a run of two; `main` is its script. */
export class HandNode {
  readonly reports: Report[] = []
  readonly secret: Uint8Array
  stderr = ''
  stdout = ''
  private readonly child: ChildProcess
  private waiting: (() => void)[] = []
  private end: { code: number | null; signal: NodeJS.Signals | null } | undefined

  constructor(t: TestContext, node: 0 | 1, text: string, secret: Uint8Array = randomBytes(32), main = nodeMain) {
    const program = join(directory(t), 'program.mjs')
    writeFileSync(program, text)
    this.secret = secret
    this.child = fork(main, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.child.on('message', (report: Report) => this.heard(() => this.reports.push(report)))
    for (const name of ['stdout', 'stderr'] as const)
      this.child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        this.heard(() => {
          this[name] += chunk
        })
      })
    this.child.on('exit', (code, signal) => {
      this.heard(() => {
        this.end = { code, signal }
      })
    })
    t.after(() => this.child.kill('SIGKILL'))
    this.order({
      type: 'start',
      node,
      nodes: 2,
      threads: 1,
      protocol: 'treadmarks',
      heapBytes: HEAP_BYTES,
      pageBytes: PAGE_BYTES,
      secret: Buffer.from(secret).toString('hex'),
      host: '127.0.0.1',
      port: 0,
      bind: false,
      pageTraffic: false,
      heartbeatMs: 0,
      program,
      args: [],
    })
  }

  get pid(): number {
    return this.child.pid as number
  }

  order(order: Order): void {
    this.child.send(order)
  }

  /** The first report of a type, when it has come. */
  async report<T extends Report['type']>(type: T): Promise<Extract<Report, { type: T }>> {
    return await this.until(
      () => this.reports.find((report) => report.type === type) as Extract<Report, { type: T }> | undefined,
      `the report '${type}'`,
    )
  }

  /** Waits until `found` finds something: it looks whenever the node has said anything. */
  async until<T>(found: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const it = found()
      if (it !== undefined) return it
      assert.ok(this.end === undefined, `the node ended (${JSON.stringify(this.end)}) without ${what}: ${this.stderr}`)
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
      })
    }
  }

  /** Ended by `order`; the exit code, which must not be that of a crash. */
  async leaves(order: 'finish' | 'abort'): Promise<number> {
    this.order({ type: order })
    while (this.end === undefined) await pause(5)
    assert.equal(this.end.signal, null, `the node crashed: ${this.stderr}`)
    assert.ok(this.reports.some((report) => report.type === 'counters'))
    return this.end.code as number
  }

  /** Resident memory, bytes. */
  get memoryBytes(): number {
    const [, kib = ''] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? []
    return Number(kib) * 1024
  }

  private heard(what: () => void): void {
    what()
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** A connection to a node that says what it is told to. */
export class Stranger {
  readonly closed: Promise<void>
  isClosed = false
  received = Buffer.alloc(0)

  constructor(readonly socket: Socket) {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true
        resolve()
      })
    })
  }

  static async to(t: TestContext, port: number): Promise<Stranger> {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    const stranger = new Stranger(socket)
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
    return stranger
  }
}

export const handshakeOptions = (node: number, secret: Uint8Array): HandshakeOptions => ({
  self: { node: nodeId(node), nodes: 2, threads: 1, pageBytes: PAGE_BYTES, heapBytes: HEAP_BYTES },
  secret,
  nonce: randomBytes(NONCE_BYTES),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
})

const bounds = { nodes: 2, procs: 2, pages: HEAP_BYTES / PAGE_BYTES, pageBytes: PAGE_BYTES, heapBytes: HEAP_BYTES }

/** The other node of the run, past the handshake. */
export class Peer {
  readonly messages: Message[] = []
  private readonly splitter = new FrameSplitter()
  private waiting: (() => void)[] = []

  constructor(readonly socket: Socket) {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      this.splitter.push(chunk)
      for (let frame = this.splitter.next(); frame !== undefined; frame = this.splitter.next())
        this.messages.push(decode(frame.type, frame.body.slice(), bounds))
      for (const resolve of this.waiting.splice(0)) resolve()
    })
  }

  send(message: Message): void {
    this.socket.write(Buffer.from(writeFrame(new ByteWriter(), message)))
  }

  /** A frame as its bytes; `length` is what its header announces. */
  sendRaw(type: number, body: Uint8Array, length = body.length): void {
    const header = Buffer.alloc(5)
    header.writeUInt32LE(length)
    header[4] = type
    this.socket.write(Buffer.concat([header, body]))
  }

  async message<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>> {
    for (;;) {
      const at = this.messages.findIndex((message) => message.type === type)
      if (at >= 0) return this.messages.splice(at, 1)[0] as Extract<Message, { type: T }>
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
      })
    }
  }

  /** As node 1, which dials node 0. */
  static async dial(t: TestContext, port: number, secret: Uint8Array): Promise<Peer> {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.after(() => socket.destroy())
    const handshake = new DialerHandshake(handshakeOptions(1, secret), nodeId(0))
    socket.write(handshake.hello)
    return await Peer.proven(socket, handshake)
  }

  /** As node 0, which is dialled by node 1. */
  static async answer(server: Server, secret: Uint8Array): Promise<Peer> {
    const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve))
    return await Peer.proven(socket, new ListenerHandshake(handshakeOptions(0, secret)))
  }

  private static async proven(socket: Socket, handshake: DialerHandshake | ListenerHandshake): Promise<Peer> {
    for (;;) {
      const chunk = await new Promise<Buffer>((resolve, reject) => {
        socket.once('data', resolve).once('close', () => reject(new Error('the node closed the connection')))
      })
      const step = handshake.feed(chunk)
      if (step.send !== undefined) socket.write(step.send)
      if (step.error !== undefined) throw step.error
      if (step.done === undefined) continue
      const peer = new Peer(socket)
      if (step.done.rest.length > 0) socket.emit('data', step.done.rest)
      return peer
    }
  }
}

export async function listener(t: TestContext): Promise<{ server: Server; port: number }> {
  const server = createServer()
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { server, port: address.port }
}
