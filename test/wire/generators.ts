/**
 * Random messages for the wire tests, within the bounds of a run, and a few runs to take bounds from. The
 * seed is fixed: a failure is the same failure tomorrow.
 */
import fc from 'fast-check'
import { maxDiffBytes } from '../../src/core/diff.js'
import { condId, intervalIndex, lockId, nodeId, type PageId, pageId, procId } from '../../src/core/ids.js'
import type { Interval, Rider } from '../../src/core/interval.js'
import { type Message, meetingKinds } from '../../src/core/messages.js'
import { MAILBOX_BYTES } from '../../src/limits.js'
import type { Bounds } from '../../src/wire/bounds.js'

export const SEED = 19_940_117
/** For `fc.assert`. */
export const runs = (numRuns: number): { seed: number; numRuns: number } => ({ seed: SEED, numRuns })

const boundsOf = (nodes: number, threads: number, pages: number, pageBytes: number): Bounds => ({
  nodes,
  procs: nodes * threads,
  pages,
  pageBytes,
  heapBytes: pages * pageBytes,
})
export const small = boundsOf(4, 2, 1000, 4096)
/** One of everything; the usual; the most nodes; a heap at its limit. */
export const allBounds: readonly Bounds[] = [
  boundsOf(1, 1, 1, 8),
  small,
  boundsOf(256, 1, 300, 64),
  boundsOf(8, 4, 1_048_576, 4096),
]

