/**
 * What must not happen, shown by counters: pages that nobody asks for are neither twinned nor diffed again,
 * pages that nobody wrote are not fetched, a lock that stays sends nothing. And what must happen at once: a
 * page is served while the thread that wrote it computes, or has ended.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Outcome, prelude, reports, runs, total } from './run.js'

/** How a counter grows from a run to a longer one, by step. */
const growth = (name: string, short: Outcome, long: Outcome, steps: number): number =>
  (total(long, name) - total(short, name)) / steps

test('a barrier costs 2(n-1) messages', async (t) => {
  const text = `${prelude} for (let i = 0; i < Number(process.argv[2]); i++) tm.barrier(i % 3)`
  for (const nodes of [2, 4]) {
    const short = await runs(t, text, { nodes, args: ['10'] })
    const long = await runs(t, text, { nodes, args: ['60'] })
    assert.equal(growth('messages', short, long, 50), 2 * (nodes - 1))
    assert.equal(growth('barriers', short, long, 50), nodes)
    for (const name of ['intervals', 'twins', 'pagesFetched', 'diffsCreated']) assert.equal(total(long, name), 0)
  }
})

test('inner pages, written in every half-iteration, are neither twinned nor diffed again', async (t) => {
  const nodes = 4
  const inner = 8
  const text = `${prelude}
    const PER = ${inner + 2}
    const words = tm.pageSize / 8
    const plate = tm.alloc(Float64Array, n * PER * words)
    const first = me * PER
    let sum = 0
    for (let half = 0; half < Number(process.argv[2]); half++) {
      for (let page = first; page < first + PER; page++)
        for (let i = 0; i < words; i++) plate[page * words + i] += i + half
      tm.barrier()
      // The neighbours' edges.
      if (me > 0) sum += plate[(first - 1) * words + (half % words)]
      if (me < n - 1) sum += plate[(first + PER) * words + (half % words)]
      tm.barrier()
    }
    assert.ok(Number.isFinite(sum))
  `
  const short = await runs(t, text, { nodes, args: ['12'] })
  const long = await runs(t, text, { nodes, args: ['52'] })
  const edges = 2 * (nodes - 1)
  // The rule is for a half-iteration with one barrier; here each has two.
  assert.ok(growth('messages', short, long, 40) <= 8 * (nodes - 1) + edges)
  assert.ok(growth('twins', short, long, 40) <= edges)
  assert.ok(growth('diffsCreated', short, long, 40) <= edges)
  assert.ok(growth('pagesFetched', short, long, 40) <= edges)
  // Nor are they trapped: the edges alone are opened again.
  assert.ok(growth('writeFaults', short, long, 40) <= edges)
  assert.ok(total(short, 'twins') >= nodes * inner)
  assert.ok(total(short, 'twins') <= nodes * inner + 13 * edges)
})

test('a page nobody wrote is never fetched, nor one that nobody reads', async (t) => {
  const text = `${prelude}
    const bytes = tm.alloc(Uint8Array, 300 * tm.pageSize)
    if (me === 0) for (let page = 0; page < 50; page++) bytes[page * tm.pageSize] = page + 1
    tm.barrier()
    const before = tm.stats()
    // Pages that nobody wrote, on every process; and three of those that were written.
    for (let page = 50; page < 300; page++) assert.equal(bytes[page * tm.pageSize + me], 0)
    const between = tm.stats()
    if (me > 0) for (const page of [3, 17, 40]) assert.equal(bytes[page * tm.pageSize], page + 1)
    const after = tm.stats()
    tm.barrier()
    const delta = (name, a, b) => b[name] - a[name]
    const names = ['messages', 'readFaults', 'pagesFetched']
    console.log(JSON.stringify({ procId: me, nobody: names.map((name) => delta(name, before, between)),
      written: names.map((name) => delta(name, between, after)) }))
  `
  const outcome = await runs(t, text, { nodes: 3 })
  for (const { procId, nobody, written } of reports<{ procId: number; nobody: number[]; written: number[] }>(outcome)) {
    if (procId > 0) assert.deepEqual({ nobody, written }, { nobody: [0, 0, 0], written: [3, 3, 3] })
  }
  assert.equal(total(outcome, 'pagesFetched'), 6)
  assert.equal(total(outcome, 'diffsCreated'), 3)
})

