/** Stores and loads of JavaScript and WebAssembly into the heap are trapped and settled; foreign traps are not ours. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { deflateRaw, inflateRawSync } from 'node:zlib'
import { MAX_STALE_FAULTS } from '../../src/limits.js'
import { addon, closeInterval, makeHeap, nextMiss, PAGE, ProgramThread, State, takeDiff } from './heap.js'
import { type Memory, wasm } from './webassembly.js'

const native = addon()
const heap = makeHeap(native)
const thread = new ProgramThread(heap)
after(() => thread.end())

const counters = (): number[] => {
  const out = new Float64Array(6)
  native.trapCounters(out)
  return [...out]
}
const pageCounters = (first: number, end: number): number[] => {
  const out = new Float64Array(3)
  native.pageCounters(first, end, out)
  return [...out]
}

/**
 * A module that imports "e"."m", a shared memory of `pages` wasm pages, and exports `load(address)` and
 * `store(address, value)` of one byte. Assembled by hand.
 */
function wasmBytes(pages: number): Uint8Array {
  const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content]
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)]
  const code = (...body: number[]): number[] => [body.length + 2, 0, ...body, 0x0b]
  const load = code(0x20, 0, 0x2d, 0, 0)
  const store = code(0x20, 0, 0x20, 1, 0x3a, 0, 0)
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 0),
    ...section(2, 1, ...name('e'), ...name('m'), 2, 3, pages, pages),
    ...section(3, 2, 0, 1),
    ...section(7, 2, ...name('load'), 0, 0, ...name('store'), 0, 1),
    ...section(10, 2, ...load, ...store),
  ])
}

interface Peek {
  load(address: number): number
  store(address: number, value: number): void
}
const instance = (memory: Memory): Peek =>
  new wasm.Instance(new wasm.Module(wasmBytes(memory.buffer.byteLength / 65_536)), { e: { m: memory } })
    .exports as unknown as Peek

test('the heap starts clean, trapped, as zeros', () => {
  assert.equal(native.handlerInstalled(), true)
  assert.equal(native.trapTrouble(), 0)
  assert.equal(native.pageState(0), State.CLEAN)
  assert.ok(heap.bytes.every((byte) => byte === 0))
  assert.deepEqual(counters(), [0, 0, 0, 0, 1, 10_000])
})

test('a store of JavaScript is settled in the handler', () => {
  heap.bytes[3 * PAGE + 8] = 42
  assert.equal(heap.bytes[3 * PAGE + 8], 42)
  assert.deepEqual(pageCounters(3, 4), [0, 1, 1])
  assert.deepEqual(pageCounters(0, heap.bytes.length / PAGE), [0, 1, 1])
  assert.deepEqual([...pageCounters(0, 3), ...pageCounters(4, 4)], [0, 0, 0, 0, 0, 0])
  for (const [first, end] of [
    [-1, 1],
    [4, 3],
    [0, heap.bytes.length / PAGE + 1],
  ] as const)
    assert.throws(() => pageCounters(first, end), /first|end/)
  assert.equal(native.pageState(3), State.DIRTY)
  assert.deepEqual(closeInterval(native, heap), [3])
  assert.equal(native.pageState(3), State.NOTED)
  assert.deepEqual(takeDiff(native, heap, 3), Uint8Array.of(0, 8, 1, 42))
  assert.equal(native.pageState(3), State.CLEAN)
  const [, writeFaults, twins, , mappings] = counters()
  assert.deepEqual([writeFaults, twins, mappings], [1, 1, 1])
})

test('stores of every kind of view, aligned or not, across pages', () => {
  new Float64Array(heap.memory.buffer)[4 * 512] = Math.PI
  new DataView(heap.memory.buffer).setFloat64(7 * PAGE - 4, Math.E)
  Atomics.add(new Int32Array(heap.memory.buffer), 8 * 1024, 5)
  heap.bytes.fill(1, 9 * PAGE, 12 * PAGE)
  assert.deepEqual(closeInterval(native, heap), [4, 6, 7, 8, 9, 10, 11])
  assert.equal(new DataView(heap.memory.buffer).getFloat64(7 * PAGE - 4), Math.E)
  assert.equal(Atomics.load(new Int32Array(heap.memory.buffer), 8 * 1024), 5)
  for (let page = 4; page < 12; page++) native.makeDiff(page, heap.diff)
})

