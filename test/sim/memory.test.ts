/** The software memory by single steps: each situation in which page states go wrong in a plausible program. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyDiff } from '../../src/core/diff.js'
import { pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { SoftwareMemory } from '../../src/sim/memory.js'

const PAGE = 64
const P = pageId(0)
const memory = (): SoftwareMemory => new SoftwareMemory(2, PAGE)

/** A store of thread `slot`, to its end if nothing holds it up. */
function store(m: SoftwareMemory, slot: number, offset: number, value: number): boolean {
  for (;;) {
    const access = m.access(slot, P, true)
    if (access === 'waits') return false
    if (access === 'stepped') continue
    m.bytes[offset] = value
    return true
  }
}

/** The bytes that a diff writes, by offset. */
function changes(diff: Uint8Array): Record<number, number> {
  const page = new Uint8Array(PAGE)
  assert.ok(applyDiff(page, diff))
  return Object.fromEntries([...page.entries()].filter(([, byte]) => byte !== 0))
}

test('a write fault makes the twin before the page is open, and lists the page', () => {
  const m = memory()
  assert.equal(m.access(0, P, true), 'stepped')
  assert.equal(m.state(P), PageState.TWINNING)
  assert.equal(m.twin(P), undefined)
  assert.ok(store(m, 0, 3, 7))
  assert.equal(m.twin(P)?.[3], 0)
  assert.deepEqual(m.closeInterval(true), [P])
  assert.deepEqual(changes(m.makeDiff(P)), { 3: 7 })
})

test('two threads fault on one page: one makes the twin, the other waits until it is published', () => {
  const m = memory()
  let woken = 0
  m.published = () => woken++
  assert.equal(m.access(0, P, true), 'stepped')
  assert.equal(m.access(1, P, true), 'waits')
  assert.ok(store(m, 0, 0, 1))
  assert.equal(woken, 1)
  assert.ok(store(m, 1, 1, 2))
  assert.equal(m.twinsMade, 1)
  assert.equal(m.writeFaults, 1)
})

test('a page that is being opened when the interval closes is in this interval if it is listed, else in the next', () => {
  for (const [steps, listed] of [
    [2, false],
    [3, true],
    [4, true],
  ] as const) {
    const m = memory()
    for (let i = 0; i < steps; i++) assert.equal(m.access(0, P, true), 'stepped')
    const first = m.closeInterval(true)
    assert.deepEqual(first, listed ? [P] : [], `after ${steps} steps`)
    assert.ok(store(m, 0, 5, 9))
    const second = m.closeInterval(true)
    assert.deepEqual([...first, ...second], [P])
    assert.deepEqual(changes(m.makeDiff(P)), { 5: 9 })
  }
})

test('a thread that writes while its noted page is diffed is in that diff or in the next, never in none', () => {
  for (let moment = 0; moment < 6; moment++) {
    const m = memory()
    store(m, 0, 0, 1)
    m.closeInterval(true)
    let pauses = 0
    let written = false
    m.pause = () => {
      if (pauses++ === moment) written = store(m, 0, 1, 2)
    }
    const first = changes(m.makeDiff(P))
    m.pause = () => {}
    if (!written) assert.ok(store(m, 0, 1, 2))
    const second = m.closeInterval(true).length > 0 ? changes(m.makeDiff(P)) : {}
    assert.deepEqual({ ...first, ...second }, { 0: 1, 1: 2 }, `at pause ${moment}`)
  }
})

test('a notice during TWINNING waits for the handler, and finds a dirty page', () => {
  const m = memory()
  m.access(0, P, true)
  assert.equal(m.invalidate(P), 'dirty')
  assert.equal(m.state(P), PageState.DIRTY)
})

test('a notice for a noted page makes its diff and closes the page', () => {
  const m = memory()
  store(m, 0, 4, 8)
  m.closeInterval(true)
  const diff = m.invalidate(P)
  assert.ok(diff instanceof Uint8Array)
  assert.deepEqual(changes(diff), { 4: 8 })
  assert.equal(m.access(0, P, false), 'waits')
  assert.deepEqual(m.misses, [P])
})

test('a read and a write fault on one closed page are one miss, and the page opens for writing', () => {
  const m = memory()
  m.invalidate(P)
  assert.equal(m.access(0, P, false), 'waits')
  assert.equal(m.access(1, P, true), 'waits')
  assert.deepEqual(m.misses, [P])
  m.open(P)
  assert.equal(m.state(P), PageState.DIRTY)
  assert.deepEqual(m.closeInterval(true), [P])
})

test('an open page is patched; a writer that comes meanwhile makes its twin afterwards, and what is patched is no write', () => {
  const m = memory()
  const patch = Uint8Array.of(0, 2, 1, 6)
  let met = ''
  m.pause = () => {
    if (m.state(P) === PageState.CLOSING) met = m.access(0, P, true)
  }
  assert.ok(m.patch(P, patch))
  assert.equal(met, 'waits')
  m.pause = () => {}
  assert.ok(store(m, 0, 3, 7))
  m.closeInterval(true)
  assert.deepEqual(changes(m.makeDiff(P)), { 3: 7 })
  assert.equal(m.bytes[2], 6)
  store(m, 0, 4, 1)
  assert.ok(m.patch(P, Uint8Array.of(0, 5, 1, 8)))
  assert.equal(m.bytes[5], 8)
  m.closeInterval(true)
  assert.deepEqual(changes(m.makeDiff(P)), { 4: 1 })
  m.invalidate(P)
  assert.equal(m.patch(P, patch), false)
})

test('the contents of a page are a diff that writes all of it', () => {
  const m = memory()
  store(m, 0, 3, 7)
  const page = new Uint8Array(PAGE).fill(9)
  assert.ok(applyDiff(page, m.contents(P)))
  assert.deepEqual(
    [...page.entries()].filter(([, byte]) => byte !== 0),
    [[3, 7]],
  )
})

test('what the service may not do is an error', () => {
  const m = memory()
  assert.throws(() => m.makeDiff(P), /not noted/)
  assert.throws(() => m.open(P), /not being fetched/)
  assert.throws(() => m.applyDiff(P, new Uint8Array(0)), /not being fetched/)
  assert.throws(() => m.state(pageId(2)), /no page 2/)
})