test('a lock taken again by its last holder sends nothing', async (t) => {
  const text = `${prelude}
    const counts = tm.alloc(Int32Array, 10)
    // Lock 0 belongs to node 0: node 1 has to ask for it, once.
    if (me === 1) tm.withLock(0, () => counts[0]++)
    const before = tm.stats()
    if (me === 1) for (let i = 0; i < 1000; i++) tm.withLock(0, () => counts[0]++)
    const after = tm.stats()
    tm.barrier()
    assert.equal(counts[0], 1001)
    console.log(JSON.stringify({ procId: me, grown: ['messages', 'bytes', 'remoteLockAcquires', 'lockAcquires', 'twins']
      .map((name) => after[name] - before[name]) }))
  `
  const outcome = await runs(t, text, { nodes: 2 })
  assert.deepEqual(reports<{ procId: number; grown: number[] }>(outcome)[1]?.grown, [0, 0, 0, 1000, 0])
})

/**
 * The writer's thread leaves its loop only when the reader has finished: a helper thread in its process sees a
 * file that the reader makes then. Were the reader served only when the writer comes back to the library,
 * neither would ever go on, but for the helper, which gives up and says so.
 */
const spinning = `${prelude}
  import { existsSync, writeFileSync } from 'node:fs'
  import { Worker } from 'node:worker_threads'
  const path = process.argv[1] + '.done'
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const code = \`
    const { parentPort, workerData: { path, flag } } = require('node:worker_threads')
    const { existsSync } = require('node:fs')
    parentPort.postMessage('ready')
    const end = Date.now() + 20_000
    while (!existsSync(path) && Date.now() < end) Atomics.wait(flag, 0, 0, 1)
    Atomics.store(flag, 0, existsSync(path) ? 1 : 2)
  \`
  const helper = () => new Promise((resolve) => {
    new Worker(code, { eval: true, workerData: { path, flag } }).once('message', resolve)
  })
`

test('a miss and a lock are served while the thread that has them computes without pause', async (t) => {
  const text = `${spinning}
    const words = tm.alloc(Int32Array, 2048)
    if (me === 0) {
      await helper()
      tm.lockAcquire(0)
      for (let i = 0; i < 2000; i++) words[i] = i + 1
      tm.lockRelease(0)
      tm.barrier()
      // It goes on writing the very page that the other wants.
      let rounds = 0
      while (flag[0] === 0) words[2000 + (rounds++ % 48)] = rounds
      assert.equal(flag[0], 1, 'the reader was not served while the writer computed')
      tm.barrier()
    } else {
      tm.barrier()
      tm.lockAcquire(0)
      for (let i = 1; i < 2000; i++) assert.equal(words[i], i + 1)
      words[0] = 77
      tm.lockRelease(0)
      writeFileSync(path, '')
      tm.barrier()
    }
    assert.equal(words[0], 77)
    assert.ok(words[2000] > 0)
  `
  for (const nodes of [2, 3]) await runs(t, text, { nodes })
})

test('a lock released by a thread that computes is free for the one that waits, in the order of asking', async (t) => {
  const text = `${spinning}
    const words = tm.alloc(Int32Array, 16)
    if (me === 0) {
      await helper()
      tm.lockAcquire(5)
      tm.barrier()
      // Long enough for both requests to be here; then the release must go out although nothing follows it.
      for (const end = performance.now() + 50; performance.now() < end; );
      words[0] = 1
      tm.lockRelease(5)
      while (flag[0] === 0);
      assert.equal(flag[0], 1, 'a released lock was not passed on')
    } else {
      tm.barrier()
      tm.lockAcquire(5)
      words[words[0]++] = me
      tm.lockRelease(5)
      tm.lockAcquire(9)
      words[15]++
      const last = words[15] === n - 1
      tm.lockRelease(9)
      if (last) writeFileSync(path, '')
    }
    tm.barrier()
    assert.equal(words[0], n)
    assert.deepEqual([...words.subarray(1, n)].sort(), Array.from({ length: n - 1 }, (_, i) => i + 1))
  `
  await runs(t, text, { nodes: 3 })
})

test('those who have ended go on serving pages and locks', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, n * 1024)
    const turn = tm.alloc(Int32Array, 1)
    // One after the other writes its page and ends; the last reads all of them from processes that are gone.
    for (;;) {
      tm.lockAcquire(3)
      if (turn[0] === me) break
      tm.lockRelease(3)
    }
    for (let p = 0; p < me; p++)
      for (let i = 0; i < 1024; i++) assert.equal(words[p * 1024 + i], p * 10_000 + i)
    for (let i = 0; i < 1024; i++) words[me * 1024 + i] = me * 10_000 + i
    turn[0]++
    tm.lockRelease(3)
    console.log('end', me)
    if (me % 2 === 0) tm.exit(0)
  `
  const outcome = await runs(t, text, { nodes: 4 })
  // Each line comes through a pipe of its own, so their order says nothing.
  assert.deepEqual(outcome.stdout.trim().split('\n').sort(), ['end 0', 'end 1', 'end 2', 'end 3'])
})
