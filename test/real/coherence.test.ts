/**
 * The memory itself, between real processes: many writers per page lose no byte, whatever their offsets and
 * widths, under barriers and under locks. What comes out is compared with a replay on ordinary arrays.
 */
import { totalmem } from 'node:os'
import { test } from 'node:test'
import { prelude, runs } from './run.js'

const replay = `${prelude}
  const next = random(Number(process.argv[2] ?? 1))
  const PAGES = 3
  const bytes = tm.alloc(Uint8Array, PAGES * tm.pageSize, { name: 'bytes' })
  const mine = new DataView(tm.heap, bytes.byteOffset, bytes.length)
  const reference = new Uint8Array(bytes.length)
  const wanted = new DataView(reference.buffer)
  const check = (what) => {
    const at = reference.findIndex((byte, i) => byte !== bytes[i])
    assert.equal(at, -1, what + ': byte ' + at + ' is ' + bytes[at] + ', not ' + reference[at])
  }
`

test('two processes write neighbouring bytes between the same barriers, at every offset of a page', async (t) => {
  const text = `${replay}
    const { pageSize } = tm
    // Each round has one offset on each page; the pair meets at every boundary, that between pages included.
    for (let round = 0; round < pageSize / 16; round++) {
      for (let k = 0; k < 16; k++) {
        const first = ((k % PAGES) * pageSize + round * 16 + k) % bytes.length
        for (const [i, at] of [first, (first + 1) % bytes.length].entries()) {
          reference[at] = reference[at] + 1 + i
          if (me === (first + i) % n) bytes[at] = reference[at]
        }
      }
      tm.barrier(2 * round)
      check('round ' + round)
      tm.barrier(2 * round + 1)
    }
  `
  for (const nodes of [2, 3]) await runs(t, text, { nodes })
})

test('values of any width at any offset, written by whoever the dice name', async (t) => {
  const text = `${replay}
    const kinds = [
      [1, 'setUint8', () => Math.floor(next() * 256)],
      [2, 'setInt16', () => Math.floor(next() * 65536) - 32768],
      [4, 'setFloat32', () => next()],
      [4, 'setUint32', () => Math.floor(next() * 2 ** 32)],
      [8, 'setFloat64', () => next() * 1e9],
      [8, 'setBigInt64', () => BigInt(Math.floor(next() * 2 ** 50))],
    ]
    for (let round = 0; round < 40; round++) {
      // From sparse to dense: runs and bitmaps, and rounds in which a process writes what stands there already.
      const density = next() ** 2
      for (let at = 0; at + 8 <= bytes.length; ) {
        if (next() > density) {
          at += 1 + Math.floor(next() * 64)
          continue
        }
        const [width, setter, value] = kinds[Math.floor(next() * kinds.length)]
        const writer = Math.floor(next() * n)
        const written = round % 7 === 3 ? wanted[setter.replace('set', 'get')](at) : value()
        wanted[setter](at, written)
        if (writer === me) mine[setter](at, written)
        at += width
      }
      tm.barrier()
      // Not everybody looks every time: diffs pile up and come together.
      if ((round + me) % 3 !== 0) check('round ' + round)
      tm.barrier()
    }
    check('end')
  `
  await runs(t, text, { nodes: 4, args: ['11'] })
  await runs(t, text, { nodes: 3, args: ['12'], options: ['--page-size', '16384'] })
})

