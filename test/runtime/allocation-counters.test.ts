/** The cost of pages by allocation: names that share a page, memory that gets another name, and what has none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageId } from '../../src/core/ids.js'
import { labelOf, nameIn } from '../../src/core/name.js'
import { PageCounters } from '../../src/core/page-counters.js'
import type { Counters, Table } from '../../src/core/tally.js'
import { MAX_ALLOCATION_NAMES } from '../../src/limits.js'
import { AllocationCounters } from '../../src/runtime/allocation-counters.js'

const PAGE = 64
const PAGES = 16

/** A heap whose pages fault and fetch. */
class Heap {
  readonly pages = new PageCounters(PAGES)
  private readonly faults = new Array<number>(PAGES).fill(0)
  private readonly all = { readFaults: 0, pagesFetched: 0 }
  readonly allocations = new AllocationCounters(PAGES, PAGE, this.pages, (first, end, out) => {
    out.set([this.faults.slice(first, end).reduce((a, b) => a + b, 0), 0, 0])
  })

  cost(page: number, times = 1): void {
    this.faults[page] = (this.faults[page] as number) + times
    this.all.readFaults += times
    this.all.pagesFetched += 2 * times
    this.pages.count(pageId(page), 'pagesFetched', 2 * times)
  }

  get table(): Table {
    return this.allocations.tally(() => this.all).allocations
  }

  /** Read faults by name. */
  get reads(): Counters {
    return Object.fromEntries(Object.entries(this.table).map(([name, { readFaults = 0 }]) => [name, readFaults]))
  }
}

test('pages cost for the allocation that they belong to, and otherwise for malloc', () => {
  const heap = new Heap()
  assert.deepEqual(heap.table, {})
  heap.allocations.allocated('grid', 2 * PAGE, 3 * PAGE)
  assert.deepEqual(heap.reads, { grid: 0 })
  for (const page of [2, 4, 4]) heap.cost(page)
  assert.deepEqual(heap.table, {
    grid: {
      readFaults: 3,
      writeFaults: 0,
      twins: 0,
      pagesFetched: 6,
      diffsCreated: 0,
      diffsApplied: 0,
      diffBytes: 0,
    },
  })
  heap.cost(5, 10)
  assert.deepEqual(heap.reads, { malloc: 10, grid: 3 })
})

test('what a page has cost stays with the name that it had', () => {
  const heap = new Heap()
  heap.cost(3, 7)
  heap.allocations.allocated('old', 2 * PAGE, 3 * PAGE)
  for (const page of [2, 3, 4]) heap.cost(page)
  heap.allocations.allocated('new', 3 * PAGE, 5 * PAGE)
  for (const page of [2, 3, 4, 7]) heap.cost(page, 100)
  assert.deepEqual(heap.reads, { malloc: 7, old: 103, new: 300 })
  // Back to a name that has been there before.
  heap.allocations.allocated('old', 3 * PAGE, PAGE)
  heap.cost(3, 1000)
  assert.deepEqual(heap.reads, { malloc: 7, old: 1103, new: 300 })
})

test('small allocations that share a page cost under a name that says so', () => {
  const heap = new Heap()
  heap.allocations.allocated('a', 8, 8)
  heap.cost(0)
  heap.allocations.allocated('b', 16, 8)
  heap.allocations.allocated('a', 24, 8)
  heap.cost(0, 10)
  heap.allocations.allocated('c', 60, 8)
  heap.cost(0, 100)
  heap.cost(1, 100)
  heap.allocations.allocated('d', 32, 8)
  heap.allocations.allocated('e', 40, 8)
  heap.cost(0, 1000)
  const alike = heap.reads
  assert.deepEqual(alike, { a: 1, 'a + b': 10, 'a + b + c': 100, c: 100, 'a + b + c + others': 1000 })
  // A block of whole pages has them for itself, and so has what comes after it.
  heap.allocations.allocated('grid', 0, PAGE)
  heap.allocations.allocated('f', 8, 8)
  heap.cost(0, 5)
  assert.deepEqual(heap.reads, { ...alike, grid: 0, f: 5 })
})

test('beyond the bound allocations cost together', () => {
  const heap = new Heap()
  for (let i = 0; i < MAX_ALLOCATION_NAMES; i++) heap.allocations.allocated(`block ${i}`, (i % PAGES) * PAGE, PAGE)
  heap.cost((MAX_ALLOCATION_NAMES - 1) % PAGES)
  heap.allocations.allocated('block 1', 0, PAGE)
  heap.cost(0, 10)
  assert.equal(Object.keys(heap.reads).length, MAX_ALLOCATION_NAMES - 1)
  assert.equal(heap.reads['other allocations'], 1)
  assert.equal(heap.reads['block 1'], 10)
})

test('an allocation is called by its name, or by its type and length', () => {
  assert.equal(labelOf('Float64Array', 8, {}), 'Float64Array(8)')
  assert.equal(nameIn(labelOf('Float64Array', 8, {})), 'Float64Array(8)')
  assert.equal(nameIn(labelOf('Float64Array', 8, { align: 64 })), 'Float64Array(8)')
  for (const name of ['grid', 'a "b" \\ c', 'wärm\u2028\u{1f525}', '"', ' align 8', '\x1b[2J'])
    for (const align of [0, 64]) {
      const label = labelOf('Uint8Array', 3, { name, align })
      assert.match(label, /^[\x20-\x7e]+$/)
      assert.equal(nameIn(label), name)
    }
})
