/** The allocator by itself, and malloc and free as synchronisation between nodes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allocator, decodeAllocation, encodeAllocation } from '../../src/core/allocator.js'
import {
  acquire,
  barrier,
  cluster,
  lastSent,
  load,
  PAGE,
  perform,
  randomFrom,
  release,
  store,
} from './cluster-helpers.js'

test('blocks are aligned, never at 0, and large ones start on a page and are whole pages', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  for (const bytes of [1, 7, 8, 100, 4095]) {
    const { address } = allocator.malloc(bytes, 0)
    assert.ok(address > 0)
    assert.equal(address % 8, 0)
  }
  assert.equal(allocator.malloc(16, 256).address % 256, 0)
  const large = allocator.malloc(4097, 0).address
  assert.equal(large % 4096, 0)
  const small = allocator.malloc(8, 0).address
  assert.ok(small < large || small >= large + 8192)
})

test('no room: what is free, and the largest block that such a request could get', () => {
  const allocator = new Allocator(16_384, 4096)
  const blocks = [1, 2, 3].map(() => allocator.malloc(4096, 0).address)
  assert.deepEqual(blocks, [4096, 8192, 12_288])
  assert.ok(allocator.free(4096))
  assert.ok(allocator.free(12_288))
  // Bytes 8 to 8192 are free, but a large block begins with a page.
  assert.deepEqual(allocator.malloc(8192, 0), { address: 0, used: false, free: 8192 + 4088, largest: 4096 })
  assert.deepEqual(allocator.malloc(8192, 16_384), { address: 0, used: false, free: 8192 + 4088, largest: 0 })
  const fresh = new Allocator(1024 ** 2, 4096)
  const { free, largest } = fresh.malloc(1024 ** 2 - 8, 0)
  assert.deepEqual([free, largest], [1024 ** 2 - 8, 1024 ** 2 - 4096])
  assert.equal(fresh.malloc(largest, 0).address, 4096)
  // What is asked for in units of 8 bytes, but begins far behind.
  const aligned = new Allocator(16_384, 4096)
  for (let i = 0; i < 3; i++) aligned.malloc(4096, 0)
  aligned.malloc(4000, 0)
  assert.deepEqual(aligned.malloc(96, 64), { address: 0, used: false, free: 88, largest: 64 })
})

test('freed neighbours become one block, and used memory is told from fresh', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  const [a, b, c] = [1, 2, 3].map(() => allocator.malloc(4096, 0).address) as [number, number, number]
  for (const address of [a, c, b]) assert.ok(allocator.free(address))
  assert.deepEqual(allocator.malloc(3 * 4096, 0), { address: a, used: true, free: 0, largest: 0 })
  assert.equal(allocator.malloc(4096, 0).used, false)
})

test('free refuses what is no block: a stranger, the middle of one, one freed already', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  const { address } = allocator.malloc(100, 0)
  assert.equal(allocator.free(address + 8), false)
  assert.equal(allocator.free(0), false)
  assert.ok(allocator.free(address))
  assert.equal(allocator.free(address), false)
})

test('random malloc and free never overlap and lose nothing', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomFrom(seed)
    const allocator = new Allocator(256 * 1024, 4096)
    const live = new Map<number, number>()
    for (let i = 0; i < 300; i++) {
      const [oldest] = live.keys()
      if (oldest !== undefined && random(2) === 0) {
        assert.ok(allocator.free(oldest))
        live.delete(oldest)
        continue
      }
      const bytes = 1 + random(random(4) === 0 ? 20_000 : 200)
      const { address } = allocator.malloc(bytes, 0)
      if (address === 0) continue
      for (const [start, size] of live) assert.ok(address + bytes <= start || start + size <= address)
      live.set(address, bytes)
    }
    for (const address of live.keys()) assert.ok(allocator.free(address))
    assert.equal(allocator.malloc(256 * 1024 - 4096, 0).address, 4096)
  }
})

test('memory for another protocol is whole pages from the upper end, and goes to it alone again', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  assert.deepEqual(allocator.malloc(8, 0), { address: 8, used: false, free: 0, largest: 0 })
  assert.deepEqual(allocator.malloc(8, 0, 'a'), { address: 15 * 4096, used: false, free: 0, largest: 0 })
  assert.equal(allocator.malloc(4097, 0, 'b').address, 13 * 4096)
  // The run's own memory is where it would be without the others, and as fresh.
  assert.deepEqual(allocator.malloc(8, 0), { address: 16, used: false, free: 0, largest: 0 })
  assert.ok(allocator.free(15 * 4096) && allocator.free(13 * 4096))
  assert.equal(allocator.malloc(1, 0, 'c').address, 12 * 4096)
  assert.equal(allocator.malloc(8, 16_384).address, 16_384)
  assert.deepEqual(allocator.malloc(100, 0, 'b'), { address: 13 * 4096, used: true, free: 0, largest: 0 })
  assert.deepEqual(allocator.malloc(100, 0, 'b'), { address: 14 * 4096, used: true, free: 0, largest: 0 })
  assert.equal(allocator.malloc(100, 0, 'b').address, 11 * 4096)
  assert.deepEqual(allocator.malloc(4096, 0, 'a'), { address: 15 * 4096, used: true, free: 0, largest: 0 })
  assert.equal(allocator.free(15 * 4096 + 8), false)
})

test('what alignment cuts off at the upper end is the run’s, and counts as used', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  assert.equal(allocator.malloc(4096, 32_768, 'a').address, 32_768)
  assert.deepEqual(allocator.malloc(6 * 4096, 0), { address: 4096, used: false, free: 0, largest: 0 })
  assert.deepEqual(allocator.malloc(7 * 4096, 0), { address: 9 * 4096, used: true, free: 0, largest: 0 })
  // The high-water mark has stayed below the ceiling.
  assert.deepEqual(allocator.malloc(4096, 0), { address: 7 * 4096, used: false, free: 0, largest: 0 })
})

test('no room for another protocol: what was never handed out, and what it has freed itself', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  allocator.malloc(5 * 4096, 0)
  assert.deepEqual(allocator.malloc(11 * 4096, 0, 'a'), { address: 0, used: false, free: 40_960, largest: 40_960 })
  assert.deepEqual(allocator.malloc(8, 65_536, 'a'), { address: 0, used: false, free: 40_960, largest: 0 })
  assert.equal(allocator.malloc(10 * 4096, 0, 'a').address, 6 * 4096)
  allocator.free(4096)
  allocator.free(6 * 4096)
  // The run's own memory is free again, but it was handed out.
  assert.deepEqual(allocator.malloc(8, 0, 'b'), { address: 0, used: false, free: 0, largest: 0 })
  assert.deepEqual(allocator.malloc(11 * 4096, 0, 'a'), { address: 0, used: false, free: 40_960, largest: 40_960 })
  assert.equal(allocator.malloc(5 * 4096, 0).address, 4096)
  assert.deepEqual(allocator.malloc(4096, 0), { address: 0, used: false, free: 4088, largest: 0 })
})

test('what could be given under another protocol begins on a page and is whole pages', () => {
  const allocator = new Allocator(64 * 1024, 4096)
  assert.ok(allocator.couldGive(8, 8, 0) && allocator.couldGive(0, 8, 0, 'a') && allocator.couldGive(4096, 8, 0, 'a'))
  for (const address of [8, 4104, 64 * 1024]) assert.equal(allocator.couldGive(address, 8, 0, 'a'), false)
  assert.equal(allocator.couldGive(15 * 4096, 4097, 0, 'a'), false)
})

test('random blocks of several protocols never share a page, and what is freed comes back', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomFrom(seed)
    const allocator = new Allocator(256 * 1024, 4096)
    const live = new Map<number, number>()
    const owners = new Map<number, string>()
    for (let i = 0; i < 300; i++) {
      const [oldest] = live.keys()
      if (oldest !== undefined && random(2) === 0) {
        assert.ok(allocator.free(oldest))
        live.delete(oldest)
        continue
      }
      const protocol = [undefined, 'a', 'b'][random(3)]
      const bytes = 1 + random(random(4) === 0 ? 20_000 : 200)
      const { address, used } = allocator.malloc(bytes, 0, protocol)
      if (address === 0) continue
      for (const [start, size] of live) assert.ok(address + bytes <= start || start + size <= address)
      live.set(address, bytes)
      for (let page = Math.floor(address / 4096); page * 4096 < address + bytes; page++) {
        const owner = owners.get(page)
        assert.ok(owner === undefined || owner === (protocol ?? 'run'), `seed ${seed}, page ${page}`)
        assert.ok(owner !== undefined || !used || protocol === undefined)
        owners.set(page, protocol ?? 'run')
      }
    }
    for (const address of live.keys()) assert.ok(allocator.free(address))
    const pages = (of: string): number => [...owners.values()].filter((owner) => owner === of).length
    assert.equal(allocator.malloc(256 * 1024, 0, 'a').free, 4096 * (pages('a') + never(owners)))
  }
})

/** Pages between the last of the run and the first of the others. */
function never(owners: ReadonlyMap<number, string>): number {
  const own = [...owners].filter(([, owner]) => owner === 'run').map(([page]) => page)
  const others = [...owners].filter(([, owner]) => owner !== 'run').map(([page]) => page)
  return Math.min(64, ...others) - 1 - Math.max(0, ...own)
}