test('bytes of many locks lie among each other on a few pages', async (t) => {
  const text = `${replay}
    const LOCKS = 13
    // The dice deal each byte to a lock. All bytes of a lock tell how often it was taken: stale ones are seen at once.
    const owned = Array.from({ length: LOCKS }, () => [])
    for (let at = 0; at < bytes.length; at++) if (next() < 0.3) owned[Math.floor(next() * LOCKS)].push(at)
    const versions = tm.alloc(Uint32Array, LOCKS)
    const told = (at, version) => (version * 31 + at * 7 * (version > 0)) & 255
    const own = random(1000 + me)
    const taken = new Array(LOCKS).fill(0)
    for (let phase = 0; phase < 3; phase++) {
      for (let step = 0; step < 60; step++) {
        const lock = Math.floor(own() * LOCKS)
        tm.lockAcquire(lock)
        const version = versions[lock]
        for (const at of owned[lock])
          if (bytes[at] !== told(at, version)) assert.fail('lock ' + lock + ', version ' + version + ': byte ' + at + ' is ' + bytes[at])
        versions[lock] = version + 1
        for (const at of owned[lock]) bytes[at] = told(at, version + 1)
        taken[lock]++
        // Some hold two, always the smaller first.
        const second = lock + 1 + Math.floor(own() * 4)
        if (second < LOCKS && own() < 0.3) tm.withLock(second, () => {
          assert.equal(bytes[owned[second][0]], told(owned[second][0], versions[second]))
        })
        tm.lockRelease(lock)
      }
      tm.barrier()
    }
    const counts = tm.alloc(Uint32Array, n * LOCKS)
    counts.set(taken, me * LOCKS)
    tm.barrier()
    for (let lock = 0; lock < LOCKS; lock++) {
      let sum = 0
      for (let p = 0; p < n; p++) sum += counts[p * LOCKS + lock]
      assert.equal(versions[lock], sum)
      for (const at of owned[lock]) assert.equal(bytes[at], told(at, sum))
    }
    const free = bytes.findIndex((byte, at) => byte !== 0 && !owned.some((list) => list.includes(at)))
    assert.equal(free, -1)
  `
  for (const [nodes, seed] of [
    [2, '1'],
    [4, '2'],
    [8, '4'],
  ] as const)
    await runs(t, text, { nodes, args: [seed] })
})

test('barriers, locks and the allocator mixed, with readers that look now and then', async (t) => {
  const text = `${replay}
    const LOCKS = 5
    const locked = tm.alloc(Uint8Array, 2 * tm.pageSize)
    const versions = tm.alloc(Uint32Array, LOCKS)
    const own = random(Number(process.argv[2]) * 1000 + me)
    for (let round = 0; round < 50; round++) {
      const writers = Math.floor(next() * (n + 1))
      const density = next() ** 3
      for (let at = 0; at < bytes.length; at++) {
        if (next() > density) {
          at += Math.floor(next() * 40)
          continue
        }
        const writer = writers === 0 ? round % n : Math.floor(next() * writers)
        reference[at] = Math.floor(next() * 3)
        if (writer === me) bytes[at] = reference[at]
      }
      for (let times = Math.floor(own() * 6); times > 0; times--) {
        const lock = Math.floor(own() * LOCKS)
        tm.withLock(lock, () => {
          const version = versions[lock]++
          for (let at = lock; at < locked.length; at += LOCKS * 17) assert.equal(locked[at]++, version & 255)
        })
      }
      tm.barrier()
      if (own() < next()) check('round ' + round)
      else if (own() < 0.3) tm.free(tm.malloc(1 + Math.floor(own() * 9000)))
      tm.barrier()
    }
    check('end')
  `
  for (const [nodes, seed, options] of [
    [3, '1', []],
    [5, '2', []],
    [4, '3', ['--page-size', '16384']],
  ] as const)
    await runs(t, text, { nodes, args: [seed], options })
})

