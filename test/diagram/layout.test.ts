/** Where a diagram puts things: every message goes forward in time, states lie end to end, what is too long is refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type NodeId, nodeId, pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { gapOf, type Layout, layOut } from '../../src/diagram/layout.js'
import { type Timeline, TimelineWriter } from '../../src/diagram/timeline.js'
import { TreadMarksError } from '../../src/errors.js'
import { Film } from '../../src/lab/diagram/film.js'
import { drawOf, runSeed, type SeedRun } from '../../src/lab/swarm/seed.js'
import { MAX_DIAGRAM_EVENTS, MAX_DIAGRAM_MESSAGES, MAX_DIAGRAM_PAGES } from '../../src/limits.js'

const [zero, one] = [nodeId(0), nodeId(1)]
const busy = { type: 'lockBusy', lock: 7 } as never
const writer = (nodes = 2): TimelineWriter => new TimelineWriter({ title: 'a test', nodes, threads: 1 })
const clean = { state: PageState.CLEAN, sure: true } as const

function holds(layout: Layout): void {
  for (const { sent, received } of layout.arrows) {
    assert.ok(sent > 0 && sent < layout.end)
    if (received !== undefined) assert.ok(received > sent && received < layout.end, `${sent} → ${received}`)
  }
  assert.equal(layout.bars.length, layout.pages.length * layout.nodes)
  for (const { stretches } of layout.bars) {
    let at = 0
    for (const [i, { from, to, state, sure }] of stretches.entries()) {
      assert.equal(from, at, 'stretches lie end to end')
      assert.ok(to > from)
      at = to
      const before = stretches[i - 1]
      assert.ok(
        before === undefined || before.state !== state || before.sure !== sure,
        'and are unlike their neighbours',
      )
    }
    assert.equal(at, layout.end)
  }
}

/** In a row each gap has the words of one event, and the events of a node go down. */
function rowsAreFree({ nodes, events }: Timeline, layout: Layout): void {
  const words = events.filter((event) => gapOf(event, nodes) !== undefined).length
  assert.equal(layout.arrows.length + layout.marks.length, words)
  const places = [
    ...layout.arrows.map(({ from, to, sent }) => `${to > from ? from + 1 : from} ${sent}`),
    ...layout.marks.map(({ node, row }) => `${nodes > 1 && node >= nodes / 2 ? node + 1 : node} ${row}`),
  ]
  assert.equal(new Set(places).size, places.length)
}

