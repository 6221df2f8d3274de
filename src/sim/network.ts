/**
 * The simulated network: one connection for each direction of each pair of nodes. A connection keeps its order
 * and loses nothing while it lasts; between connections nothing is promised. Messages travel as the bytes of
 * the real wire, in pieces if the plan says so, and a cut lets through any number of the bytes on their way.
 */
import type { Message } from '../core/messages.js'
import type { Bounds } from '../wire/bounds.js'
import { ByteWriter } from '../wire/bytes.js'
import { decode } from '../wire/codec.js'
import { FrameSplitter, writeFrame } from '../wire/frame.js'
import type { Random } from './random.js'
import type { Trace } from './trace.js'

export interface NetworkPlan {
  /** How long a message travels: all the same, evenly spread, exponentially, or mostly short and sometimes 100 times as long. */
  readonly delay: 'same' | 'even' | 'exponential' | 'heavy'
  /** µs */
  readonly meanDelay: number
  /** Frames arrive in pieces. */
  readonly pieces: boolean
  /** Messages are handed over as they are, and only measured: for large clusters. */
  readonly whole: boolean
}

interface Parcel {
  readonly time: number
  /** How many bytes are on their way. */
  readonly size: number
  /** Them, or none when the plan says `whole`: then it is the message itself that travels. */
  readonly bytes: Uint8Array
  readonly message: Message | undefined
}

class Connection {
  readonly parcels: Parcel[] = []
  readonly splitter = new FrameSplitter()
  /** No parcel arrives before this time. */
  openAt = 0
  /** Nothing that is sent from now on arrives. */
  cut = false
  lastTime = 0
  queuedBytes = 0

  constructor(
    readonly from: number,
    readonly to: number,
  ) {}
}

const NO_BYTES = new Uint8Array(0)
/** What a message's bytes become when it has been handled, so that whoever keeps a part of them without a copy is found. */
const SPOILT = 0xee

export interface Arrival {
  readonly from: number
  readonly to: number
  /** Messages that are complete now; none when only a piece has come. Each is overwritten when the next is taken. */
  readonly messages: Iterable<Message>
}

export class Network {
  messages = 0
  bytes = 0
  /** The most bytes that were on their way in one connection. */
  largestQueue = 0
  /** Messages that are on their way, or come in pieces and are not complete. */
  travelling = 0
  private readonly connections = new Map<number, Connection>()
  private readonly writer = new ByteWriter()

  constructor(
    private readonly bounds: Bounds,
    private readonly plan: NetworkPlan,
    private readonly random: Random,
    private readonly trace: Trace,
    /** Something will arrive on a connection at this time. */
    private readonly announce: (time: number, connection: number) => void,
  ) {}

  /** Sends at time `now`; returns the bytes of the frame. */
  send(from: number, to: number, message: Message, now: number): number {
    const connection = this.connection(from, to)
    this.writer.reset()
    const frame = writeFrame(this.writer, message)
    this.messages++
    this.bytes += frame.length
    if (connection.cut) return frame.length
    const time = Math.max(connection.lastTime, now + this.delay())
    connection.lastTime = time
    connection.queuedBytes += frame.length
    this.largestQueue = Math.max(this.largestQueue, connection.queuedBytes)
    this.trace.mix(frame.length)
    if (!this.plan.whole) this.trace.bytes(frame)
    this.travelling++
    connection.parcels.push({
      time,
      size: frame.length,
      bytes: this.plan.whole ? NO_BYTES : frame.slice(),
      message: this.plan.whole ? message : undefined,
    })
    this.announce(time, this.numberOf(from, to))
    return frame.length
  }

