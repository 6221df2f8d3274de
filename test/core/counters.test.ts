/** Counters of the core: what a node keeps, counted as it goes; what each page has cost; tallies that add up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { C, type CounterName } from '../../src/core/counters.js'
import { pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { PageCounters, pageCounterNames } from '../../src/core/page-counters.js'
import { noTally, sumTallies, type Tally, tallySince } from '../../src/core/tally.js'
import { protocols } from '../../src/protocols/table.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { Cluster } from '../../src/sim/cluster.js'
import { acquire, barrier, load, PAGE, randomFrom, release, store } from './cluster-helpers.js'

const NODES = 3
const PAGES = 8

/** Loads, stores, locks and barriers, `between` after each. */
function run(c: Cluster, seed: number, between: () => void): void {
  const random = randomFrom(seed)
  for (let i = 0; i < 300; i++) {
    const [node, address] = [random(NODES), random(PAGES * PAGE)]
    const what = random(10)
    if (what < 4) store(c, node, address, random(256))
    else if (what < 7) load(c, node, address)
    else if (what === 7) barrier(c)
    else {
      acquire(c, node, 1)
      store(c, node, address, random(256))
      release(c, node, 1)
    }
    between()
  }
}

test('the gauges of what a node keeps are what is found by walking through it', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const c = new Cluster({ nodes: NODES, pages: PAGES, pageBytes: PAGE, coherence: treadmarks })
    run(c, seed, () => {
      for (const { core, counters } of c.nodes) {
        const kept = (name: CounterName): number => counters[C[name]] as number
        const { intervals, notices, diffs, diffBytes } = core.footprint()
        assert.deepEqual(
          [kept('keptIntervals'), kept('keptNotices'), kept('keptDiffs'), kept('keptDiffBytes')],
          [intervals, notices, diffs, diffBytes],
          `seed ${seed}`,
        )
      }
    })
    assert.ok((c.node(0).counters[C.keptDiffBytes] as number) > 0, `seed ${seed}`)
  }
})

test('what pages have cost is what the node has counted', () => {
  const heaps: PageCounters[] = []
  const c = new Cluster({
    nodes: NODES,
    pages: PAGES,
    pageBytes: PAGE,
    coherence: (context) => {
      heaps.push(context.pageCounters)
      return treadmarks(context)
    },
  })
  run(c, 7, () => {})
  for (const [i, pages] of heaps.entries()) {
    const { counters } = c.node(i)
    const counted = pageCounterNames.map((name) => counters[C[name]] as number)
    assert.deepEqual(pages.sums(0, PAGES), counted)
    assert.ok(counted.every((value) => value > 0))
    const halves = [pages.sums(0, 3), pages.sums(3, PAGES)]
    assert.deepEqual(
      counted.map((_, j) => (halves[0]?.[j] as number) + (halves[1]?.[j] as number)),
      counted,
    )
  }
})

for (const [name, coherence] of Object.entries(protocols)) {
  test(`${name}: a copy that closes because another node has written the page is counted once`, () => {
    const c = new Cluster({ nodes: 2, pages: PAGES, pageBytes: PAGE, coherence })
    const counted = (): number[] => c.nodes.map(({ counters }) => counters[C.invalidations] as number)
    const write = (value: number): void => {
      acquire(c, 0, 0)
      store(c, 0, 0, value)
      release(c, 0, 0)
      acquire(c, 1, 0)
      release(c, 1, 0)
    }
    load(c, 1, 0)
    write(1)
    assert.deepEqual(counted(), [0, 1])
    // It is closed already.
    write(2)
    assert.deepEqual(counted(), [0, 1])
  })

  test(`${name}: what it counts as closed is what its memory has closed`, () => {
    let counted = 0
    for (let seed = 1; seed <= 5; seed++) {
      const c = new Cluster({ nodes: NODES, pages: PAGES, pageBytes: PAGE, coherence })
      const closed = c.nodes.map(() => 0)
      for (const [i, { memory }] of c.nodes.entries())
        memory.changed = (_, state) => {
          if (state === PageState.INVALID) closed[i] = (closed[i] as number) + 1
        }
      run(c, seed, () => {})
      // A page that comes with its home was closed to wait for it, not because it was old.
      for (const { from, message } of name === 'home-lrc' ? c.sent : [])
        if (message.type === 'pageRequest' && message.take && message.requester === from)
          closed[from] = (closed[from] as number) - 1
      assert.deepEqual(
        c.nodes.map(({ counters }) => counters[C.invalidations]),
        closed,
        `seed ${seed}`,
      )
      counted += closed.reduce((sum, n) => sum + n, 0)
    }
    assert.ok(counted > 0)
  })
}

test('a page counts in its own row', () => {
  const pages = new PageCounters(3)
  pages.count(pageId(1), 'diffBytes', 5)
  pages.count(pageId(2), 'pagesFetched')
  pages.count(pageId(2), 'pagesFetched')
  assert.deepEqual(pages.sums(0, 1), [0, 0, 0, 0])
  assert.deepEqual(pages.sums(1, 2), [0, 0, 0, 5])
  assert.deepEqual(pages.sums(2, 3), [2, 0, 0, 0])
})

test('tallies add up, and the difference of two is what came between', () => {
  const first: Tally = { counters: { a: 1 }, kinds: { k: { n: 1 } }, allocations: { x: { n: 2 } } }
  const then: Tally = {
    counters: { a: 4, b: 2 },
    kinds: { k: { n: 1 } },
    allocations: { x: { n: 5 }, ['__proto__']: { n: 7 } },
  }
  const between = tallySince(then, first)
  assert.deepEqual(between.counters, { a: 3, b: 2 })
  assert.deepEqual(between.kinds, {})
  assert.deepEqual(Object.entries(between.allocations), [
    ['x', { n: 3 }],
    ['__proto__', { n: 7 }],
  ])
  assert.deepEqual(sumTallies([first, between]), then)
  assert.deepEqual(sumTallies([noTally, first]), first)
})
