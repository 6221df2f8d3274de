/**
 * A heap for tests of the addon, in one process: the test's own thread is the service, and workers are the
 * program threads. A worker runs commands that the test writes into shared memory, so that the test can serve
 * pages while the worker is stopped in a fault.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Binding, binding } from '../../src/runtime/binding.js'
import { type Memory, wasm } from './webassembly.js'

export const PAGE = 4096

/** State numbers of `pageState`. */
export const State = { INVALID: 0, FETCHING: 1, CLEAN: 2, TWINNING: 3, DIRTY: 4, NOTED: 5, CLOSING: 6 } as const

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const addonPath = fromRoot('build/treadmarks.node')

/** The addon, built when it is not. */
export function addon(): Binding {
  execFileSync(process.execPath, [fromRoot('scripts/build-native.mjs')])
  return binding()
}

export interface TestHeap {
  readonly memory: Memory
  readonly bytes: Uint8Array
  readonly pages: number
  /** Bytes of a diff's buffer. */
  readonly diff: Uint8Array
}

export function makeHeap(native: Binding, pages = 256, trapped = true): TestHeap {
  const wasmPages = (pages * PAGE) / 65_536
  const memory = new wasm.Memory({ initial: wasmPages, maximum: wasmPages, shared: true })
  const bytes = new Uint8Array(memory.buffer)
  native.heapCreate(bytes, PAGE, trapped, 10_000)
  return { memory, bytes, pages, diff: new Uint8Array(PAGE + PAGE / 8) }
}

export function closeInterval(native: Binding, heap: TestHeap): number[] {
  const out = new Uint32Array(heap.pages)
  return [...out.subarray(0, native.closeInterval(out, true))]
}

/** A copy of the diff of a page that is NOTED. */
export const takeDiff = (native: Binding, heap: TestHeap, page: number): Uint8Array =>
  heap.diff.slice(0, native.makeDiff(page, heap.diff))

const IDLE = 0
const LOAD = 1
const STORE = 2
const COPY = 3
const CALL = 4
const END = 5

/* words: command, address, value, the call word. */
const script = `
  const { workerData: { addonPath, buffer, shared } } = require('node:worker_threads')
  const native = require(addonPath)
  const bytes = new Uint8Array(buffer)
  const words = new Int32Array(shared, 0, 4)
  const copy = new Uint8Array(shared, 16)
  for (;;) {
    Atomics.wait(words, 0, ${IDLE})
    const [command, address, value] = words
    if (command === ${LOAD}) words[2] = bytes[address]
    if (command === ${STORE}) bytes[address] = value
    if (command === ${COPY}) copy.set(bytes.subarray(address, address + copy.length))
    if (command === ${CALL}) native.call(words, 3)
    Atomics.store(words, 0, ${IDLE})
    Atomics.notify(words, 0)
    if (command === ${END}) break
  }
`

/** A program thread that does what it is told. */
export class ProgramThread {
  private readonly shared = new SharedArrayBuffer(16 + PAGE)
  readonly words = new Int32Array(this.shared, 0, 4)
  readonly copied = new Uint8Array(this.shared, 16)
  readonly worker: Worker
  readonly exited: Promise<unknown>

  constructor(heap: TestHeap) {
    const workerData = { addonPath, buffer: heap.memory.buffer, shared: this.shared }
    this.worker = new Worker(script, { eval: true, workerData })
    this.exited = new Promise((resolve) => this.worker.once('exit', resolve))
  }

  private start(command: number, address = 0, value = 0): void {
    this.words[1] = address
    this.words[2] = value
    Atomics.store(this.words, 0, command)
    Atomics.notify(this.words, 0)
  }
  startLoad(address: number): void {
    this.start(LOAD, address)
  }
  startStore(address: number, value: number): void {
    this.start(STORE, address, value)
  }
  startCopy(page: number): void {
    this.start(COPY, page * PAGE)
  }
  startCall(): void {
    this.start(CALL)
  }

  get busy(): boolean {
    return Atomics.load(this.words, 0) !== IDLE
  }
  /** Waits until the command is done; returns what was loaded. */
  finish(): number {
    for (let command = Atomics.load(this.words, 0); command !== IDLE; command = Atomics.load(this.words, 0)) {
      if (Atomics.wait(this.words, 0, command, 10_000) === 'timed-out') throw new Error(`command ${command} hangs`)
    }
    return this.words[2] as number
  }
  async end(): Promise<void> {
    this.start(END)
    await this.exited
  }
}

const noFds = new Int32Array(0)

/** Waits in `poll`, as the service does, until a thread has missed a page. */
export function nextMiss(native: Binding): number {
  const end = Date.now() + 10_000
  for (;;) {
    const page = native.takeMiss()
    if (page !== -1) return page
    if (Date.now() > end) throw new Error('no miss came')
    native.poll(noFds, 0, 1000)
  }
}
