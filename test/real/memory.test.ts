/**
 * malloc, free, view and alloc between real processes: the same zeroed, aligned memory everywhere, whoever
 * had it before, and an error that helps for every way of asking wrongly.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run, runs } from './run.js'

test('malloc gives zeroed, aligned memory that overlaps no other, under one address everywhere', async (t) => {
  const text = `${prelude}
    const mail = tm.alloc(Float64Array, n * 64, { name: 'mail' })
    const sizes = [1, 7, 8, 9, 100, 4095, 4096, 4097, 65536, 100000]
    const aligns = [0, 1, 8, 16, 64, 4096, 65536]
    const blocks = []
    for (const [i, bytes] of sizes.entries()) {
      const align = aligns[i % aligns.length]
      const address = tm.malloc(bytes, align ? { align } : {})
      assert.ok(address > 0)
      assert.equal(address % Math.max(8, align), 0)
      if (bytes >= tm.pageSize) assert.equal(address % tm.pageSize, 0)
      const view = tm.view(Uint8Array, address, bytes)
      assert.ok(view.every((byte) => byte === 0))
      blocks.push([address, bytes])
    }
    for (const [i, [address, bytes]] of blocks.entries()) tm.view(Uint8Array, address, bytes).fill(1 + me * 16 + i)
    mail.set(blocks.flat(), me * 64)
    tm.barrier()
    const ranges = []
    for (let p = 0; p < n; p++) for (let i = 0; i < sizes.length; i++) {
      const [address, bytes] = mail.subarray(p * 64 + 2 * i)
      assert.ok(tm.view(Uint8Array, address, bytes).every((byte) => byte === 1 + p * 16 + i))
      ranges.push([address, address + bytes])
    }
    ranges.sort((a, b) => a[0] - b[0])
    ranges.reduce((end, [from, to]) => (assert.ok(from >= end), to), 8)
    assert.ok(tm.heap instanceof SharedArrayBuffer && mail.buffer === tm.heap)
    tm.barrier()
    if (me === 1) for (const [from] of ranges) tm.free(from)
  `
  await runs(t, text, { nodes: 4 })
})

test('alloc gives everyone the same array, zeroed also where it was used before', async (t) => {
  const text = `${prelude}
    const types = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
      Float32Array, Float64Array, BigInt64Array, BigUint64Array]
    const next = random(7)
    for (let round = 0; round < 22; round++) {
      const type = types[round % types.length]
      const length = 1 + Math.floor(next() * 3000)
      const align = round % 3 === 0 ? 512 : undefined
      const array = tm.alloc(type, length, { name: 'round ' + round, align })
      assert.ok(array instanceof type && array.length === length)
      assert.equal(array.byteOffset % (align ?? type.BYTES_PER_ELEMENT), 0)
      const big = type === BigInt64Array || type === BigUint64Array
      const value = (x) => (big ? BigInt(x) : x)
      assert.ok(array.every((x) => x === value(0)), 'zeroed in round ' + round)
      tm.barrier()
      for (let i = me; i < length; i += n) array[i] = value(i % 100)
      tm.barrier()
      assert.ok(array.every((x, i) => x === value(i % 100)))
      tm.barrier()
      if (me === round % n) tm.free(array)
      // Now and then the memory is given out again while the others have not heard that it is free.
      if (round % 2 === 0) tm.barrier()
    }
  `
  await runs(t, text, { nodes: 3, options: ['--heap', '128K'] })
})

/**
 * The freer and the next owner share no lock and no barrier, only the allocator: the heap is so small that the
 * second gets the memory of the first, or none. A third node must see the new owner's bytes, and zeros, and
 * nothing that the old owner or an even older one wrote.
 */
