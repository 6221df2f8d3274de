/**
 * How the nodes of a run find each other: each listens, each dials the nodes before it, and every connection
 * passes the handshake. Until a connection has proved the secret it is a stranger: few at a time, few bytes,
 * little time. A node that is sent away because there are too many of them, or because it was stopped and came
 * too late, calls again. When all peers are there the listener is closed; nobody else can come.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { NodeId } from '../core/ids.js'
import { nodeId } from '../core/ids.js'
import { outOfDescriptors, TreadMarksError } from '../errors.js'
import { HANDSHAKE_MS, JOIN_MS, MAX_STRANGERS } from '../limits.js'
import type { Self } from '../wire/greeting.js'
import { NONCE_BYTES } from '../wire/greeting.js'
import { DialerHandshake, type HandshakeOptions, type HandshakeStep, ListenerHandshake } from '../wire/handshake.js'
import type { Binding } from './binding.js'

export const POLLIN = 1
export const POLLOUT = 4
const EAGAIN = -11
const EINPROGRESS = -115
/** Refusals that are reported; a flood of them must not become a flood of messages. */
const MAX_REPORTED = 10
/** Nodes dialled at one time: of many, each would wait so long for the others' turns that its time runs out. */
const MAX_DIALLING = 8
/** Time before a node is called again, ms. */
const CALL_AGAIN_MS = 50
/** No turn counts for more, ms: in a longer one this process was stopped, and time limits go on from there. */
const TURN_MS = 100

interface Address {
  readonly host: string
  readonly port: number
}

/** A node to dial. */
interface Call extends Address {
  readonly node: NodeId
  /** Not before this time. */
  readonly from: number
  /** And not beyond this. */
  readonly until: number
}

interface Pending {
  readonly fd: number
  readonly handshake: DialerHandshake | ListenerHandshake
  /** Undefined for one that came to us. */
  readonly dialled: Call | undefined
  connecting: boolean
  readonly deadline: number
}

/** A proven peer: its socket, and bytes that came behind the handshake. */
export type OnPeer = (fd: number, peer: NodeId, rest: Uint8Array) => void

export class Mesh {
  /** Port this node listens on. */
  readonly port: number
  private listener: number
  private readonly pending = new Map<number, Pending>()
  private calls: Call[] = []
  private readonly known = new Set<NodeId>()
  private refusals = 0
  /** Time in which this process ran, ms, and when that was counted last. */
  private ran = 0
  private counted = performance.now()

  constructor(
    private readonly native: Binding,
    private readonly self: Self,
    private readonly secret: Uint8Array,
    host: string,
    port: number,
    private readonly onPeer: OnPeer,
  ) {
    try {
      const listening = native.listen(host, port)
      this.listener = listening.fd
      this.port = listening.port
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const code = outOfDescriptors(cause) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_JOIN'
      throw new TreadMarksError(code, `node ${self.node} cannot listen on ${host}:${port}: ${why}`, { cause })
    }
  }

  get complete(): boolean {
    return this.known.size === this.self.nodes - 1
  }

  /** Dials all nodes before this one; the others will dial us. */
  dial(addresses: readonly Address[]): void {
    const from = this.now()
    for (const [i, { host, port }] of addresses.slice(0, this.self.node).entries()) {
      this.calls.push({ node: nodeId(i), host, port, from, until: from + JOIN_MS })
    }
    this.dialNext()
  }

  /** Descriptors to watch, as [fd, events]. */
  watched(): [fd: number, events: number][] {
    const watched: [number, number][] = this.listener >= 0 ? [[this.listener, POLLIN]] : []
    for (const { fd, connecting } of this.pending.values()) watched.push([fd, connecting ? POLLOUT : POLLIN])
    return watched
  }

  /** Ms until somebody's time is up, or -1. */
  timeout(): number {
    let first = Number.POSITIVE_INFINITY
    for (const { deadline } of this.pending.values()) first = Math.min(first, deadline)
    if (this.dialling < MAX_DIALLING) for (const { from } of this.calls) first = Math.min(first, from)
    if (first === Number.POSITIVE_INFINITY) return -1
    return Math.min(TURN_MS, Math.max(0, Math.ceil(first - this.now())))
  }

  /** A watched descriptor is ready. */
  ready(fd: number): void {
    if (fd === this.listener) return this.accept()
    const pending = this.pending.get(fd)
    if (pending === undefined) return
    if (pending.connecting) this.connected(pending)
    else this.receive(pending)
  }

  /** Closes connections whose time is up, and dials those whose time has come. */
  expire(): void {
    const now = this.now()
    for (const pending of [...this.pending.values()]) {
      if (pending.deadline <= now) this.refuse(pending, pending.handshake.cut())
    }
    this.dialNext()
  }

  /** Nobody else is expected. */
  close(): void {
    if (this.listener >= 0) this.native.close(this.listener)
    this.listener = -1
    for (const { fd } of this.pending.values()) this.native.close(fd)
    this.pending.clear()
  }

  private now(): number {
    const time = performance.now()
    this.ran += Math.min(time - this.counted, TURN_MS)
    this.counted = time
    return this.ran
  }