test('the description of an allocation survives as bytes; a malformed one is refused', () => {
  const allocation = { bytes: 4096, align: 64, label: 'Float64Array(512) "x"' }
  assert.deepEqual(decodeAllocation(encodeAllocation(allocation)), allocation)
  for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => decodeAllocation(encodeAllocation({ ...allocation, bytes: bad })), /malformed/)
  }
  for (const bad of [3, -8, 0.5, Number.NaN, 2 ** 31]) {
    assert.throws(() => decodeAllocation(encodeAllocation({ ...allocation, align: bad })), /malformed/)
  }
  assert.throws(() => decodeAllocation(new Uint8Array(15)), /malformed/)
  const under = { ...allocation, protocol: 'home-lrc' }
  assert.deepEqual(decodeAllocation(encodeAllocation(under)), under)
  assert.deepEqual(decodeAllocation(encodeAllocation({ ...under, label: '' })), { ...under, label: '' })
  for (const bad of ['', '\n', 'ü', 'a\0b', 'x'.repeat(65)]) {
    assert.throws(() => decodeAllocation(encodeAllocation({ ...allocation, protocol: bad })), /malformed/)
  }
})

test('malloc elsewhere costs one request and one reply, and none at the manager', () => {
  const c = cluster(2)
  perform(c, 0, { type: 'malloc', block: 0, bytes: 8 })
  assert.equal(c.sent.length, 0)
  perform(c, 1, { type: 'malloc', block: 0, bytes: 8 })
  assert.equal(c.sent.length, 2)
})

test('free then malloc elsewhere is synchronisation: the old owner’s bytes never come back', () => {
  const c = cluster(4)
  const address = perform(c, 1, { type: 'malloc', block: 0, bytes: PAGE })
  for (let a = 0; a < PAGE; a++) store(c, 1, address + a, 100)
  perform(c, 1, { type: 'free', block: 0 })
  assert.equal(perform(c, 2, { type: 'malloc', block: 0, bytes: PAGE }), address)
  assert.equal(lastSent(c, 'mallocReply').used, true)
  // The new owner has zeroed the memory, and its zeros come after the old bytes everywhere.
  acquire(c, 2, 3)
  release(c, 2, 3)
  acquire(c, 3, 3)
  for (let a = 0; a < PAGE; a++) assert.equal(load(c, 3, address + a), 0)
  barrier(c)
  for (let n = 0; n < 4; n++) assert.equal(load(c, n, address), 0)
})

test('fresh memory brings no notices', () => {
  const c = cluster(2)
  store(c, 0, 0, 1)
  perform(c, 1, { type: 'malloc', block: 0, bytes: PAGE })
  assert.deepEqual(lastSent(c, 'mallocReply').rider.intervals, [])
})