/** Objects as the decoder makes them: with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>

const MAX_U32 = 2 ** 32 - 1
const u32 = (min: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min, max: 200 }), fc.integer({ min, max: MAX_U32 }), fc.constantFrom(min, MAX_U32))
const upTo = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, max, Math.floor(max / 2)))
const blob = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: Math.min(max, 600) })

const vectorTime = (nodes: number): fc.Arbitrary<Uint32Array> =>
  fc
    .oneof(fc.constant([]), fc.array(u32(0), { maxLength: nodes }), fc.array(fc.nat(3), { maxLength: nodes }))
    .map((entries) => Uint32Array.from({ length: nodes }, (_, i) => entries[i % (entries.length + 1)] ?? 0))

const pageList = (pages: number): fc.Arbitrary<PageId[]> =>
  fc.array(fc.tuple(upTo(pages - 1), fc.integer({ min: 1, max: 40 })), { maxLength: 8 }).map((stretches) => {
    const set = new Set<number>()
    for (const [first, length] of stretches) for (let p = first; p < Math.min(pages, first + length); p++) set.add(p)
    return [...set].sort((a, b) => a - b).map(pageId)
  })

const interval = (bounds: Bounds): fc.Arbitrary<Interval> =>
  fc
    .tuple(upTo(bounds.nodes - 1), u32(1), vectorTime(bounds.nodes), pageList(bounds.pages))
    .map(([node, index, time, pages]) => {
      time[node] = index
      return { node: nodeId(node), index: intervalIndex(index), time, pages }
    })

const rider = (bounds: Bounds): fc.Arbitrary<Rider> =>
  record({ time: vectorTime(bounds.nodes), intervals: fc.array(interval(bounds), { maxLength: 5 }) })

type Generators = { readonly [T in Message['type']]: fc.Arbitrary<Extract<Message, { type: T }>> }

/** A generator for each type of message. */
export function messagesOf(bounds: Bounds): Generators {
  const node = upTo(bounds.nodes - 1).map(nodeId)
  const proc = upTo(bounds.procs - 1).map(procId)
  const page = upTo(bounds.pages - 1).map(pageId)
  const index = u32(1).map(intervalIndex)
  const lock = u32(0).map(lockId)
  const heapBytes = upTo(bounds.heapBytes)
  const time = vectorTime(bounds.nodes)
  const bytes = blob(maxDiffBytes(bounds.pageBytes))
  const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name)
  const riding = rider(bounds)
  const pages = fc.uniqueArray(page).map((some) => some.sort((a, b) => a - b))
  const sleepers = fc.array(record({ cond: u32(0).map(condId), proc }), { maxLength: 8 })
  return {
    lockRequest: record({ type: type('lockRequest'), lock, requester: node, time }),
    lockForward: record({ type: type('lockForward'), lock, requester: node, time }),
    lockGrant: record({ type: type('lockGrant'), lock, rider: riding, sleepers }),
    lockTry: record({ type: type('lockTry'), lock, requester: node, time }),
    lockTryForward: record({ type: type('lockTryForward'), lock, requester: node, time }),
    lockTried: record({ type: type('lockTried'), lock, granted: fc.boolean() }),
    lockBusy: record({ type: type('lockBusy'), lock }),
    parcel: record({ type: type('parcel'), from: proc, to: proc, bytes: blob(1000) }),
    parcelTaken: record({
      type: type('parcelTaken'),
      from: proc,
      to: proc,
      cost: fc.integer({ min: 1, max: MAILBOX_BYTES }),
    }),
    condWake: record({ type: type('condWake'), lock, proc }),
    arrive: record({
      type: type('arrive'),
      kind: fc.constantFrom(...meetingKinds),
      id: u32(0),
      rider: riding,
      payload: blob(1000),
    }),
    depart: record({ type: type('depart'), rider: riding, payload: blob(1000) }),
    mallocRequest: record({
      type: type('mallocRequest'),
      proc,
      bytes: fc.maxSafeNat().map((bytes) => Math.max(1, bytes)),
      align: fc.nat(31).map((code) => (code === 0 ? 0 : 2 ** (code - 1))),
      time,
    }),
    mallocReply: record({
      type: type('mallocReply'),
      proc,
      address: heapBytes,
      used: fc.boolean(),
      free: heapBytes,
      largest: heapBytes,
      rider: riding,
    }),
    freeRequest: record({ type: type('freeRequest'), proc, address: heapBytes, rider: riding }),
    freeReply: record({ type: type('freeReply'), proc, ok: fc.boolean() }),
    ended: record({ type: type('ended'), proc }),
    diffRequest: record({ type: type('diffRequest'), wants: fc.array(record({ page, node, index })) }),
    diffKeep: record({ type: type('diffKeep'), pages }),
    pageRequest: record({
      type: type('pageRequest'),
      page,
      requester: node,
      needs: fc.array(record({ node, index }), { maxLength: 5 }),
      take: fc.boolean(),
      moves: u32(0),
    }),
    pageReply: record({
      type: type('pageReply'),
      page,
      bytes,
      moves: u32(0),
      yours: fc.boolean(),
      applied: fc.array(record({ node, index }), { maxLength: 5 }),
    }),
    homeFlush: record({
      type: type('homeFlush'),
      diffs: fc.array(
        record({ page, node, index, bytes }).map((diff) => ({
          ...diff,
          after: Math.floor(diff.index / 2),
          moves: diff.index - 1,
        })),
      ),
    }),
    homeClaim: record({ type: type('homeClaim'), pages }),
    homeIs: record({ type: type('homeIs'), homes: fc.array(record({ page, home: node, moves: u32(0) })) }),
    homeOffer: record({ type: type('homeOffer'), page }),
    eagerFlush: record({ type: type('eagerFlush'), id: u32(1), diffs: fc.array(record({ page, bytes })) }),
    eagerFlushed: record({ type: type('eagerFlushed'), id: u32(1) }),
    eagerUpdate: record({ type: type('eagerUpdate'), diffs: fc.array(record({ page, bytes })) }),
    eagerInvalidate: record({ type: type('eagerInvalidate'), pages }),
    eagerAck: record({ type: type('eagerAck'), dropped: pages }),
    pageRecall: record({ type: type('pageRecall'), page, next: node }),
    pageRecalled: record({ type: type('pageRecalled'), page }),
    diffPush: record({
      type: type('diffPush'),
      diffs: fc.array(record({ page, node, index, bytes, all: fc.boolean() })),
    }),
    diffReply: record({ type: type('diffReply'), diffs: fc.array(record({ page, node, index, bytes })) }),
  }
}

export const anyMessage = (bounds: Bounds): fc.Arbitrary<Message> =>
  fc.oneof(...(Object.values(messagesOf(bounds)) as fc.Arbitrary<Message>[]))
