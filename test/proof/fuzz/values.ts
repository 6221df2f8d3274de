/**
 * Fuzzed values: what process 0 distributes, spoilt on its way. Out comes data that can be distributed again and is
 * the same then, or ERR_TM_PROTOCOL. Numbers and counts are eight bytes each here, so they have mutations of their
 * own.
 */
import assert from 'node:assert/strict'
import { TreadMarksError } from '../../../src/errors.js'
import { decodeValue, encodeValue, type Value } from '../../../src/runtime/value.js'
import type { Random } from '../../../src/sim/random.js'
import { type Cases, eachCase } from './cases.js'
import { mutate } from './mutations.js'

export interface Harvest {
  taken: number
  refused: number
}

export function fuzzValues(cases: Cases, decode = decodeValue): Harvest {
  const harvest: Harvest = { taken: 0, refused: 0 }
  eachCase(cases, (random) => {
    const bytes = spoil(encodeValue(draw(random, 0)), random)
    try {
      check(bytes, decode, harvest)
    } catch (error) {
      const hex = Buffer.from(bytes.subarray(0, 400)).toString('hex')
      throw new Error(`${hex}: ${(error as Error).message}`, { cause: error })
    }
  })
  return harvest
}

function check(bytes: Uint8Array, decode: typeof decodeValue, harvest: Harvest): void {
  let value: Value
  try {
    value = decode(bytes)
  } catch (error) {
    if (!(error instanceof TreadMarksError && error.code === 'ERR_TM_PROTOCOL'))
      throw new Error(`not ERR_TM_PROTOCOL: ${(error as Error).stack}`)
    harvest.refused++
    return
  }
  harvest.taken++
  const again = encodeValue(value)
  assert.deepEqual(decodeValue(again), value)
  // Of an object in which a key came twice, one is left.
  if (!hasObject(value)) assert.equal(again.length, bytes.length, 'not all of the bytes are the value')
}

const hasObject = (value: Value): boolean =>
  Array.isArray(value)
    ? value.some(hasObject)
    : typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

const typed = [Uint8Array, Int16Array, Uint32Array, Float32Array, Float64Array, BigInt64Array] as const

function draw(random: Random, depth: number): Value {
  const some = <T>(make: () => T): T[] => Array.from({ length: random.below(4) }, make)
  switch (random.below(depth > 3 ? 5 : 8)) {
    case 0:
      return random.pick([null, true, false])
    case 1:
      return random.pick([0, -0, 1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, random.fraction()])
    case 2:
    case 3:
      return text(random)
    case 4:
      return new (random.pick(typed))(random.below(9))
    case 5:
      return Object.fromEntries(some(() => [text(random), draw(random, depth + 1)]))
    default:
      return some(() => draw(random, depth + 1))
  }
}

const text = (random: Random): string => random.pick(['', 'a', 'length', '__proto__', '0', '\ud800', 'ünïcode'])

/** Spoilt bytes, or a count or number that lies. */
function spoil(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.5)) return mutate(bytes, random, bytes)
  const out = bytes.slice()
  const at = 1 + random.below(bytes.length)
  if (at + 8 > out.length) return out
  const left = out.length - at - 8
  const lies = [0, 1, left, left - 1, left + 1, 2 ** 32, 2 ** 53, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]
  new DataView(out.buffer).setFloat64(at, random.pick(lies))
  return out
}
