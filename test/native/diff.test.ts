/** The native diff equals the reference, on a real heap: twins are made by real write faults. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { applyDiff, makeDiff, maxDiffBytes } from '../../src/core/diff.js'
import { addon, closeInterval, makeHeap, nextMiss, PAGE, ProgramThread, State, takeDiff } from './heap.js'

const native = addon()
const heap = makeHeap(native)
const thread = new ProgramThread(heap)
after(() => thread.end())

const contentOf = (page: number): Uint8Array => heap.bytes.slice(page * PAGE, (page + 1) * PAGE)

/** Overwrites the page; afterwards it is clean. Returns the diff. */
function write(page: number, content: Uint8Array): Uint8Array {
  heap.bytes.set(content, page * PAGE)
  assert.deepEqual(closeInterval(native, heap), [page])
  return takeDiff(native, heap, page)
}

/** A page and a changed one: stretches of `longest` bytes at most, `density` of them changed. */
const twoPages = fc
  .record({
    base: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    density: fc.constantFrom(0.001, 0.01, 0.05, 0.11, 0.125, 0.14, 0.3, 0.5, 0.9, 1),
    longest: fc.constantFrom(1, 2, 7, 8, 60, 3000),
    seed: fc.integer(),
  })
  .map(({ base, density, longest, seed }) => {
    const twin = Uint8Array.from({ length: PAGE }, (_, i) => (base[i % 64] as number) ^ (i >> 6))
    const current = twin.slice()
    let state = seed | 1
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      return (state >>> 8) / 2 ** 24
    }
    for (let i = 0; i < PAGE; ) {
      const end = Math.min(PAGE, i + 1 + Math.floor(random() * longest))
      if (random() < density) for (let j = i; j < end; j++) current[j] = (current[j] as number) + 1 + random() * 255
      i = end
    }
    return { twin, current }
  })

const settings = { numRuns: 300, seed: 20_260 }

test('makeDiff gives the bytes of the reference', () => {
  let kinds = ''
  fc.assert(
    fc.property(twoPages, ({ twin, current }) => {
      const before = contentOf(3)
      if (Buffer.compare(before, twin) !== 0) assert.deepEqual(write(3, twin), makeDiff(before, twin))
      const expected = makeDiff(twin, current)
      const made = write(3, current)
      assert.deepEqual(made, expected)
      assert.ok(made.length <= maxDiffBytes(PAGE))
      kinds += made.length === 0 ? '-' : made[0]
    }),
    settings,
  )
  assert.match(kinds, /0/)
  assert.match(kinds, /1/)
})

/** What a program thread sees of the page after `apply` was called while it waits for it. */
function fetch(page: number, apply: () => void): Uint8Array {
  native.invalidate(page, heap.diff)
  thread.startCopy(page)
  assert.equal(nextMiss(native), page)
  assert.equal(native.pageState(page), State.FETCHING)
  apply()
  native.openPage(page)
  thread.finish()
  return thread.copied.slice()
}

test('applyDiff takes diffs of the reference', () => {
  fc.assert(
    fc.property(twoPages, ({ twin, current }) => {
      const before = fetch(4, () => {})
      const seen = fetch(4, () => {
        assert.equal(native.applyDiff(4, makeDiff(before, twin)), true)
        assert.equal(native.applyDiff(4, makeDiff(twin, current)), true)
      })
      assert.deepEqual(seen, current)
    }),
    { ...settings, numRuns: 100 },
  )
})

test('applyDiff refuses what the reference refuses, and writes nothing', () => {
  const before = fetch(5, () => {})
  native.invalidate(5, heap.diff)
  thread.startCopy(5)
  nextMiss(native)
  const head = fc.constantFrom([0], [1], [2], [0, 0xff, 0x1f], [0, 0x80, 0x20], [0, 0xff, 0xff, 0xff, 0xff, 0x7f])
  const broken = fc
    .tuple(head, fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 0, 510, 4093))
    .map(([first, rest, zeros]) => Uint8Array.from([...first, ...rest, ...new Uint8Array(zeros)]))
  let refused = 0
  fc.assert(
    fc.property(broken, (diff) => {
      const expected = applyDiff(new Uint8Array(PAGE), diff)
      if (expected) return
      refused++
      assert.equal(native.applyDiff(5, diff), false)
    }),
    { ...settings, numRuns: 1000 },
  )
  assert.ok(refused > 300)
  native.openPage(5)
  thread.finish()
  assert.deepEqual(thread.copied.slice(), before)
})

test('a diff that came through the heap stays the same when it is made again', () => {
  const diff = write(
    6,
    Uint8Array.from({ length: PAGE }, (_, i) => i * 7),
  )
  const copy = fetch(7, () => assert.equal(native.applyDiff(7, diff), true))
  assert.deepEqual(copy, contentOf(6))
  // Page 7 was written by a diff, not by this node: there is nothing to tell.
  assert.deepEqual(closeInterval(native, heap), [])
})