describe('rows', () => {
  test('a message comes below the place where it went, also when its receiver is read first', () => {
    const out = writer()
    out.received(one, zero, busy)
    out.mark(zero, 'other', 'first')
    out.sent(zero, one, busy)
    const layout = layOut(out.finish())
    assert.deepEqual(
      layout.arrows.map(({ sent, received, text }) => [sent, received, text]),
      [[2, 3, 'lockBusy lock 7']],
    )
    holds(layout)
  })

  test('concurrent events share a row where their words do not meet', () => {
    const out = writer()
    for (const node of [zero, one]) out.mark(node, 'fault', 'misses p1')
    assert.deepEqual(
      layOut(out.finish()).marks.map(({ row }) => row),
      [1, 1],
    )
  })

  test('messages that do not arrive are arrows without an end', () => {
    const out = writer()
    out.sent(zero, one, busy)
    out.sent(zero, one, busy)
    out.received(one, zero, busy)
    assert.deepEqual(
      layOut(out.finish()).arrows.map(({ received }) => received === undefined),
      [false, true],
    )
  })

  test('messages that contradict each other are an error', () => {
    const out = writer()
    for (const [node, other] of [
      [zero, one],
      [one, zero],
    ] as const) {
      out.received(node, other, busy)
      out.sent(node, other, busy)
    }
    assert.throws(() => layOut(out.finish()), { code: 'ERR_TM_RECORDING' })
  })

  test('what is received of a node that has no recording stands where it came', () => {
    const out = writer()
    out.received(one, zero, busy)
    out.mark(one, 'end', 'ends')
    const layout = layOut(out.finish())
    assert.deepEqual([layout.arrows.length, layout.marks[0]?.row], [0, 2])
  })

  test('any messages in any order', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.boolean(), fc.nat(2), fc.constantFrom(0, 2, 4)), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (given) => {
        const out = writer(4)
        const travelling: [from: NodeId, to: NodeId][] = []
        for (const [a, b, comes, page, state] of given) {
          const [from, to] = [nodeId(a), nodeId(b)]
          const arriving = comes ? travelling.shift() : undefined
          if (arriving !== undefined) out.received(arriving[1], arriving[0], busy)
          else if (from !== to) {
            out.sent(from, to, busy)
            travelling.push([from, to])
          } else out.mark(from, 'other', 'mark')
          out.state(from, { page: pageId(page), state, sure: state !== PageState.DIRTY })
        }
        const timeline = out.finish()
        const layout = layOut(timeline)
        holds(layout)
        rowsAreFree(timeline, layout)
        assert.equal(layout.arrows.filter(({ received }) => received === undefined).length, travelling.length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('bars', () => {
  test('of two states in one row the last counts', () => {
    const out = writer(1)
    out.mark(zero, 'other', 'x')
    const page = pageId(3)
    for (const state of [PageState.CLOSING, PageState.INVALID]) out.state(zero, { page, state, sure: true })
    out.mark(zero, 'other', 'y')
    out.state(zero, { page, ...clean })
    const [bar] = layOut(out.finish()).bars
    assert.deepEqual(
      bar?.stretches.map(({ state, from, to }) => [state, from, to]),
      [
        [PageState.CLEAN, 0, 1],
        [PageState.INVALID, 1, 2],
        [PageState.CLEAN, 2, 3],
      ],
    )
  })

  test('a state that lasts no time does not cut a stretch in two', () => {
    const out = writer(1)
    out.mark(zero, 'other', 'x')
    for (const state of [PageState.CLOSING, PageState.CLEAN]) out.state(zero, { page: pageId(3), state, sure: true })
    assert.equal(layOut(out.finish()).bars[0]?.stretches.length, 1)
  })

  test('of many pages those that change most', () => {
    const out = writer(1)
    for (let page = 0; page < MAX_DIAGRAM_PAGES + 5; page++)
      for (let i = 0; i <= page; i++) out.state(zero, { page: pageId(page), state: i % 2 === 0 ? 0 : 2, sure: true })
    const { pages, pagesLeftOut } = layOut(out.finish())
    assert.deepEqual([pages[0], pages.length, pagesLeftOut], [5, MAX_DIAGRAM_PAGES, 5])
  })
})

describe('what is too long', () => {
  const refusal = (out: TimelineWriter, text: RegExp): void =>
    assert.throws(
      () => out.finish(),
      (error) => error instanceof TreadMarksError && error.code === 'ERR_TM_DIAGRAM' && text.test(error.message),
    )

  test('messages', () => {
    const out = writer()
    for (let i = 0; i < MAX_DIAGRAM_MESSAGES; i++) out.sent(zero, one, busy)
    assert.equal(out.finish().events.length, MAX_DIAGRAM_MESSAGES + 2)
    for (let i = 0; i < 100; i++) out.sent(zero, one, busy)
    refusal(out, /500 messages between nodes, and there is room for 400/)
  })

  test('events', () => {
    const out = writer()
    for (let i = 0; i <= MAX_DIAGRAM_EVENTS; i++) out.mark(zero, 'other', 'mark')
    refusal(out, /2401 events, 0 of them messages sent, and there is room for 2400/)
  })
})

test('simulated runs from seeds, with everything that can go wrong', () => {
  let drawn = 0
  for (let seed = 1; seed <= 40; seed++) {
    for (const protocol of ['treadmarks', 'home-lrc']) {
      const seedRun: SeedRun = { seed, kind: 'racy', operations: 10, protocol }
      const film = new Film('seed', drawOf(seedRun).setup)
      const plain = runSeed(seedRun)
      assert.equal(runSeed(seedRun, undefined, film).hash, plain.hash, 'it only looks')
      let timeline: Timeline
      try {
        timeline = film.timeline()
      } catch (error) {
        assert.equal((error as TreadMarksError).code, 'ERR_TM_DIAGRAM')
        continue
      }
      drawn++
      const layout = layOut(timeline)
      holds(layout)
      rowsAreFree(timeline, layout)
      assert.equal(layout.arrows.length, plain.outcome?.messages)
    }
  }
  assert.ok(drawn >= 20, `${drawn} were short enough`)
})
