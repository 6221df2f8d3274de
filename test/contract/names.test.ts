/** Who and where, memory, and the collective calls: the rows of the table of names. */
import assert from 'node:assert/strict'
import { ends, holds } from './sentence.js'

holds(
  'importing the module is joining the run',
  `console.log(JSON.stringify([tm.procId, tm.nprocs])); tm.barrier()`,
  { nodes: 3 },
  ({ lines }) => assert.deepEqual(lines.toSorted?.() ?? [...lines].sort(), ['[0,3]', '[1,3]', '[2,3]']),
)
holds(
  'without a launcher it is a run of one process',
  `assert.deepEqual([tm.procId, tm.nprocs, tm.nodeCount], [0, 1, 1])`,
  {},
)
holds(
  'procId is 0 … nprocs-1, and nprocs how many',
  `const seen = tm.alloc(Int32Array, n); seen[me]++; tm.barrier(); assert.ok(seen.every((times) => times === 1))`,
  { nodes: 4 },
)
holds(
  'nodeId and nodeCount: which operating-system process, and how many',
  `assert.deepEqual([tm.nodeId, tm.nodeCount], [me, 2])
   const pids = tm.alloc(Int32Array, 2); pids[tm.nodeId] = process.pid; tm.barrier(); assert.notEqual(pids[0], pids[1])`,
)
holds(
  'heap is the SharedArrayBuffer itself',
  `assert.ok(tm.heap instanceof SharedArrayBuffer)
   const words = tm.alloc(Int32Array, 4); assert.equal(words.buffer, tm.heap)`,
)
holds(
  'malloc, free: any process, any time',
  `const block = tm.malloc(100); tm.barrier(); tm.free(block)
   if (me === 1) for (let i = 0; i < 20; i++) tm.free(tm.malloc(10 + i))`,
)
holds(
  'an address is a byte offset into the heap, the same number everywhere, never 0',
  `const address = tm.distribute(me === 0 ? tm.malloc(64) : 0)
   assert.ok(address > 0)
   if (me === 1) new Uint8Array(tm.heap, address, 64)[5] = 7
   tm.barrier()
   assert.equal(tm.view(Uint8Array, address, 64)[5], 7)`,
)
holds(
  '8-byte aligned or options.align; a block of a page or more starts on a page boundary',
  `for (const bytes of [1, 3, 9, 100]) assert.equal(tm.malloc(bytes) % 8, 0)
   for (const align of [16, 256, 1 << 16]) assert.equal(tm.malloc(5, { align }) % align, 0)
   for (const bytes of [tm.pageSize, tm.pageSize + 1]) assert.equal(tm.malloc(bytes) % tm.pageSize, 0)`,
)
holds(
  'contents are zero, also of memory that was used before',
  `for (let i = 0; i < 5; i++) {
     const words = tm.view(Float64Array, tm.malloc(4096), 512)
     assert.ok(words.every((word) => word === 0))
     words.fill(1)
     tm.free(words)
   }`,
)
holds(
  'free takes an address or an array',
  `tm.free(tm.malloc(8)); tm.free(tm.view(Uint8Array, tm.malloc(8), 8))
   const all = tm.alloc(Uint8Array, 8); if (me === 0) tm.free(all); tm.barrier()`,
)
holds(
  'view: a typed array on that memory; beyond the heap it throws',
  `const address = tm.malloc(64)
   const view = tm.view(Float64Array, address, 8)
   view[7] = 1.5
   assert.equal(new Float64Array(tm.heap, address, 8)[7], 1.5)
   fails('ERR_TM_RANGE', /beyond the heap/, () => tm.view(Uint8Array, tm.heap.byteLength - 3, 4))
   fails('ERR_TM_RANGE', /beyond the heap/, () => tm.view(Float64Array, address, 1e12))`,
)
holds(
  'alloc: all processes call it in the same order with the same arguments and get the same zeroed memory',
  `const one = tm.alloc(Int32Array, 1000), two = tm.alloc(Float32Array, 10, { align: 64, name: 'two' })
   assert.ok(one.every((word) => word === 0) && two.length === 10 && two.byteOffset % 64 === 0)
   if (me === 1) { one[999] = 5; two[9] = 2.5 }
   tm.barrier()
   assert.deepEqual([one[999], two[9]], [5, 2.5])`,
)
holds(
  'alloc is collective and, like a barrier, meets',
  `const words = tm.alloc(Int32Array, 1)
   if (me === 0) words[0] = 3
   tm.alloc(Uint8Array, 1)
   assert.equal(words[0], 3)`,
)
ends(
  'an alloc that does not agree is an error that names both sides',
  `tm.alloc(me === 0 ? Int32Array : Float64Array, 7, { name: 'grid' })`,
  ({ code, stderr }) => {
    assert.equal(code, 1)
    const sides = ['process 0 allocates Int32Array(7) "grid"', 'process 1 allocates Float64Array(7) "grid"']
    // Whoever comes second is the one that does not agree.
    assert.ok(stderr.includes(sides.join(', but ')) || stderr.includes(sides.reverse().join(', but ')), stderr)
    assert.match(stderr, /ERR_TM_MEETING/)
  },
)
holds(
  'options.name labels it in statistics and errors',
  `tm.alloc(Int32Array, 4, { name: 'my grid' })[me] = 1
   tm.barrier()
   fails('ERR_TM_NO_MEMORY', /"enormous"/, () => tm.alloc(Float64Array, 2 ** 40, { name: 'enormous' }))`,
  { nodes: 2 },
  ({ stats }) => assert.ok(JSON.stringify(stats).includes('"my grid"')),
)
holds(
  'options.protocol chooses its protocol; what is not built yet answers "not yet"',
  `tm.alloc(Int32Array, 4, { protocol: 'treadmarks' })
   fails('ERR_TM_NOT_YET', /munin is not built yet/, () => tm.alloc(Int32Array, 4, { protocol: 'munin' }))`,
)
holds(
  'distribute: collective, meets: everyone gets process 0’s value',
  `const words = tm.alloc(Int32Array, 1)
   if (me === 1) words[0] = 9
   assert.deepEqual(tm.distribute(me === 0 ? { a: [1, 'x'] } : 'mine'), { a: [1, 'x'] })
   assert.equal(words[0], 9)`,
)
holds(
  'distribute: numbers, strings, booleans, null, arrays and plain objects of these, typed arrays',
  `const arrays = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
     Float32Array, Float64Array, BigInt64Array, BigUint64Array].map((type) => {
       const array = new type(3); array[1] = type.name.startsWith('Big') ? 7n : 7; return array })
   const value = [0, -0, 1.5, NaN, Infinity, '', 'ü€😀', true, false, null, [], {}, { x: { y: [1] } }, ...arrays]
   assert.deepEqual(tm.distribute(me === 0 ? value : undefined), value)
   if (me === 0) for (const wrong of [undefined, () => 1, Symbol('s'), 1n, new Date(0), new Map()])
     fails('ERR_TM_VALUE', /./, () => tm.distribute(wrong))`,
)
holds(
  'barrier waits for all processes',
  `const words = tm.alloc(Int32Array, n)
   for (let i = 1; i < 20; i++) { words[me] = i; tm.barrier(); assert.ok(words.every((word) => word === i)); tm.barrier(i) }`,
  { nodes: 4 },
)
ends('different barrier ids meeting is an error that says who is where', `tm.barrier(me)`, ({ code, stderr }) => {
  assert.equal(code, 1)
  assert.match(
    stderr,
    /process 0 waits at barrier 0, but process 1 waits at barrier 1|process 1 waits at barrier 1, but/,
  )
  assert.match(stderr, /ERR_TM_MEETING/)
})
holds(
  'phase: collective, meets: from here counters are also kept under this name',
  `const words = tm.alloc(Int32Array, 1)
   tm.barrier()
   if (me === 0) words[0] = 1
   tm.phase('work')
   assert.equal(words[0], 1)
   for (let i = 0; i < 10; i++) tm.barrier()`,
  { nodes: 2 },
  ({ stats }) => {
    const phases = (stats as unknown as { phases: Record<string, Record<string, number>> }).phases
    assert.equal(phases.work?.barriers, 20)
    assert.equal(stats.total.barriers, 22)
  },
)
holds(
  'stats: this node’s counters so far',
  `const before = tm.stats()
   tm.barrier(); tm.withLock(3, () => 0)
   const after = tm.stats()
   assert.equal(after.barriers - before.barriers, 1)
   assert.equal(after.lockAcquires - before.lockAcquires, 1)`,
)
