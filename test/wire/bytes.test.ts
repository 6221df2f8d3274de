/** ByteWriter and ByteReader: what one writes the other reads, and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.js'
import { refused } from './encoded.js'
import { runs } from './generators.js'

const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes), 'test')
const MAX = Number.MAX_SAFE_INTEGER

test('any mix of values is read back', () => {
  const value = fc.oneof(
    fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
    fc.record({ kind: fc.constant('u16' as const), value: fc.nat(0xffff) }),
    fc.record({ kind: fc.constant('u32' as const), value: fc.nat(0xffffffff) }),
    fc.record({ kind: fc.constant('varint' as const), value: fc.oneof(fc.maxSafeNat(), fc.nat(300)) }),
    fc.record({ kind: fc.constant('blob' as const), value: fc.uint8Array({ maxLength: 3000 }) }),
  )
  const writer = new ByteWriter()
  const property = fc.property(fc.array(value), (values) => {
    writer.reset()
    for (const v of values) v.kind === 'blob' ? writer.blob(v.value) : writer[v.kind](v.value)
    assert.equal(writer.subarray().length, writer.length)
    const from = new ByteReader(writer.subarray(), 'test')
    for (const v of values) {
      if (v.kind === 'blob') assert.deepEqual(from.blob('v', 3000), v.value)
      else if (v.kind === 'varint') assert.equal(from.varint('v', MAX), v.value)
      else assert.equal(from[v.kind]('v'), v.value)
    }
    from.end()
  })
  fc.assert(property, runs(300))
})

test('varints are as short as they can be, up to 2⁵³-1', () => {
  const cases: [value: number, bytes: number][] = [
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
    [2 ** 31 - 1, 5],
    [2 ** 31, 5],
    [2 ** 32, 5],
    [2 ** 49 - 1, 7],
    [2 ** 49, 8],
    [MAX, 8],
  ]
  for (const [value, bytes] of cases) {
    const writer = new ByteWriter()
    writer.varint(value)
    assert.equal(writer.length, bytes, String(value))
    assert.equal(new ByteReader(writer.subarray(), 'test').varint('v', MAX), value)
  }
})

test('a varint out of range, cut, overlong or too long is refused', () => {
  refused(() => reader(5).varint('size', 4), /test: size.*is 5, not in 0 … 4/)
  refused(() => reader(0).varint('size', 4, 1), /size.*is 0, not in 1 … 4/)
  refused(() => reader().varint('size', 4), /size.*needs 1 bytes, 0 are left/)
  refused(() => reader(0x80).varint('size', 4), /size/)
  refused(() => reader(0x80, 0).varint('size', 4), /shortest form/)
  refused(() => reader(0x81, 0x80, 0).varint('size', 4), /shortest form/)
  refused(() => reader(255, 255, 255, 255, 255, 255, 255, 31).varint('size', MAX), /size/)
  refused(() => reader(255, 255, 255, 255, 255, 255, 255, 255, 1).varint('size', MAX), /too large/)
  assert.equal(reader(255, 255, 255, 255, 255, 255, 255, 15).varint('size', MAX), MAX)
})

test('what is not there is refused before memory is taken for it', () => {
  refused(() => reader(1).u16('port'), /port.*needs 2 bytes, 1 are left/)
  refused(() => reader(1, 2, 3).u32('length'), /length/)
  refused(() => reader(1, 2, 3).bytes(2 ** 40, 'nonce'), /nonce/)
  refused(() => reader(4, 1, 2, 3).blob('payload', 10), /payload/)
  refused(() => reader(4, 1, 2, 3, 4).blob('payload', 3), /payload/)
  refused(() => reader(100, 1, 2).count('wants', 1000, 2), /wants.*announces 100 elements in 2 bytes/)
  assert.equal(reader(1, 1, 2).count('wants', 1000, 2), 1)
  refused(() => reader(1).end(), /1 bytes/)
})

test('bytes read are a copy, of a Buffer too', () => {
  for (const bytes of [Uint8Array.of(2, 7, 8), Buffer.from([2, 7, 8])]) {
    const copy = new ByteReader(bytes, 'test').blob('v', 2)
    bytes.fill(0)
    assert.deepEqual(copy, Uint8Array.of(7, 8))
  }
})

test('a writer refuses what is no integer in range', () => {
  const writer = new ByteWriter()
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    refused(() => writer.varint(value), /internal error/, 'ERR_TM_INTERNAL')
  }
  refused(() => writer.u8(256), /0 … 255/, 'ERR_TM_INTERNAL')
  refused(() => writer.u16(65_536), /0 … 65535/, 'ERR_TM_INTERNAL')
  refused(() => writer.u32(2 ** 32), /0 … 4294967295/, 'ERR_TM_INTERNAL')
  refused(() => writer.patchU32(0, 1), /patch/, 'ERR_TM_INTERNAL')
  assert.equal(writer.length, 0)
})

test('a writer is used again, and does not keep a large frame for ever', () => {
  const writer = new ByteWriter()
  writer.bytes(new Uint8Array(3_000_000).fill(1))
  assert.ok(writer.subarray().buffer.byteLength >= 3_000_000)
  writer.reset()
  assert.equal(writer.length, 0)
  writer.u32(0)
  writer.patchU32(0, 0xfedcba98)
  assert.deepEqual(writer.subarray(), Uint8Array.of(0x98, 0xba, 0xdc, 0xfe))
  assert.ok(writer.subarray().buffer.byteLength < 10_000)
})
