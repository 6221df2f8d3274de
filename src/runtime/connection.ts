/**
 * One TCP connection of a node: bytes out are queued and sent without blocking, bytes in are cut into frames.
 * Two services with full sockets must never wait for each other, so a send takes what the socket takes and
 * the rest waits for POLLOUT, in a queue with a bound.
 */
import type { NodeId } from '../core/ids.js'
import type { Message } from '../core/messages.js'
import { TreadMarksError } from '../errors.js'
import { MAX_QUEUED_BYTES } from '../limits.js'
import type { Bounds } from '../wire/bounds.js'
import { ByteWriter } from '../wire/bytes.js'
import { decode } from '../wire/codec.js'
import { FrameSplitter, HEARTBEAT, writeFrame, writeHeartbeat } from '../wire/frame.js'
import type { Binding } from './binding.js'

const EAGAIN = -11
/** Bytes that are gone and still kept, at most; or as many as are still to go. */
const COMPACT_BYTES = 1024 ** 2

/** A peer whose handshake is done. */
export class Connection {
  /** Frames waiting for the socket; `sent` bytes of it are gone. */
  private readonly out = new ByteWriter()
  private sent = 0
  private readonly splitter = new FrameSplitter()

  constructor(
    private readonly native: Binding,
    readonly fd: number,
    readonly peer: NodeId,
    private readonly bounds: Bounds,
  ) {}

  /** Whether bytes wait for the socket. */
  get blocked(): boolean {
    return this.out.length > this.sent
  }

  /** Queues a message; `flush` sends it. Returns the frame's length, bytes. */
  write(message: Message): number {
    const { length } = writeFrame(this.out, message)
    if (this.out.length - this.sent > MAX_QUEUED_BYTES) {
      throw new TreadMarksError('ERR_TM_QUEUE', `more than ${MAX_QUEUED_BYTES} bytes wait for node ${this.peer}`)
    }
    return length
  }

  /** Lets the peer know that we are alive. One that does not read what waits for it need not be told. */
  beat(): void {
    if (this.blocked) return
    writeHeartbeat(this.out)
    this.flush()
  }

  /** Sends as much as the socket takes. */
  flush(): void {
    while (this.blocked) {
      const bytes = this.out.subarray(0)
      const count = this.native.send(this.fd, bytes, this.sent, bytes.length - this.sent)
      if (count === EAGAIN) return this.compact()
      if (count < 0) throw this.lost(`sending to it failed (errno ${-count})`)
      this.sent += count
    }
    this.out.reset()
    this.sent = 0
  }

  /** A peer that reads, but never faster than we write, must not make us keep what is gone. */
  private compact(): void {
    if (this.sent < COMPACT_BYTES || this.sent < this.out.length / 2) return
    const rest = this.out.subarray(this.sent).slice()
    this.out.reset()
    this.out.bytes(rest)
    this.sent = 0
  }

  /** Bytes that came with the end of the handshake. */
  feed(bytes: Uint8Array, handle: (message: Message) => void): void {
    this.splitter.push(bytes)
    for (let frame = this.splitter.next(); frame !== undefined; frame = this.splitter.next()) {
      if (frame.type === HEARTBEAT && frame.body.length === 0) continue
      handle(decode(frame.type, frame.body, this.bounds))
    }
  }

  /** Receives what is there, through `buffer`, and hands on each message. */
  receive(buffer: Uint8Array, handle: (message: Message) => void): void {
    for (;;) {
      const count = this.native.recv(this.fd, buffer, 0, buffer.length)
      if (count === EAGAIN) return
      if (count === 0) throw this.lost('it closed the connection')
      if (count < 0) throw this.lost(`receiving from it failed (errno ${-count})`)
      this.feed(buffer.subarray(0, count), handle)
      if (count < buffer.length) return
    }
  }

  private lost(why: string): TreadMarksError {
    return new TreadMarksError('ERR_TM_NODE_LOST', `the connection to node ${this.peer} is gone: ${why}`)
  }
}
