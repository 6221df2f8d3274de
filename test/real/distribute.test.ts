/**
 * distribute between real processes: every kind of value arrives as it was, also the ones that JSON loses,
 * and what is not plain data is refused by name before anything is sent.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run, runs } from './run.js'

test('every kind of value arrives as it was', async (t) => {
  const text = `${prelude}
    const nested = (depth) => (depth === 0 ? 'deep' : [nested(depth - 1)])
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i)
    const typed = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
    const values = [
      0, -0, 1.5, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 2 ** 200,
      '', 'ascii', 'ü€😀', '\\ud800', 'x\\udc00y', '\\u0000', 'long '.repeat(20_000), true, false, null,
      [], [[]], [1, 'two', [null, [-0]]], {}, { a: 1, b: { c: [true] }, 'ü ': '\\udfff', '': 0, 7: 'seven' },
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "hasOwnProperty": null}'),
      Object.assign(Object.create(null), { bare: 1 }),
      new Float32Array([1.5, Number.NaN, -0]), new Float64Array([Math.PI, -0]), new Float64Array(0),
      new BigInt64Array([-(2n ** 63n), 5n]), new BigUint64Array([2n ** 64n - 1n]),
      ...typed.map((type) => new type([1, 2, 3, 100, 127])),
      bytes.subarray(7, 99), new Float64Array(bytes.buffer, 8, 4), { grid: new Float32Array(1000).fill(0.1) },
      nested(64), Array.from({ length: 200_000 }, (_, i) => i / 3),
    ]
    const plain = (value) => {
      if (Array.isArray(value)) return value.map(plain)
      if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value
      return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, plain(content)]))
    }
    for (const value of values) {
      const got = tm.distribute(me === 0 ? value : 'only process 0 counts')
      assert.deepStrictEqual(got, plain(value))
      if (typeof value === 'object' && value !== null) assert.notEqual(got, value)
    }
    assert.equal({}.polluted, undefined)
    const shared = tm.alloc(Int32Array, 10)
    if (me === 1) shared[3] = 42
    tm.barrier()
    const copy = tm.distribute(shared.subarray(2, 5))
    assert.deepEqual([...copy], [0, 42, 0])
    assert.notEqual(copy.buffer, tm.heap)
    // Meeting: everyone's writes before are seen after it.
    shared[me] = me + 1
    tm.distribute(null)
    assert.deepEqual([...shared.subarray(0, n)], Array.from({ length: n }, (_, i) => i + 1))
  `
  await runs(t, text, { nodes: 3 })
  await runs(t, text.replace('if (me === 1)', ''), {})
})

test('what is not plain data is refused, with the place where it stands', async (t) => {
  const text = `${prelude}
    const cyclic = { in: {} }
    cyclic.in.out = cyclic
    const deep = (depth) => (depth === 0 ? 1 : [deep(depth - 1)])
    const wrong = [
      [undefined, /^the value cannot be distributed: it is undefined/],
      [() => 1, /it is a function/],
      [Symbol('s'), /it is a symbol/],
      [1n, /it is a bigint/],
      [{ a: [1, { b: undefined }] }, /^the value\\.a\\[1\\]\\.b cannot be distributed: it is undefined/],
      [new Map(), /an object of class Map/],
      [new Date(), /an object of class Date/],
      [new (class Point {})(), /an object of class Point/],
      [new DataView(new ArrayBuffer(8)), /an object of class DataView/],
      [new ArrayBuffer(8), /an object of class ArrayBuffer/],
      [[1, , 3], /\\[1\\] cannot be distributed: it is undefined/],
      [cyclic, /nested deeper than 64 levels, or contains itself/],
      [deep(65), /nested deeper than 64 levels/],
      [new Float64Array(4_300_000), /more than 33554432 bytes/],
      ['x'.repeat(17_000_000), /more than 33554432 bytes/],
      [Object.create(Uint8Array.prototype), /an object of class Uint8Array/],
      [Object.create({ get constructor() { throw new Error('no') } }), /an object of class unknown/],
    ]
    // An array that changes while it is read, by a getter of what is in it.
    const changing = (change) => {
      const array = [{ get changes() { change(array); return 1 } }, 2]
      return array
    }
    wrong.push([[changing((array) => array.push(1))], /^the value\\[0\\] cannot be distributed: it changes its length while it is read/])
    wrong.push([changing((array) => { array.length = 1 }), /^the value\\[1\\] cannot be distributed: it is undefined/])
    if (me === 0) for (const [value, text] of wrong) fails('ERR_TM_VALUE', text, () => tm.distribute(value))
    assert.equal(tm.distribute(me), 0)
  `
  await runs(t, text, { nodes: 2 })
})

test('the largest value that is allowed arrives, and a refusal that nobody catches ends the run', async (t) => {
  const text = `${prelude}
    const big = tm.distribute(me === 0 ? new Float64Array(4_190_000).fill(2.5) : null)
    assert.equal(big.length, 4_190_000)
    assert.ok(big.every((x) => x === 2.5))
    tm.distribute(me === 0 ? [new Set()] : null)
  `
  const outcome = await run(t, text, { nodes: 2 })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(
    outcome.stderr,
    /process 0 \(node 0\): the value\[0\] cannot be distributed: it is an object of class Set/,
  )
  assert.match(outcome.stderr, /ERR_TM_VALUE: Distribute numbers/)
})