test('memory freed by one process and given to another holds zeros, and no old diff comes back', async (t) => {
  const text = `${prelude}
    const { view, pageSize } = tm
    const next = random(Number(process.argv[2]))
    const mail = tm.alloc(Float64Array, 4)
    const patiently = (bytes) => {
      for (;;) try { return tm.malloc(bytes) } catch (error) { assert.equal(error.code, 'ERR_TM_NO_MEMORY') }
    }
    for (let round = 0; round < 12; round++) {
      const bytes = 36000 + Math.floor(next() * 8000)
      const [first, second, third] = [0, 1, 2].map((i) => (round + i) % 3)
      if (me === first) {
        mail[0] = tm.malloc(bytes)
        view(Uint8Array, mail[0], bytes).fill(0x11 + round)
      }
      tm.barrier()
      // All of them have a copy, and diffs of their own, of every page.
      const old = view(Uint8Array, mail[0], bytes)
      assert.ok(old.every((byte) => byte === 0x11 + round))
      tm.barrier()
      for (let i = me; i < bytes; i += 3) old[i] = 0x80 + me
      tm.barrier(1)
      if (me === first) {
        for (let i = 0; i < bytes; i += 5) old[i] = 0xee
        tm.free(mail[0])
      }
      if (me === second) {
        const size = bytes - Math.floor(next() * 1000)
        const address = patiently(size)
        const mine = view(Uint8Array, address, size)
        assert.ok(mine.every((byte) => byte === 0), 'zeroed in round ' + round)
        for (let i = 0; i < size; i += 7) mine[i] = 0x55
        mail[1] = address
        mail[2] = size
      } else next()
      tm.barrier(2)
      const now = view(Uint8Array, mail[1], mail[2])
      const wrong = now.findIndex((byte, i) => byte !== (i % 7 === 0 ? 0x55 : 0))
      assert.equal(wrong, -1, 'round ' + round + ': byte ' + wrong + ' is ' + now[wrong])
      tm.barrier(3)
      if (me === third) tm.free(mail[1])
      tm.barrier(4)
    }
  `
  for (const seed of ['1', '2']) await runs(t, text, { nodes: 3, options: ['--heap', '64K'], args: [seed] })
})

