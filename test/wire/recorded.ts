/** Recordings for tests: of simulated nodes with a recorder around each core, in memory, and how to read them. */
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { nodeId, procId } from '../../src/core/ids.js'
import { ArrayLockWords } from '../../src/core/lock-words.js'
import { RecordedNode } from '../../src/core/recorder.js'
import type { Step } from '../../src/core/step.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { Cluster } from '../../src/sim/cluster.js'
import type { Operation } from '../../src/sim/operation.js'
import {
  type RecordingHeader,
  RecordingReader,
  type RecordingSource,
  RecordingWriter,
} from '../../src/wire/recording.js'

const PAGES = 8
const PAGE_BYTES = 64

export class RecordedCluster {
  readonly cluster: Cluster
  readonly writers: readonly RecordingWriter[]

  constructor(nodes: number, coherence: CoherenceFactory = treadmarks) {
    this.cluster = new Cluster({ nodes, pages: PAGES, pageBytes: PAGE_BYTES, coherence })
    this.writers = this.cluster.nodes.map((node) => {
      const writer = new RecordingWriter(headerOf(node.id, nodes), crc32)
      const config = { self: node.id, nodes, threads: 1, memory: node.memory, coherence, counters: node.counters }
      const words = new ArrayLockWords(node.words, node.wordOf)
      const recorded = new RecordedNode({ ...config, words }, crc32, (step) => writer.step(step))
      Object.defineProperty(node, 'core', { value: recorded })
      return writer
    })
  }

  /** One operation after the other, as [node, operation], each to its end; a barrier or a wait until it waits. */
  run(operations: readonly (readonly [number, Operation])[]): void {
    for (const [node, operation] of operations) {
      for (let tries = 0; this.cluster.attempt(node, operation) === undefined && tries < 20; tries++) {
        this.cluster.settle()
        if (waiting.includes(operation.type)) break
      }
    }
    this.cluster.settle()
  }

  /** Closed; the bytes of each node's file. */
  recordings(): Uint8Array[] {
    return this.writers.map((writer) => {
      writer.end()
      return writer.bytes().slice()
    })
  }
}

const waiting: readonly string[] = ['barrier', 'wait', 'alloc', 'distribute']

export const headerOf = (self: number, nodes: number, protocol = 'treadmarks'): RecordingHeader => ({
  self: nodeId(self),
  nodes,
  threads: 1,
  pageBytes: PAGE_BYTES,
  heapBytes: PAGES * PAGE_BYTES,
  protocol,
})

/** Something of everything: a page that both write, a lock with a queue, a condition, memory that changes hands. */
const everything: readonly (readonly [number, Operation])[] = [
  [0, { type: 'store', address: 70, value: 1 }],
  [1, { type: 'store', address: 75, value: 2 }],
  [0, { type: 'barrier', id: 3 }],
  [1, { type: 'barrier', id: 3 }],
  [1, { type: 'barrier', id: 3 }],
  [0, { type: 'barrier', id: 3 }],
  [0, { type: 'load', address: 75 }],
  [1, { type: 'load', address: 70 }],
  [0, { type: 'acquire', lock: 5 }],
  [0, { type: 'store', address: 71, value: 3 }],
  [0, { type: 'wait', lock: 5, cond: 9 }],
  [1, { type: 'acquire', lock: 5 }],
  [1, { type: 'load', address: 71 }],
  [1, { type: 'signal', lock: 5, cond: 9 }],
  [1, { type: 'release', lock: 5 }],
  [0, { type: 'wait', lock: 5, cond: 9 }],
  [0, { type: 'release', lock: 5 }],
  [1, { type: 'malloc', block: 1, bytes: 24 }],
  [1, { type: 'storeBlock', block: 1, offset: 0, value: 8 }],
  [1, { type: 'free', block: 1 }],
  [0, { type: 'malloc', block: 2, bytes: 24 }],
]

/** Two nodes that do everything; a failed allocation and the end of a program besides. */
export function recordEverything(coherence?: CoherenceFactory): Uint8Array[] {
  const recorded = new RecordedCluster(2, coherence)
  recorded.run(everything)
  const { cluster } = recorded
  cluster.step(1, { type: 'malloc', proc: procId(1), bytes: 100_000, align: 0 })
  cluster.settle()
  cluster.step(1, { type: 'ended', proc: procId(1) })
  cluster.settle()
  return recorded.recordings()
}

export const sourceOf = (bytes: Uint8Array, name = 'test.tmrec'): RecordingSource => ({
  name,
  bytes: bytes.length,
  read(at, length) {
    assert.ok(at + length <= bytes.length, 'only what is there is read')
    return bytes.subarray(at, at + length)
  },
})

/** All steps of a recording, and its reader at the end. */
export function readAll(bytes: Uint8Array): { readonly steps: Step[]; readonly reader: RecordingReader } {
  const reader = new RecordingReader(sourceOf(bytes), crc32)
  const steps: Step[] = []
  for (let next = reader.next(); next !== undefined; next = reader.next()) steps.push(next.step)
  return { steps, reader }
}
