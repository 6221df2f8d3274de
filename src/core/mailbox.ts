/**
 * Plain messages between processes: what one sends another arrives once, whole, and in order. They carry no write
 * notices, so they order no memory. A sender does not wait for its receiver until a window is full of what was
 * sent and not taken; the receiver tells what it has taken when it is a good part of the window.
 */
import { TreadMarksError } from '../errors.js'
import { MAILBOX_BYTES, MAX_PROCS, PARCEL_BYTES } from '../limits.js'
import { type Answer, done, type Outbox } from './events.js'
import { type NodeId, nodeOf, type ProcId } from './ids.js'
import type { Parcel, ParcelTaken } from './messages.js'

/** From one process to another, at the sender's node. */
interface Sending {
  /** Sent, and not known to be taken. */
  onWay: number
  /** What the sender waits to send. */
  blocked: Parcel | undefined
}

/** What waits for its receiver. */
interface Waiting {
  readonly bytes: Uint8Array
  /** Counts all that has come to this node. */
  readonly number: number
}

/** From one process to another, at the receiver's node. */
interface Receiving {
  readonly from: ProcId
  readonly here: Waiting[]
  /** What the sender believes to be on its way. */
  onWay: number
  /** Taken, and the sender has not been told. */
  untold: number
  /** The receiver waits for the next one. */
  wanted: boolean
}

export class Mailbox {
  /** By sender and receiver. */
  private readonly sending = new Map<number, Sending>()
  private readonly receiving = new Map<number, Receiving>()
  /** Of each receiver, the ways on which something has come to it. */
  private readonly ways = new Map<ProcId, Receiving[]>()
  /** Processes of this node that wait for a message of anybody. */
  private readonly probing = new Set<ProcId>()
  private came = 0

  constructor(
    private readonly self: NodeId,
    /** Processes on each node. */
    private readonly threads: number,
    private readonly outbox: Outbox,
  ) {}

  /** A process of this node sends. It is answered once the window has room. */
  send(from: ProcId, to: ProcId, bytes: Uint8Array): void {
    const sending = this.toward(from, to)
    const parcel: Parcel = { type: 'parcel', from, to, bytes }
    if (sending.onWay + costOf(bytes) > MAILBOX_BYTES) sending.blocked = parcel
    else this.dispatch(sending, parcel)
  }

  /** A process of this node wants the next bytes that `from` sent it. It is answered with them. */
  recv(proc: ProcId, from: ProcId): void {
    const receiving = this.inward(from, proc)
    const waiting = receiving.here.shift()
    if (waiting === undefined) receiving.wanted = true
    else this.take(from, proc, receiving, waiting.bytes)
  }

  /** A process of this node asks who has sent it something; whose message came first stands before others. */
  probe(proc: ProcId, wait: boolean): void {
    let first: Receiving | undefined
    for (const way of this.ways.get(proc) ?? []) {
      const [oldest] = way.here
      if (oldest !== undefined && oldest.number <= (first?.here[0]?.number ?? oldest.number)) first = way
    }
    if (first !== undefined) this.outbox.answer(proc, sentBy(first.from))
    else if (wait) this.probing.add(proc)
    else this.outbox.answer(proc, done)
  }

  /** At the receiver's node. */
  arrived(node: NodeId, { from, to, bytes }: Parcel): void {
    this.check(node, from, to)
    const receiving = this.inward(from, to)
    receiving.onWay += costOf(bytes)
    if (receiving.onWay > MAILBOX_BYTES) {
      throw new TreadMarksError(
        'ERR_TM_PROTOCOL',
        `node ${node} sent process ${to} more than it may before it is taken`,
      )
    }
    if (receiving.wanted) this.take(from, to, receiving, bytes)
    else receiving.here.push({ bytes, number: this.came++ })
    if (this.probing.delete(to)) this.outbox.answer(to, sentBy(from))
  }

  /** At the sender's node. */
  taken(node: NodeId, { from, to, cost }: ParcelTaken): void {
    this.check(node, to, from)
    const sending = this.toward(from, to)
    if (cost > sending.onWay) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${node} took more than process ${from} sent process ${to}`)
    }
    sending.onWay -= cost
    const { blocked } = sending
    if (blocked === undefined || sending.onWay + costOf(blocked.bytes) > MAILBOX_BYTES) return
    sending.blocked = undefined
    this.dispatch(sending, blocked)
  }

  private dispatch(sending: Sending, parcel: Parcel): void {
    sending.onWay += costOf(parcel.bytes)
    this.outbox.send(nodeOf(parcel.to, this.threads), parcel)
    this.outbox.answer(parcel.from, done)
  }

  private take(from: ProcId, to: ProcId, receiving: Receiving, bytes: Uint8Array): void {
    receiving.wanted = false
    receiving.untold += costOf(bytes)
    this.outbox.answer(to, { ...done, payload: bytes })
    // What is not told then is less than the window lacks for the largest parcel, so no sender waits for ever.
    if (receiving.untold < MAILBOX_BYTES / 4) return
    const cost = receiving.untold
    receiving.onWay -= cost
    receiving.untold = 0
    this.outbox.send(nodeOf(from, this.threads), { type: 'parcelTaken', from, to, cost })
  }

  /** What comes from a node is of one of its processes, for one of ours. */
  private check(node: NodeId, its: ProcId, ours: ProcId): void {
    if (nodeOf(its, this.threads) === node && nodeOf(ours, this.threads) === this.self) return
    throw new TreadMarksError(
      'ERR_TM_PROTOCOL',
      `node ${node} speaks for process ${its} to process ${ours}, node ${this.self}`,
    )
  }

  private toward(from: ProcId, to: ProcId): Sending {
    const key = from * MAX_PROCS + to
    let sending = this.sending.get(key)
    if (sending === undefined) {
      sending = { onWay: 0, blocked: undefined }
      this.sending.set(key, sending)
    }
    return sending
  }

  private inward(from: ProcId, to: ProcId): Receiving {
    const key = from * MAX_PROCS + to
    let receiving = this.receiving.get(key)
    if (receiving === undefined) {
      receiving = { from, here: [], onWay: 0, untold: 0, wanted: false }
      this.receiving.set(key, receiving)
      const ways = this.ways.get(to)
      if (ways === undefined) this.ways.set(to, [receiving])
      else ways.push(receiving)
    }
    return receiving
  }
}

/** The answer to a probe that found something. */
const sentBy = (from: ProcId): Answer => ({ ...done, value: from + 1 })

/** What a parcel takes of the window: an empty one takes memory too. */
const costOf = (bytes: Uint8Array): number => bytes.length + PARCEL_BYTES