test('what malloc, free, view and alloc refuse, and how they say it', async (t) => {
  const text = `${prelude}
    const caught = (body) => { try { body() } catch (error) { return error.message } }
    const bytes = tm.heap.byteLength
    fails('ERR_TM_ARGUMENT', /malloc: bytes must be an integer from 1/, () => tm.malloc(0))
    for (const wrong of [-1, 1.5, Number.NaN, Infinity, undefined, 2 ** 53, Object.create(null), [8]])
      fails('ERR_TM_ARGUMENT', /malloc: bytes/, () => tm.malloc(wrong))
    // What looks like a number is shown as what it is.
    fails('ERR_TM_ARGUMENT', /^malloc: bytes must be an integer from 1 to \\d+, not '8'$/, () => tm.malloc('8'))
    fails('ERR_TM_ARGUMENT', /, not 8n$/, () => tm.malloc(8n))
    fails('ERR_TM_ARGUMENT', /^view: address .*, not 8n$/, () => tm.view(Uint8Array, 8n, 1))
    for (const align of [3, -8, 2 ** 31, '8', Number.NaN, Object.create(null)])
      fails('ERR_TM_ARGUMENT', /align must be a power of two up to 2³⁰, not /, () => tm.malloc(8, { align }))
    for (const options of [null, 8, 'align', () => 8]) {
      fails('ERR_TM_ARGUMENT', /^malloc: options must be an object, not /, () => tm.malloc(8, options))
      fails('ERR_TM_ARGUMENT', /^alloc: options must be an object, not /, () => tm.alloc(Uint8Array, 8, options))
    }
    for (const protocol of ['nonsense', null, 7, Object.create(null)])
      fails('ERR_TM_ARGUMENT', /^alloc: protocol .* is not known; known are treadmarks, home-lrc, /, () => tm.alloc(Uint8Array, 8, { protocol }))
    fails('ERR_TM_NOT_YET', /protocol munin/, () => tm.malloc(8, { protocol: 'munin' }))
    for (const size of [bytes, bytes + 1, 2 ** 40, Number.MAX_SAFE_INTEGER])
      fails('ERR_TM_NO_MEMORY', new RegExp('malloc of ' + size + ' bytes: the shared heap has no room: \\\\d+ bytes are free, \\\\d+ in the largest'), () => tm.malloc(size))
    const block = tm.malloc(100)
    for (const wrong of [block + 8, bytes - 8])
      fails('ERR_TM_BAD_FREE', new RegExp('free\\\\(' + wrong + '\\\\): no allocated block begins there'), () => tm.free(wrong))
    for (const wrong of [0, -1, bytes, 0.5]) assert.throws(() => tm.free(wrong), tm.TreadMarksError)
    for (const [wrong, shown] of [['8', "'8'"], [null, 'null'], [undefined, 'undefined'], [{}, 'Object'], [new ArrayBuffer(8), 'ArrayBuffer']])
      fails('ERR_TM_ARGUMENT', new RegExp('^free: the argument must be the address of a block, or an array that begins there, not ' + shown + '$'), () => tm.free(wrong))
    // All that is left, and said to be.
    const most = Number(/(\\d+) in the largest block/.exec(caught(() => tm.malloc(bytes)))[1])
    assert.ok(most > 0 && most % tm.pageSize === 0)
    tm.barrier()
    if (me === 0) tm.free(tm.malloc(most))
    tm.barrier()
    fails('ERR_TM_ARGUMENT', /not in the shared heap/, () => tm.free(new Uint8Array(8)))
    tm.free(tm.view(Uint8Array, block, 100))
    fails('ERR_TM_BAD_FREE', /no allocated block begins there/, () => tm.free(block))
    fails('ERR_TM_RANGE', /view of Float64Array, bytes \\d+ to \\d+, reaches beyond the heap/, () => tm.view(Float64Array, bytes - 8, 2))
    fails('ERR_TM_RANGE', /address 12 is not aligned for Float64Array/, () => tm.view(Float64Array, 12, 1))
    fails('ERR_TM_RANGE', /reaches beyond the heap/, () => tm.view(Uint8Array, bytes + 1, 0))
    fails('ERR_TM_ARGUMENT', /view: length/, () => tm.view(Uint8Array, 0, -1))
    fails('ERR_TM_ARGUMENT', /typed array's constructor/, () => tm.view(Array, 0, 1))
    fails('ERR_TM_ARGUMENT', /typed array's constructor/, () => tm.alloc(DataView, 1))
    assert.equal(tm.view(Uint8Array, bytes - 1, 1).length, 1)
    fails('ERR_TM_ARGUMENT', /alloc: length/, () => tm.alloc(Uint8Array, 0))
    fails('ERR_TM_ARGUMENT', /align/, () => tm.alloc(Uint8Array, 1, { align: 12 }))
    for (const name of ['', 'x'.repeat(65), 7, null])
      fails('ERR_TM_ARGUMENT', /^alloc: name must be a string of 1 to 64 characters, not /, () => tm.alloc(Uint8Array, 1, { name }))
    fails('ERR_TM_NOT_YET', /protocol munin/, () => tm.alloc(Uint8Array, 1, { protocol: 'munin' }))
    // Refused on all processes alike, and the run goes on.
    fails('ERR_TM_NO_MEMORY', /alloc of Float64Array\\(99999999\\) "grid", 799999992 bytes: the shared heap has no room/,
      () => tm.alloc(Float64Array, 99_999_999, { name: 'grid' }))
    tm.barrier()
    const parts = Array.from({ length: 6 }, () => tm.malloc(8192))
    for (const [i, part] of parts.entries()) if (i % 2 === 0) tm.free(part)
    tm.barrier()
    tm.alloc(Uint8Array, 10)[0] = 1
  `
  for (const nodes of [undefined, 2])
    await runs(t, text, { nodes, options: nodes === undefined ? [] : ['--heap', '1MiB'] })
})

test('an allocation on which the processes do not agree names both sides', async (t) => {
  const cases = [
    ['Float64Array, 8', 'Float64Array(8)', 'Float32Array, 8', 'Float32Array(8)'],
    ['Int8Array, 8', 'Int8Array(8)', 'Int8Array, 9', 'Int8Array(9)'],
    ["Int8Array, 8, { name: 'a' }", 'Int8Array(8) "a"', "Int8Array, 8, { name: 'ü' }", 'Int8Array(8) "\\u00fc"'],
    ['Int8Array, 8', 'Int8Array(8)', 'Int8Array, 8, { align: 64 }', 'Int8Array(8) align 64'],
  ] as const
  for (const [zero, zeroLabel, one, oneLabel] of cases) {
    const outcome = await run(t, `${prelude} me === 0 ? tm.alloc(${zero}) : tm.alloc(${one})`, { nodes: 2 })
    assert.equal(outcome.code, 1, described(outcome))
    for (const side of [`process 0 allocates ${zeroLabel}`, `process 1 allocates ${oneLabel}`, 'ERR_TM_MEETING']) {
      assert.ok(outcome.stderr.includes(side), `${side} is not in ${outcome.stderr}`)
    }
  }
})