test('a dirty page is not invalidated before its interval is closed', () => {
  heap.bytes[13 * PAGE] = 1
  assert.equal(native.invalidate(13, heap.diff), -2)
  assert.deepEqual(closeInterval(native, heap), [13])
  assert.equal(native.invalidate(13, heap.diff), 4)
  assert.equal(native.pageState(13), State.INVALID)
  assert.equal(native.invalidate(13, heap.diff), -1)
  assert.equal(native.makeDiff(13, heap.diff), -1)
})

test('a miss wakes poll, and the load sees what came', () => {
  assert.equal(native.invalidate(14, heap.diff), -1)
  thread.startLoad(14 * PAGE + 5)
  assert.equal(nextMiss(native), 14)
  assert.equal(native.takeMiss(), -1)
  assert.equal(thread.busy, true)
  assert.equal(native.applyDiff(14, Uint8Array.of(0, 5, 1, 99)), true)
  native.openPage(14)
  assert.equal(thread.finish(), 99)
  assert.equal(native.pageState(14), State.CLEAN)
})

test('a missed store finds the page open for writing, with what came beside it', () => {
  assert.equal(native.invalidate(15, heap.diff), -1)
  thread.startStore(15 * PAGE, 7)
  assert.equal(nextMiss(native), 15)
  assert.equal(native.applyDiff(15, Uint8Array.of(0, 5, 1, 99)), true)
  native.openPage(15)
  thread.finish()
  assert.equal(native.pageState(15), State.DIRTY)
  assert.deepEqual([heap.bytes[15 * PAGE], heap.bytes[15 * PAGE + 5]], [7, 99])
  assert.deepEqual(closeInterval(native, heap), [15])
  assert.deepEqual(takeDiff(native, heap, 15), Uint8Array.of(0, 0, 1, 7))
})

test('a WebAssembly module imports the heap as its memory', () => {
  const module = instance(heap.memory)
  assert.equal(module.load(3 * PAGE + 8), 42)
  module.store(20 * PAGE, 77)
  assert.equal(heap.bytes[20 * PAGE], 77)
  assert.deepEqual(closeInterval(native, heap), [20])
  assert.deepEqual(takeDiff(native, heap, 20), Uint8Array.of(0, 0, 1, 77))
})

test('WebAssembly beyond the heap, and elsewhere, still throws a RuntimeError', () => {
  const end = heap.bytes.length
  const module = instance(heap.memory)
  const other = instance(new wasm.Memory({ initial: 1, maximum: 1, shared: true }))
  for (let i = 0; i < 3; i++) {
    assert.throws(() => module.load(end), wasm.RuntimeError)
    assert.throws(() => module.store(-1, 1), wasm.RuntimeError)
    assert.throws(() => other.load(65_536), wasm.RuntimeError)
    assert.throws(() => other.store(0x7fffffff, 1), wasm.RuntimeError)
    module.store(21 * PAGE + i, 1)
  }
  assert.equal(native.pageState(21), State.DIRTY)
  assert.equal(native.handlerInstalled(), true)
  closeInterval(native, heap)
})

test('a pool thread of libuv may miss a page too', async () => {
  assert.equal(native.invalidate(22, heap.diff), -1)
  const compressed = promisify(deflateRaw)(heap.bytes.subarray(22 * PAGE, 23 * PAGE))
  assert.equal(nextMiss(native), 22)
  native.applyDiff(22, Uint8Array.of(0, 1, 1, 5))
  native.openPage(22)
  const page = inflateRawSync(await compressed)
  assert.deepEqual([page.length, page[0], page[1], page[2]], [PAGE, 0, 5, 0])
})

test('the mappings the trap counts are those of the kernel', () => {
  for (let page = 30; page < 60; page += 3) heap.bytes[page * PAGE] = 1
  // With the memory's first address unknown to JavaScript, its mappings are told by the name of the file.
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n')
  const views = lines.filter((line) => line.includes('/memfd:treadmarks'))
  assert.equal(views.length - 1, counters()[4])
  for (const page of closeInterval(native, heap)) native.makeDiff(page, heap.diff)
})

test('operations on a page in the wrong state are exceptions, not damage', () => {
  assert.throws(() => native.openPage(50), /not in a state/)
  assert.throws(() => native.applyDiff(50, new Uint8Array(0)), /not in a state/)
  assert.throws(() => native.heapCreate(heap.bytes, PAGE, true, 100), /exists already/)
})

test('the bound of stale faults is the one of limits.ts', () => {
  const header = readFileSync(new URL('../../native/page_table.h', import.meta.url), 'utf8')
  assert.equal(Number(/#define MAX_STALE_FAULTS (\d+)/.exec(header)?.[1]), MAX_STALE_FAULTS)
})