  /** What arrives on a connection now. Undefined when it is clogged, or nothing is left. */
  arrive(number: number, now: number): Arrival | undefined {
    const connection = this.connections.get(number)
    const parcel = connection?.parcels[0]
    if (connection === undefined || parcel === undefined) return undefined
    if (connection.openAt > now) {
      this.announce(connection.openAt, number)
      return undefined
    }
    const { from, to } = connection
    if (this.plan.pieces && parcel.message === undefined) {
      return { from, to, messages: this.split(connection, this.takePiece(connection, now)) }
    }
    this.take(connection, parcel)
    return {
      from,
      to,
      messages: parcel.message === undefined ? this.split(connection, parcel.bytes) : [parcel.message],
    }
  }

  /** Nothing arrives from one node at the other until then; what is sent meanwhile waits. */
  clog(from: number, to: number, until: number): void {
    const connection = this.connection(from, to)
    connection.openAt = Math.max(connection.openAt, until)
  }

  /**
   * Cuts a connection: of the bytes on their way some arrive, up to any byte, and what is sent later never. Returns
   * when the last of them arrives.
   */
  cut(from: number, to: number, now: number): number {
    const connection = this.connection(from, to)
    if (connection.cut) return now
    connection.cut = true
    let left = this.random.below(connection.queuedBytes + 1)
    const kept: Parcel[] = []
    for (const parcel of connection.parcels) {
      if (left === 0) break
      const size = Math.min(parcel.size, left)
      // Of a message that is handed over as it is, a part is nothing.
      if (parcel.message === undefined) kept.push({ ...parcel, size, bytes: parcel.bytes.subarray(0, size) })
      else if (size === parcel.size) kept.push(parcel)
      left -= size
    }
    this.travelling -= connection.parcels.length - kept.length
    connection.parcels.splice(0, connection.parcels.length, ...kept)
    return Math.max(now, connection.openAt, connection.lastTime)
  }

  /** The oldest parcel, whole. */
  private take(connection: Connection, { size }: Parcel): void {
    connection.parcels.shift()
    connection.queuedBytes -= size
    this.travelling--
  }

  /** Some of the bytes that are due, as a stream gives them: they may end in a frame, and others begin in one. */
  private takePiece(connection: Connection, now: number): Uint8Array {
    const due = connection.parcels.filter(({ time }, i) => i === 0 || time <= now)
    const piece = this.random.between(
      1,
      due.reduce((sum, { size }) => sum + size, 0),
    )
    const bytes = new Uint8Array(piece)
    for (let at = 0; at < piece; ) {
      const parcel = connection.parcels[0] as Parcel
      bytes.set(parcel.bytes.subarray(0, piece - at), at)
      at += parcel.size
      if (at <= piece) this.take(connection, parcel)
      else this.leave(connection, parcel.bytes.subarray(parcel.size - (at - piece)), now)
    }
    return bytes
  }

  /** The rest of the oldest parcel, which comes a little later. */
  private leave(connection: Connection, rest: Uint8Array, now: number): void {
    const { from, to, parcels } = connection
    const time = now + this.random.exponential(1)
    connection.queuedBytes -= (parcels[0] as Parcel).size - rest.length
    parcels[0] = { time, size: rest.length, bytes: rest, message: undefined }
    this.announce(time, this.numberOf(from, to))
  }

  private *split({ splitter }: Connection, bytes: Uint8Array): Generator<Message> {
    splitter.push(bytes)
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      yield decode(frame.type, frame.body, this.bounds)
      frame.body.fill(SPOILT)
    }
  }

  private delay(): number {
    const { delay, meanDelay } = this.plan
    switch (delay) {
      case 'same':
        return meanDelay
      case 'even':
        return this.random.fraction() * 2 * meanDelay
      case 'exponential':
        return this.random.exponential(meanDelay)
      case 'heavy':
        return this.random.exponential(meanDelay) * (this.random.chance(0.05) ? 100 : 1)
    }
  }

  private numberOf(from: number, to: number): number {
    return from * this.bounds.nodes + to
  }

  private connection(from: number, to: number): Connection {
    const number = this.numberOf(from, to)
    let connection = this.connections.get(number)
    if (connection === undefined) {
      connection = new Connection(from, to)
      this.connections.set(number, connection)
    }
    return connection
  }
}
