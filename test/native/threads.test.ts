/** Several threads load the addon: they share one heap, call the service, wake its poll, and may end. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { addon, closeInterval, makeHeap, nextMiss, PAGE, ProgramThread, State } from './heap.js'

const native = addon()
const heap = makeHeap(native)
const threads = [new ProgramThread(heap), new ProgramThread(heap)] as const
const noFds = new Int32Array(0)
after(() => Promise.all(threads.map((thread) => thread.end())))

const elapsed = (run: () => void): number => {
  const start = performance.now()
  run()
  return performance.now() - start
}

test('two workers and the main thread write beside each other', () => {
  threads[0].startStore(PAGE, 1)
  threads[1].startStore(2 * PAGE, 2)
  heap.bytes[3 * PAGE] = 3
  for (const thread of threads) thread.finish()
  threads[0].startStore(5 * PAGE, 1)
  threads[1].startStore(5 * PAGE + 1, 2)
  for (const thread of threads) thread.finish()
  assert.deepEqual([...heap.bytes.subarray(5 * PAGE, 5 * PAGE + 2)], [1, 2])
  assert.deepEqual(closeInterval(native, heap), [1, 2, 3, 5])
})

test('both miss one page and it is fetched once', () => {
  native.invalidate(7, heap.diff)
  threads[0].startLoad(7 * PAGE)
  threads[1].startLoad(7 * PAGE + 1)
  assert.equal(nextMiss(native), 7)
  native.applyDiff(7, Uint8Array.of(0, 0, 2, 10, 20))
  native.openPage(7)
  assert.deepEqual([threads[0].finish(), threads[1].finish()], [10, 20])
  assert.equal(native.takeMiss(), -1)
})

test('a call wakes poll and waits for its answer', () => {
  const [thread] = threads
  for (let i = 0; i < 200; i++) {
    thread.startCall()
    while (Atomics.load(thread.words, 3) === 0) assert.equal(native.poll(noFds, 0, 10_000), 0)
    assert.equal(Atomics.load(thread.words, 3), 1)
    assert.equal(thread.busy, true)
    native.answer(thread.words, 3)
    thread.finish()
  }
})

test('poll sleeps until its time is over', () => {
  while (elapsed(() => native.poll(noFds, 0, 1)) < 0.5);
  assert.ok(elapsed(() => assert.equal(native.poll(noFds, 0, 50), 0)) >= 49)
})

test('wakeService before poll and during it makes it return', () => {
  native.wakeService()
  assert.ok(elapsed(() => assert.equal(native.poll(noFds, 0, 10_000), 0)) < 5000)
  // The call's wake-up comes while poll sleeps, or shortly before; a later poll sleeps again.
  threads[1].startCall()
  assert.ok(elapsed(() => assert.equal(native.poll(noFds, 0, 10_000), 0)) < 5000)
  native.answer(threads[1].words, 3)
  threads[1].finish()
})

test('the addon and its handler stay when the workers that loaded it end', async () => {
  const short = new ProgramThread(heap)
  short.startStore(9 * PAGE, 1)
  short.finish()
  await short.end()
  heap.bytes[10 * PAGE] = 1
  assert.equal(native.handlerInstalled(), true)
  assert.deepEqual(closeInterval(native, heap), [9, 10])
})

const inChild = (body: string): string =>
  `const native = require(${JSON.stringify(process.cwd())} + '/build/treadmarks.node'); ${body}`

test('exitNow leaves at once, though a thread sits in a fault', () => {
  const body = inChild(`
    const { Worker } = require('node:worker_threads')
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    native.heapCreate(new Uint8Array(memory.buffer), 4096, true, 100)
    native.invalidate(0, new Uint8Array(4608))
    const script = 'new Uint8Array(require("node:worker_threads").workerData)[0]'
    new Worker(script, { eval: true, workerData: memory.buffer })
    while (native.takeMiss() === -1) native.poll(new Int32Array(0), 0, 1000)
    require('node:fs').writeSync(1, 'missed')
    native.exitNow(7)
  `)
  const { status, stdout } = spawnSync(process.execPath, ['-e', body], { encoding: 'utf8', timeout: 20_000 })
  assert.deepEqual([status, stdout], [7, 'missed'])
})

test('a process of the program does not inherit the heap', () => {
  const maps = execFileSync('cat', ['/proc/self/maps'], { encoding: 'utf8' })
  assert.doesNotMatch(maps, /memfd:treadmarks/)
  const descriptors = execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })
  assert.doesNotMatch(descriptors, /memfd|eventfd/)
})

test('dieWithParent: the child ends when its parent is killed', { timeout: 20_000 }, async () => {
  const child = inChild(`native.dieWithParent(); console.log('ready'); setInterval(() => {}, 1000)`)
  const parent = spawn(process.execPath, [
    '-e',
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'inherit'] })
     setInterval(() => {}, 1000)`,
  ])
  await once(parent.stdout, 'data')
  parent.kill('SIGKILL')
  // The parent's standard output closes with the last process that holds it, which is the child.
  await once(parent.stdout, 'close')
})

test('an open heap never traps', () => {
  const body = inChild(`
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    const bytes = new Uint8Array(memory.buffer)
    native.heapCreate(bytes, 4096, false, 100)
    bytes.fill(9)
    const counters = new Float64Array(6)
    native.trapCounters(counters)
    const out = new Uint32Array(16)
    const diff = new Uint8Array(4608)
    console.log(JSON.stringify([native.closeInterval(out, true), native.invalidate(3, diff), native.makeDiff(3, diff),
      native.renew(3, diff), bytes[3 * 4096], native.handlerInstalled(), counters[1], native.pageState(3)]))
  `)
  const stdout = execFileSync(process.execPath, ['-e', body], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(stdout), [0, -1, -1, -1, 9, false, 0, State.CLEAN])
})
