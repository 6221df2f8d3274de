/**
 * Frames: how messages follow each other on a byte stream. A header of five bytes, the body's length
 * (little-endian) and its type byte, then the body. `writeFrame` makes one; `FrameSplitter` finds them again
 * in chunks of any size. A frame that lies whole in a chunk is not copied; a frame in pieces is collected in
 * a buffer that grows with what has arrived, never with what was announced.
 */
import type { Message } from '../core/messages.js'
import { assert, TreadMarksError } from '../errors.js'
import { MAX_FRAME_BYTES } from '../limits.js'
import type { ByteWriter } from './bytes.js'
import { encode, typeByte } from './codec.js'
import { plain, type Seal } from './seal.js'

export const HEADER_BYTES = 5

/** Appends the frame of `message` to `writer`; the view given back is valid until the writer is used again. */
export function writeFrame(writer: ByteWriter, message: Message): Uint8Array {
  const start = writer.length
  writer.u32(0)
  writer.u8(typeByte(message))
  encode(message, writer)
  const bodyBytes = writer.length - start - HEADER_BYTES
  assert(bodyBytes <= MAX_FRAME_BYTES, `a ${message.type} of ${bodyBytes} bytes does not fit a frame`)
  writer.patchU32(start, bodyBytes)
  return writer.subarray(start)
}

/** Type byte of a frame that says nothing but that its sender is alive. It has no body, and is no message. */
export const HEARTBEAT = 0

export function writeHeartbeat(writer: ByteWriter): void {
  writer.u32(0)
  writer.u8(HEARTBEAT)
}

export interface Frame {
  readonly type: number
  /** Valid until the splitter is used again; the decoder copies what it keeps. */
  readonly body: Uint8Array
}

/** Room that is kept between frames; what a larger frame needed is let go. */
const KEPT_BYTES = 1024 ** 2
const EMPTY = new Uint8Array(0)

/** `push` a chunk, then `next` until there is none; only then may the chunk's memory be used again. */
export class FrameSplitter {
  readonly #seal: Seal
  #chunk: Uint8Array = EMPTY
  /** Where in the chunk the next frame, or the rest of the one held, begins. */
  #at = 0
  /** The beginning of a frame of which the rest has not come. */
  #held: Uint8Array = EMPTY
  #heldBytes = 0

  constructor(seal: Seal = plain) {
    this.#seal = seal
  }

  /** Bytes that belong to no complete frame; not 0 at the end of a stream means that it was cut. */
  get pending(): number {
    return this.#heldBytes + this.#chunk.length - this.#at
  }

  push(chunk: Uint8Array): void {
    assert(this.#at === this.#chunk.length, 'frames are taken before more bytes come')
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next complete frame; throws ERR_TM_PROTOCOL when one is too long. */
  next(): Frame | undefined {
    const frame = this.#heldBytes === 0 ? (this.#whole() ?? this.#collected()) : this.#collected()
    if (frame === undefined) return undefined
    const opened = this.#seal.open(frame)
    return { type: opened[HEADER_BYTES - 1] as number, body: opened.subarray(HEADER_BYTES) }
  }

  /** A frame that lies in the chunk from beginning to end. */
  #whole(): Uint8Array | undefined {
    const from = this.#at
    const left = this.#chunk.length - from
    if (left < HEADER_BYTES) return undefined
    const size = frameSize(this.#chunk, from)
    if (left < size) return undefined
    this.#at += size
    return this.#chunk.subarray(from, this.#at)
  }

  #collected(): Uint8Array | undefined {
    if (!this.#collect(HEADER_BYTES)) return undefined
    const size = frameSize(this.#held, 0)
    if (!this.#collect(size)) return undefined
    const frame = this.#held.subarray(0, size)
    this.#heldBytes = 0
    if (this.#held.length > KEPT_BYTES) this.#held = EMPTY
    return frame
  }

  /** Takes from the chunk until `size` bytes are held; false when it has not so many. */
  #collect(size: number): boolean {
    const more = Math.min(size - this.#heldBytes, this.#chunk.length - this.#at)
    if (more > 0) {
      const needed = this.#heldBytes + more
      if (needed > this.#held.length) this.#grow(Math.min(size, needed * 2))
      this.#held.set(this.#chunk.subarray(this.#at, this.#at + more), this.#heldBytes)
      this.#heldBytes = needed
      this.#at += more
    }
    return this.#heldBytes >= size
  }

  #grow(size: number): void {
    const grown = new Uint8Array(size)
    grown.set(this.#held.subarray(0, this.#heldBytes))
    this.#held = grown
  }
}

/** Header included. */
function frameSize(bytes: Uint8Array, at: number): number {
  let length = 0
  for (let i = 3; i >= 0; i--) length = length * 0x100 + (bytes[at + i] as number)
  if (length > MAX_FRAME_BYTES) {
    throw new TreadMarksError(
      'ERR_TM_PROTOCOL',
      `a frame announces ${length} bytes, at most ${MAX_FRAME_BYTES} are sent`,
    )
  }
  return HEADER_BYTES + length
}
