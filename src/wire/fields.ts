/**
 * A field writes one kind of value and reads it back within its bounds. Records and lists are fields made of
 * fields, so that the table of messages (codec.ts) says of each message what it holds and nothing else.
 * A field knows the fewest bytes it takes, by which a list refuses a count that cannot be true.
 */
import { assert } from '../errors.js'
import type { Bounds } from './bounds.js'
import type { ByteReader, ByteWriter } from './bytes.js'

export interface Field<T> {
  /** Fewest bytes an encoding takes. */
  readonly least: number
  write(writer: ByteWriter, value: T): void
  /** Throws ERR_TM_PROTOCOL, naming `name`, unless the value is within `bounds`. */
  read(reader: ByteReader, bounds: Bounds, name: string): T
}

/** One field for each property, in the order in which they stand on the wire. */
export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> }

type Limit = (bounds: Bounds) => number

/** An integer of `min` … `max(bounds)`. */
export const integer = <T extends number>(max: Limit, min = 0): Field<T> => ({
  least: 1,
  write: (writer, value) => writer.varint(value),
  read: (reader, bounds, name) => reader.varint(name, max(bounds), min) as T,
})

/** 0, or a power of two up to `2 ** maxExponent`; a power of two goes as its exponent plus 1. */
export const alignment = (maxExponent: number): Field<number> => ({
  least: 1,
  write(writer, value) {
    const exponent = value === 0 ? -1 : Math.round(Math.log2(value))
    const exact = value === 0 || (exponent >= 0 && exponent <= maxExponent && 2 ** exponent === value)
    assert(exact, `an alignment of ${value} is neither 0 nor a power of two up to ${2 ** maxExponent}`)
    writer.varint(exponent + 1)
  },
  read(reader, _bounds, name) {
    const code = reader.varint(name, maxExponent + 1)
    return code === 0 ? 0 : 2 ** (code - 1)
  },
})

export const flag: Field<boolean> = {
  least: 1,
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader, _bounds, name) => reader.varint(name, 1) === 1,
}

/** One of a few names, by its position. */
export const oneOf = <T extends string>(names: readonly T[]): Field<T> => ({
  least: 1,
  write: (writer, value) => writer.varint(names.indexOf(value)),
  read: (reader, _bounds, name) => names[reader.varint(name, names.length - 1)] as T,
})

/** Bytes, at most `max(bounds)`; reading copies them. */
export const blob = (max: Limit): Field<Uint8Array> => ({
  least: 1,
  write: (writer, value) => writer.blob(value),
  read: (reader, bounds, name) => reader.blob(name, max(bounds)),
})

/** `max` holds for the writer too: a node must not send what its peer has to refuse. */
export const list = <T>(element: Field<T>, max: number): Field<readonly T[]> => ({
  least: 1,
  write(writer, values) {
    assert(values.length <= max, `a message would hold ${values.length} elements, at most ${max} are sent`)
    writer.varint(values.length)
    for (const value of values) element.write(writer, value)
  },
  read(reader, bounds, name) {
    const values: T[] = []
    for (let left = reader.count(name, max, element.least); left > 0; left--) {
      values.push(element.read(reader, bounds, name))
    }
    return values
  },
})

/** `start` holds properties that are not on the wire; each value read begins as a copy of it. */
export function record<T extends object>(fields: Fields<T>, start?: object): Field<T> {
  const entries = Object.entries(fields) as [keyof T & string, Field<unknown>][]
  return {
    least: entries.reduce((total, [, field]) => total + field.least, 0),
    write(writer, value) {
      for (const [key, field] of entries) field.write(writer, value[key])
    },
    read(reader, bounds) {
      const value: { [K in keyof T]?: unknown } = { ...start }
      for (const [key, field] of entries) value[key] = field.read(reader, bounds, key)
      return value as T
    },
  }
}

/** A value that takes no bytes. */
export const nothing: Field<void> = { least: 0, write: () => {}, read: () => {} }

/** Characters, as UTF-16 code units. */
export const text: Field<string> = {
  least: 1,
  write(writer, value) {
    writer.varint(value.length)
    for (let i = 0; i < value.length; i++) writer.varint(value.charCodeAt(i))
  },
  read(reader, _bounds, name) {
    let value = ''
    for (let left = reader.count(name, Number.MAX_SAFE_INTEGER, 1); left > 0; left--) {
      value += String.fromCharCode(reader.varint(name, 0xffff))
    }
    return value
  },
}

/** The records of a union by their `type`, each with the byte that tells it on the wire. */
export type Variants<U extends { readonly type: string }> = {
  readonly [T in U['type']]: { readonly byte: number; readonly fields: Fields<Omit<Extract<U, { type: T }>, 'type'>> }
}

/** One record of several types: its byte, then its fields. */
export function variant<U extends { readonly type: string }>(table: Variants<U>): Field<U> {
  const byType = new Map<string, { readonly byte: number; readonly body: Field<object> }>()
  const byByte = new Map<number, Field<object>>()
  for (const type of Object.keys(table) as U['type'][]) {
    const { byte, fields } = table[type]
    const body = record<object>(fields as Fields<object>, { type })
    byType.set(type, { byte, body })
    byByte.set(byte, body)
  }
  return {
    least: 1,
    write(writer, value) {
      const entry = byType.get(value.type)
      assert(entry !== undefined, `there is no byte for ${value.type}`)
      writer.u8(entry.byte)
      entry.body.write(writer, value)
    },
    read(reader, bounds, name) {
      const byte = reader.u8(name)
      const body = byByte.get(byte) ?? reader.refuse(name, `is of type ${byte}, which does not exist`)
      return body.read(reader, bounds, name) as U
    },
  }
}