  private get dialling(): number {
    let count = 0
    for (const { dialled } of this.pending.values()) if (dialled !== undefined) count++
    return count
  }

  private dialNext(): void {
    const now = this.now()
    const due = this.calls.filter(({ from }) => from <= now).slice(0, Math.max(0, MAX_DIALLING - this.dialling))
    this.calls = this.calls.filter((call) => !due.includes(call))
    for (const call of due) {
      const fd = this.native.connect(call.host, call.port)
      if (fd < 0) throw unreachable(call, fd)
      const handshake = new DialerHandshake(this.options(), call.node)
      this.pending.set(fd, { fd, handshake, dialled: call, connecting: true, deadline: call.until })
    }
  }

  private accept(): void {
    for (;;) {
      const fd = this.native.accept(this.listener)
      if (fd < 0) return this.notAccepted(fd)
      if (this.pending.size >= MAX_STRANGERS + this.self.nodes) {
        this.native.close(fd)
        continue
      }
      const handshake = new ListenerHandshake(this.options())
      this.pending.set(fd, {
        fd,
        handshake,
        dialled: undefined,
        connecting: false,
        deadline: this.now() + HANDSHAKE_MS,
      })
    }
  }

  /** Nobody else has come; or somebody has, and cannot be let in before a stranger has gone, if there is one. */
  private notAccepted(errno: number): void {
    if (!outOfDescriptors({ errno }) || this.pending.size > this.dialling) return
    const message = `node ${this.self.node} cannot accept a connection: it has too many open files`
    throw new TreadMarksError('ERR_TM_DESCRIPTORS', message)
  }

  private connected(pending: Pending): void {
    const result = this.native.connectResult(pending.fd)
    if (result === EINPROGRESS) return
    if (result < 0) throw unreachable(pending.dialled as Call, result)
    pending.connecting = false
    this.sendAll(pending, (pending.handshake as DialerHandshake).hello)
  }

  private receive(pending: Pending): void {
    const { fd, handshake, dialled } = pending
    const buffer = new Uint8Array(4096)
    const count = this.native.recv(fd, buffer, 0, buffer.length)
    if (count === EAGAIN) return
    if (count <= 0) return this.cut(pending)
    const step = handshake.feed(buffer.subarray(0, count))
    // Until it has our proof a listener has no more to say. If there is more, it has waited too long and hung up.
    const proves = dialled !== undefined && step.done !== undefined
    if (proves && this.native.recv(fd, buffer, 0, 1) !== EAGAIN) this.cut(pending)
    else this.perform(pending, step)
  }

  private perform(pending: Pending, step: HandshakeStep): void {
    if (step.send !== undefined) this.sendAll(pending, step.send)
    if (step.error !== undefined) return this.refuse(pending, step.error)
    if (step.done === undefined) return
    const { peer, rest } = step.done
    if (this.known.has(peer) || peer === this.self.node) {
      return this.refuse(pending, new TreadMarksError('ERR_TM_HANDSHAKE', `node ${peer} is connected already`))
    }
    this.pending.delete(pending.fd)
    this.known.add(peer)
    this.onPeer(pending.fd, peer, rest)
  }

  /** The other side has closed. A node that we call does so when strangers have taken all places. */
  private cut(pending: Pending): void {
    const { fd, dialled, handshake } = pending
    const from = this.now() + CALL_AGAIN_MS
    if (dialled === undefined || from > dialled.until) return this.refuse(pending, handshake.cut())
    this.pending.delete(fd)
    this.native.close(fd)
    this.calls.push({ ...dialled, from })
  }

  /** A greeting is far smaller than an empty socket's buffer: a short send means that the peer is gone. */
  private sendAll(pending: Pending, bytes: Uint8Array): void {
    this.native.send(pending.fd, bytes, 0, bytes.length)
  }

  /** A stranger is sent away and the run goes on; a node of ours that fails ends it. */
  private refuse(pending: Pending, error: TreadMarksError): void {
    this.pending.delete(pending.fd)
    this.native.close(pending.fd)
    if (pending.dialled !== undefined || error.node !== undefined) {
      throw new TreadMarksError(
        'ERR_TM_HANDSHAKE',
        `node ${pending.dialled?.node ?? error.node} and node ${this.self.node} do not agree: ${error.message}`,
      )
    }
    this.refusals++
    if (this.refusals > MAX_REPORTED) return
    const last = this.refusals === MAX_REPORTED ? ' (further refusals are not reported)' : ''
    writeSync(2, `treadmarks: node ${this.self.node} refused a connection: ${error.message}${last}\n`)
  }

  private options(): HandshakeOptions {
    return {
      self: this.self,
      secret: this.secret,
      nonce: randomBytes(NONCE_BYTES),
      hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
    }
  }
}

const unreachable = ({ node, host, port }: Call, errno: number): TreadMarksError =>
  new TreadMarksError(
    outOfDescriptors({ errno }) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_JOIN',
    `node ${node} at ${host}:${port} cannot be reached (errno ${-errno})`,
  )
