/**
 * Values as bytes, for `distribute`: a tag, then the content. Only data goes through: numbers, strings,
 * booleans, null, typed arrays, arrays and plain objects; nothing that arrives is ever turned into code.
 */
import { TreadMarksError } from '../errors.js'
import { MAX_PAYLOAD_BYTES, MAX_VALUE_DEPTH } from '../limits.js'

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
export type Value = number | string | boolean | null | TypedArray | readonly Value[] | { readonly [key: string]: Value }

enum Tag {
  NULL = 0,
  FALSE = 1,
  TRUE = 2,
  NUMBER = 3,
  STRING = 4,
  ARRAY = 5,
  OBJECT = 6,
  /** And the ten kinds after it, in the order of `kinds`. */
  TYPED = 16,
}
const kinds = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

/** Throws ERR_TM_VALUE for anything else, and for values too deep or too large. */
export function encodeValue(value: unknown): Uint8Array {
  const writer = new ValueWriter()
  writer.value(value, 'the value', 0)
  return writer.bytes()
}

export function decodeValue(bytes: Uint8Array): Value {
  return new ValueReader(bytes).value()
}

class ValueWriter {
  private readonly parts: Uint8Array[] = []
  private length = 0

  bytes(): Uint8Array {
    const out = new Uint8Array(this.length)
    let at = 0
    for (const part of this.parts) {
      out.set(part, at)
      at += part.length
    }
    return out
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
      this.tag(Tag.ARRAY)
      this.number(value.length)
      for (let i = 0; i < value.length; i++) this.value(value[i], `${where}[${i}]`, depth + 1)
      return
    }
    const kind = kinds.findIndex((type) => value instanceof type)
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
    this.add(new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice())
  }

  private tag(tag: number): void {
    this.add(Uint8Array.of(tag))
  }

  private number(value: number): void {
    this.add(new Uint8Array(Float64Array.of(value).buffer))
  }

  private text(text: string): void {
    // UTF-16 as it stands, so that lone surrogates survive.
    const units = new Uint16Array(text.length)
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
    this.number(text.length)
    this.add(new Uint8Array(units.buffer))
  }

  private add(part: Uint8Array): void {
    this.length += part.length
    if (this.length > MAX_PAYLOAD_BYTES) throw refuse('the value', `has more than ${MAX_PAYLOAD_BYTES} bytes`)
    this.parts.push(part)
  }
}

class ValueReader {
  private at = 0

  constructor(private readonly bytes: Uint8Array) {}

  value(depth = 0): Value {
    if (depth > MAX_VALUE_DEPTH) throw malformed()
    const tag = this.take(1)[0] as number
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
        return Array.from({ length: this.count() }, () => this.value(depth + 1))
      case Tag.OBJECT:
        return this.object(depth)
      default:
        return this.typed(tag - Tag.TYPED)
    }
  }

  private object(depth: number): Value {
    const entries = Array.from({ length: this.count() }, (): [string, Value] => [this.text(), this.value(depth + 1)])
    return Object.fromEntries(entries)
  }

  private typed(kind: number): Value {
    const type = kinds[kind]
    if (type === undefined) throw malformed()
    const length = this.number()
    return new type(this.take(length * type.BYTES_PER_ELEMENT).slice().buffer)
  }

  private number(): number {
    return new Float64Array(this.take(8).slice().buffer)[0] as number
  }

  /** Of things that take a byte or more each: bounded before any array is made. */
  private count(): number {
    const count = this.number()
    if (!Number.isSafeInteger(count) || count < 0 || count > this.bytes.length - this.at) throw malformed()
    return count
  }

  private text(): string {
    const length = this.number()
    const units = new Uint16Array(this.take(length * 2).slice().buffer)
    let text = ''
    for (let i = 0; i < length; i += 8192) text += String.fromCharCode(...units.subarray(i, i + 8192))
    return text
  }

  private take(length: number): Uint8Array {
    const end = this.at + length
    if (!Number.isSafeInteger(length) || length < 0 || end > this.bytes.length) {
      throw malformed()
    }
    const part = this.bytes.subarray(this.at, end)
    this.at = end
    return part
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
  return `an object of class ${value.constructor?.name ?? 'unknown'}`
}

const refuse = (where: string, why: string): TreadMarksError =>
  new TreadMarksError('ERR_TM_VALUE', `${where} cannot be distributed: it ${why}`)
