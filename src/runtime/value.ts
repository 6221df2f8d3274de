/**
 * Values as bytes, for `distribute`: a tag, then the content. Only data goes through: numbers, strings,
 * booleans, null, typed arrays, arrays and plain objects; nothing that arrives is ever turned into code.
 */
import { TreadMarksError } from '../errors.js'
import { MAX_PAYLOAD_BYTES, MAX_VALUE_DEPTH } from '../limits.js'
import { classOf } from './shown.js'
import { arrayTypes, type TypedArray } from './typed-array.js'

export type Value = number | string | boolean | null | TypedArray | readonly Value[] | { readonly [key: string]: Value }

enum Tag {
  NULL = 0,
  FALSE = 1,
  TRUE = 2,
  NUMBER = 3,
  STRING = 4,
  ARRAY = 5,
  OBJECT = 6,
  /** And the ten kinds after it, in the order of `arrayTypes`. */
  TYPED = 16,
}

/** Throws ERR_TM_VALUE for anything else, and for values too deep or too large. */
export function encodeValue(value: unknown): Uint8Array {
  const writer = new ValueWriter()
  writer.value(value, 'the value', 0)
  return writer.bytes()
}

/** Throws ERR_TM_PROTOCOL for bytes that are not one value from beginning to end. */
export function decodeValue(bytes: Uint8Array): Value {
  const reader = new ValueReader(bytes)
  const value = reader.value()
  reader.end()
  return value
}

const FIRST_BYTES = 1024
/** Characters that become a string at once. Each takes a place on the stack. */
const CHARACTERS = 256

class ValueWriter {
  private out = new Uint8Array(FIRST_BYTES)
  private view = new DataView(this.out.buffer)
  private length = 0

  bytes(): Uint8Array {
    return this.out.slice(0, this.length)
  }

  value(value: unknown, where: string, depth: number): void {
    if (depth > MAX_VALUE_DEPTH)
      throw refuse(where, `is nested deeper than ${MAX_VALUE_DEPTH} levels, or contains itself`)
    if (value === null) return this.tag(Tag.NULL)
    if (typeof value === 'boolean') return this.tag(value ? Tag.TRUE : Tag.FALSE)
    if (typeof value === 'number') {
      this.tag(Tag.NUMBER)
      return this.number(value)
    }
    if (typeof value === 'string') {
      this.tag(Tag.STRING)
      return this.text(value)
    }
    if (Array.isArray(value)) {
      const { length } = value
      this.tag(Tag.ARRAY)
      this.number(length)
      for (let i = 0; i < length; i++) this.value(value[i], `${where}[${i}]`, depth + 1)
      // By a getter of what is in it. Whoever reads believes the length, and finds more or less behind it.
      if (value.length !== length) throw refuse(where, 'changes its length while it is read')
      return
    }
    const kind = ArrayBuffer.isView(value) ? arrayTypes.findIndex((type) => value instanceof type) : -1
    if (kind >= 0) return this.typed(kind, value as TypedArray)
    if (!isPlain(value)) throw refuse(where, `is ${describe(value)}`)
    const entries = Object.entries(value)
    this.tag(Tag.OBJECT)
    this.number(entries.length)
    for (const [name, content] of entries) {
      this.text(name)
      this.value(content, `${where}.${name}`, depth + 1)
    }
  }

  private typed(kind: number, array: TypedArray): void {
    this.tag(Tag.TYPED + kind)
    this.number(array.length)
    this.reserve(array.byteLength)
    this.out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), this.length)
    this.length += array.byteLength
  }

  private tag(tag: number): void {
    this.reserve(1)
    this.out[this.length++] = tag
  }

  private number(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value)
    this.length += 8
  }

  private text(text: string): void {
    this.number(text.length)
    this.reserve(2 * text.length)
    // UTF-16 as it stands, so that lone surrogates survive.
    for (let i = 0; i < text.length; i++) this.view.setUint16(this.length + 2 * i, text.charCodeAt(i))
    this.length += 2 * text.length
  }

  private reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.out.length) return
    if (needed > MAX_PAYLOAD_BYTES) throw refuse('the value', `has more than ${MAX_PAYLOAD_BYTES} bytes`)
    const grown = new Uint8Array(Math.min(MAX_PAYLOAD_BYTES, Math.max(needed, 2 * this.out.length)))
    grown.set(this.out)
    this.out = grown
    this.view = new DataView(grown.buffer)
  }
}

class ValueReader {
  private readonly view: DataView
  private at = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  value(depth = 0): Value {
    if (depth > MAX_VALUE_DEPTH) throw malformed()
    const tag = this.view.getUint8(this.advance(1))
    switch (tag) {
      case Tag.NULL:
        return null
      case Tag.FALSE:
        return false
      case Tag.TRUE:
        return true
      case Tag.NUMBER:
        return this.number()
      case Tag.STRING:
        return this.text()
      case Tag.ARRAY:
        return this.array(depth)
      case Tag.OBJECT:
        return this.object(depth)
      default:
        return this.typed(tag - Tag.TYPED)
    }
  }

  /** Nothing may be left. */
  end(): void {
    if (this.at !== this.bytes.length) throw malformed()
  }

  /** It grows with what is read: of arrays in arrays each may announce as much as is left. */
  private array(depth: number): Value {
    const values: Value[] = []
    for (let left = this.count(); left > 0; left--) values.push(this.value(depth + 1))
    return values
  }

  private object(depth: number): Value {
    const entries: [string, Value][] = []
    for (let left = this.count(); left > 0; left--) entries.push([this.text(), this.value(depth + 1)])
    return Object.fromEntries(entries)
  }

  private typed(kind: number): Value {
    const type = arrayTypes[kind]
    if (type === undefined) throw malformed()
    const length = this.count()
    const from = this.advance(length * type.BYTES_PER_ELEMENT)
    return new type(this.bytes.slice(from, this.at).buffer)
  }

  private number(): number {
    return this.view.getFloat64(this.advance(8))
  }

  /** Of things that take a byte or more each. */
  private count(): number {
    const count = this.number()
    if (!Number.isSafeInteger(count) || count < 0 || count > this.bytes.length - this.at) throw malformed()
    return count
  }

  private text(): string {
    const length = this.count()
    const from = this.advance(2 * length)
    const units = new Uint16Array(length)
    for (let i = 0; i < length; i++) units[i] = this.view.getUint16(from + 2 * i)
    let text = ''
    for (let i = 0; i < length; i += CHARACTERS) text += String.fromCharCode(...units.subarray(i, i + CHARACTERS))
    return text
  }

  /** Where the next `length` bytes begin; they count as read. */
  private advance(length: number): number {
    const from = this.at
    const end = from + length
    if (!Number.isSafeInteger(length) || length < 0 || end > this.bytes.length) throw malformed()
    this.at = end
    return from
  }
}

const malformed = (): TreadMarksError => new TreadMarksError('ERR_TM_PROTOCOL', 'a distributed value is malformed')

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
  return `an object of class ${classOf(value) ?? 'unknown'}`
}

const refuse = (where: string, why: string): TreadMarksError =>
  new TreadMarksError('ERR_TM_VALUE', `${where} cannot be distributed: it ${why}`)