test('large pages, all of them new to all readers in every round', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Uint32Array, 72 * tm.pageSize / 4)
    const told = (i, round) => Math.imul(i + round, 2654435761) >>> 0
    for (let round = 1; round <= 2; round++) {
      if (me === 0) for (let i = 0; i < words.length; i++) words[i] = told(i, round)
      tm.barrier()
      for (let i = me; i < words.length; i += 997) assert.equal(words[i], told(i, round))
      tm.barrier()
    }
  `
  await runs(t, text, { nodes: 2, options: ['--heap', '128MiB', '--page-size', '1MiB'] })
})

test('addresses above 2 GiB', async (t) => {
  if (totalmem() < 8 * 2 ** 30) return t.skip('the machine is too small')
  const text = `${prelude}
    const all = tm.alloc(Uint8Array, 2 ** 32 - 2 ** 20)
    const [middle, end] = [2 ** 31 + 8, 2 ** 32 - 3 * 4096].map((at) => tm.view(Float64Array, at, 100))
    if (me === 1) end[5] = 9
    middle[me] = me + 1.5
    tm.barrier()
    assert.deepEqual([middle[0], middle[1], end[5], all[0]], [1.5, 2.5, 9, 0])
  `
  await runs(t, text, { nodes: 2, options: ['--heap', '4GiB'] })
})

test('whole-array operations of the language see and make the same bytes', async (t) => {
  const text = `${prelude}
    import { createHash } from 'node:crypto'
    const LENGTH = 5000
    const shared = tm.alloc(Float64Array, LENGTH)
    const plain = new Float64Array(LENGTH)
    const operations = [
      (a) => a.fill(3.5, 10, 4990),
      (a) => a.set(Float64Array.from({ length: 2000 }, (_, i) => (i * 7919) % 1009), 1500),
      (a) => a.copyWithin(100, 1400, 3600),
      (a) => a.set(a.subarray(0, 3000), 1000),
      (a) => a.sort(),
      (a) => a.reverse(),
      (a) => a.subarray(700, 4000).sort((x, y) => y - x),
      (a) => a.set(a.slice(0, 2500).map((x) => x * 2), 2500),
      (a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).fill('Grüße', 8, 30_000, 'utf8'),
      (a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).swap16(),
    ]
    const bytesOf = (a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)
    for (const [i, operation] of operations.entries()) {
      if (me === i % n) operation(shared)
      operation(plain)
      tm.barrier()
      // Equality, text, and a hash: read by the language, by Node's C++, and by somebody else's C.
      assert.ok(bytesOf(shared).equals(bytesOf(plain)), 'operation ' + i)
      assert.equal(bytesOf(shared).toString('latin1', 5, 20_000), bytesOf(plain).toString('latin1', 5, 20_000))
      const hash = (a) => createHash('sha256').update(bytesOf(a)).digest('hex')
      assert.equal(hash(shared), hash(plain))
      tm.barrier()
    }
  `
  await runs(t, text, { nodes: 3 })
})

test('every thread of a node may touch the heap, and Atomics hold among them', async (t) => {
  const text = `${prelude}
    import { Worker } from 'node:worker_threads'
    const array = tm.alloc(Int32Array, 8192, { name: 'counts' })
    const code = \`
      const { workerData: { heap, offset, from, to } } = require('node:worker_threads')
      const array = new Int32Array(heap, offset, 8192)
      for (let i = from; i < to; i++) for (let k = 0; k < 50; k++) Atomics.add(array, i, 1)
      Atomics.add(array, 0, array.slice(from, to).reduce((a, b) => a + b))
    \`
    const ran = (from, to) => new Promise((resolve) => {
      new Worker(code, { eval: true, workerData: { heap: tm.heap, offset: array.byteOffset, from, to } }).on('exit', resolve)
    })
    if (me === 0) array.fill(1, 1)
    tm.barrier()
    // Node 1 has none of these pages; three threads of it want them at once, for reading and for writing.
    if (me === 1) await Promise.all([ran(1, 3000), ran(1, 3000), ran(3000, 8192)])
    tm.barrier()
    assert.equal(array[1], 101)
    assert.equal(array[2999], 101)
    assert.equal(array[3000], 51)
    assert.equal(array[8191], 51)
    assert.ok(array[0] >= 5192 * 51 + 2 * 2999 * 51)
  `
  await runs(t, text, { nodes: 2 })
})
