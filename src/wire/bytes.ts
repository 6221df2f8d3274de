/**
 * Numbers and byte strings to bytes and back. `ByteWriter` grows and is used again and again; `ByteReader`
 * trusts nothing: every read is checked against what is left and against its bounds, and throws
 * ERR_TM_PROTOCOL naming the field. Integers are LEB128 varints up to 2⁵³-1, in their shortest form only, so
 * that a value has one encoding; fixed-width ones are little-endian.
 */
import { assert, TreadMarksError } from '../errors.js'

const FIRST_BYTES = 1024
/** A writer that grew beyond this for one large frame lets the memory go at the next reset. */
const KEPT_BYTES = 1024 ** 2

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  reset(): void {
    this.#length = 0
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES)
  }

  u8(value: number): void {
    checkInteger(value, 0xff)
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    checkInteger(value, 0xffff)
    this.#fixed(value, 2)
  }

  u32(value: number): void {
    checkInteger(value, 0xffffffff)
    this.#fixed(value, 4)
  }

  varint(value: number): void {
    checkInteger(value, Number.MAX_SAFE_INTEGER)
    this.#reserve(8)
    const bytes = this.#bytes
    let at = this.#length
    let rest = value
    while (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[at++] = rest
    this.#length = at
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Length, then the bytes. */
  blob(value: Uint8Array): void {
    this.varint(value.length)
    this.bytes(value)
  }

  /** Overwrites four bytes written before: a length that is known only afterwards. */
  patchU32(at: number, value: number): void {
    checkInteger(value, 0xffffffff)
    assert(at + 4 <= this.#length, 'patch beyond what was written')
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = value >>> (8 * i)
  }

  /** A view of what was written since `from`, valid until the next write or reset. */
  subarray(from = 0): Uint8Array {
    return this.#bytes.subarray(from, this.#length)
  }

  #fixed(value: number, width: number): void {
    this.#reserve(width)
    for (let i = 0; i < width; i++) this.#bytes[this.#length++] = value >>> (8 * i)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** The text only where it is wanted: it would take longer than the number takes to write. */
function checkInteger(value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return
  assert(false, `${value} is no integer of 0 … ${max} for the wire`)
}

export class ByteReader {
  readonly #bytes: Uint8Array
  /** What is being read; errors begin with it. */
  readonly #what: string
  readonly #views: boolean
  #at = 0

  /** `views`: parts of the bytes are given as views of them, not as copies. */
  constructor(bytes: Uint8Array, what: string, views = false) {
    this.#bytes = bytes
    this.#what = what
    this.#views = views
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  u8(name: string): number {
    this.#need(1, name)
    return this.#bytes[this.#at++] as number
  }

  u16(name: string): number {
    return this.#fixed(2, name)
  }

  u32(name: string): number {
    return this.#fixed(4, name)
  }

  /** An integer of `min` … `max`. */
  varint(name: string, max: number, min = 0): number {
    const bytes = this.#bytes
    let value = 0
    let scale = 1
    for (let i = 0; ; i++) {
      if (this.#at === bytes.length) this.#need(1, name)
      const byte = bytes[this.#at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.refuse(name, 'is not in its shortest form')
        break
      }
      // Eight bytes hold 2⁵⁶: with one more the sum could be inexact.
      if (i === 7) this.refuse(name, 'is too large')
      scale *= 0x80
    }
    if (value > max || value < min) this.refuse(name, `is ${value}, not in ${min} … ${max}`)
    return value
  }

  /** How many elements follow: at most `max`, and no more than fit what is left at `least` bytes each. */
  count(name: string, max: number, least: number): number {
    const count = this.varint(name, max)
    if (count * least > this.remaining) this.refuse(name, `announces ${count} elements in ${this.remaining} bytes`)
    return count
  }

  /** A copy, so that the receive buffer may be used again; or a view. */
  bytes(length: number, name: string): Uint8Array {
    this.#need(length, name)
    const from = this.#at
    this.#at += length
    const part = this.#bytes.subarray(from, this.#at)
    return this.#views ? part : new Uint8Array(part)
  }

  /** Length, at most `max`, then a copy of the bytes. */
  blob(name: string, max: number): Uint8Array {
    return this.bytes(this.varint(name, max), name)
  }

  /** Nothing may be left. */
  end(): void {
    if (this.remaining > 0) this.refuse('end', `has ${this.remaining} bytes behind it`)
  }

  refuse(name: string, why: string): never {
    throw new TreadMarksError('ERR_TM_PROTOCOL', `${this.#what}: ${name}, before byte ${this.#at}, ${why}`)
  }

  #need(length: number, name: string): void {
    if (length > this.remaining) this.refuse(name, `needs ${length} bytes, ${this.remaining} are left`)
  }

  #fixed(width: number, name: string): number {
    this.#need(width, name)
    let value = 0
    for (let i = 0; i < width; i++) value += (this.#bytes[this.#at++] as number) * 2 ** (8 * i)
    return value
  }
}
