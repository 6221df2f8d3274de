/**
 * Ways to spoil bytes: the mistakes and lies that a message can hold without being noise. Each takes bytes and
 * gives new ones; where it stands in them, and by how much it lies, is chance. A position is taken for the
 * beginning of a varint without asking, because most fields of a message are varints of one byte.
 */
import type { Random } from '../../../src/sim/random.js'

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

/** One to three mutations, one after the other; `other` is what a splice takes from. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated = random.pick(mutations)(bytes, random, other)
  while (random.chance(0.3)) mutated = random.pick(mutations)(mutated, random, other)
  return mutated
}

/** A value as a varint, with `more` bytes than it needs. */
export function varint(value: number, more = 0): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(more > 0 ? rest | 0x80 : rest)
  for (let left = more; left > 0; left--) bytes.push(left > 1 ? 0x80 : 0)
  return bytes
}

/** The bounds of things, and what lies beyond them. */
const telling = [0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 1000, 4095, 4096, 10_000, 10_001, 16_383, 65_535]
const huge = [2 ** 20, 2 ** 24, 2 ** 26, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33, 2 ** 35 - 1, 2 ** 49, 2 ** 53 - 1]

const number = (random: Random): number => {
  const value = random.chance(0.6) ? random.pick(telling) : random.pick(huge)
  return Math.max(0, value + random.between(-1, 1))
}

/** Where the varint that begins at `at` ends. */
function endOfVarint(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length - 1 && (bytes[end] as number) >= 0x80) end++
  return Math.min(end + 1, bytes.length)
}

/** The bytes from `from` to `to` give way to others. */
function replaced(bytes: Uint8Array, from: number, to: number, by: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(bytes.length - (to - from) + by.length)
  out.set(bytes.subarray(0, from))
  out.set(by, from)
  out.set(bytes.subarray(to), from + by.length)
  return out
}

/** A position, more often near the beginning, where counts and lengths stand. */
const position = (bytes: Uint8Array, random: Random): number =>
  random.below(random.chance(0.5) ? Math.min(bytes.length + 1, 12) : bytes.length + 1)

const flipBit: Mutation = (bytes, random) => {
  const out = bytes.slice()
  const at = random.below(Math.max(1, bytes.length))
  if (at < out.length) out[at] = (out[at] as number) ^ (1 << random.below(8))
  return out
}

const nudgeByte: Mutation = (bytes, random) => {
  const out = bytes.slice()
  const at = position(bytes, random)
  if (at < out.length) out[at] = (out[at] as number) + random.between(-2, 2)
  return out
}

const otherNumber: Mutation = (bytes, random) => {
  const at = position(bytes, random)
  return replaced(bytes, at, endOfVarint(bytes, at), varint(number(random)))
}

const overlongNumber: Mutation = (bytes, random) => {
  const end = endOfVarint(bytes, random.below(Math.max(1, bytes.length)))
  const last = (bytes[end - 1] ?? 0) | 0x80
  const idle = new Array<number>(random.below(8)).fill(0x80)
  return replaced(bytes, Math.max(0, end - 1), end, [last, ...idle, 0])
}

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(Math.max(1, bytes.length)))

const extend: Mutation = (bytes, random) =>
  replaced(
    bytes,
    bytes.length,
    bytes.length,
    Array.from({ length: random.between(1, 4) }, () => random.below(256)),
  )

const cutOut: Mutation = (bytes, random) => {
  const at = position(bytes, random)
  return replaced(bytes, at, Math.min(bytes.length, at + random.between(1, 5)), [])
}

const repeat: Mutation = (bytes, random) => {
  const at = position(bytes, random)
  const stretch = bytes.subarray(at, at + random.between(1, 8))
  return replaced(bytes, at, at, stretch)
}

const insertNumber: Mutation = (bytes, random) => {
  const at = position(bytes, random)
  return replaced(bytes, at, at, varint(number(random)))
}

const splice: Mutation = (bytes, random, other) => {
  const at = position(bytes, random)
  const from = random.chance(0.5) ? at : position(other, random)
  return replaced(bytes, at, bytes.length, other.subarray(Math.min(from, other.length)))
}

const noise: Mutation = (_bytes, random) => {
  const most = random.pick([4, 256])
  return Uint8Array.from({ length: random.below(40) }, () => random.below(most))
}

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  nudgeByte,
  nudgeByte,
  otherNumber,
  otherNumber,
  overlongNumber,
  truncate,
  extend,
  cutOut,
  repeat,
  insertNumber,
  splice,
  noise,
]
