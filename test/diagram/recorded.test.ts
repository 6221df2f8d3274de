/** Recordings as timelines: page states followed from calls alone are those that the memory has, and marks are few and true. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Event } from '../../src/core/events.js'
import { lockId, type NodeId, nodeId, pageId, procId } from '../../src/core/ids.js'
import { ArrayLockWords } from '../../src/core/lock-words.js'
import { PageState } from '../../src/core/memory.js'
import { RecordedNode } from '../../src/core/recorder.js'
import type { Call, Outcome, Step } from '../../src/core/step.js'
import { layOut } from '../../src/diagram/layout.js'
import { RecordedLane } from '../../src/diagram/recorded.js'
import { type Growing, type StateChange, TimelineWriter } from '../../src/diagram/timeline.js'
import { drawOf, type SeedRun, trialOf } from '../../src/lab/swarm/seed.js'
import { tell } from '../../src/lab/swarm/story.js'
import { procsOf } from '../../src/lab/swarm/trial.js'
import { protocols } from '../../src/protocols/table.js'
import { silent } from '../../src/sim/operation.js'
import { World } from '../../src/sim/world.js'

/** Keeps what was said last of each page. */
class Listening extends TimelineWriter {
  readonly said = new Map<string, PageState>()

  override state(node: NodeId, change: StateChange, since?: Growing): void {
    if (since === undefined) this.said.set(`${node} ${change.page}`, change.state)
    super.state(node, change, since)
  }
}

/** What happens beside the core: a write fault, and a miss of which it has not heard yet. */
const beside: Readonly<Partial<Record<PageState, readonly PageState[]>>> = {
  [PageState.CLEAN]: [PageState.TWINNING, PageState.DIRTY],
  [PageState.INVALID]: [PageState.FETCHING],
  [PageState.SHARED]: [PageState.FETCHING],
  // TWINNING is shown as what it leads to.
  [PageState.DIRTY]: [PageState.TWINNING],
}

function follows(seedRun: SeedRun): number {
  const { setup, story } = trialOf(seedRun)
  const { nodes, threads } = setup
  const coherence = protocols[setup.protocol]
  assert.ok(coherence)
  const world = new World({ ...setup, coherence }, setup.plan, tell(story, procsOf(setup)), silent)
  const writer = new Listening({ title: '', nodes, threads })
  let compared = 0
  for (const node of world.nodes) {
    const { id: self, memory, counters } = node
    const words = new ArrayLockWords(node.words, node.wordOf)
    const lane = new RecordedLane(writer, self, threads)
    const look = (step: Step): void => {
      lane.step(step)
      for (const [key, state] of writer.said) {
        const [where, page] = key.split(' ').map(Number)
        if (where !== self) continue
        const real = memory.state(pageId(page as number))
        const fits = real === state || beside[state]?.includes(real)
        assert.ok(fits, `page ${page} is ${PageState[real]}, and was followed to ${PageState[state]}`)
        compared++
      }
    }
    const core = new RecordedNode({ self, nodes, threads, memory, words, coherence, counters }, crc32, look)
    Object.assign(node, { core })
  }
  world.run()
  return compared
}

for (const protocol of Object.keys(protocols)) {
  test(`${protocol}: states followed from calls are those of the memory`, () => {
    let compared = 0
    for (let seed = 1; seed <= 30; seed++)
      for (const kind of ['racy', 'race-free'] as const) {
        const seedRun = { seed, kind, protocol, operations: 200 }
        if (drawOf(seedRun).setup.nodes <= 8) compared += follows(seedRun)
      }
    assert.ok(compared > 10_000, String(compared))
  })
}

const [self, one] = [nodeId(0), procId(0)]
const returned = (value: unknown) => ({ type: 'returned', value }) as never
const go = { value: 0, used: false, payload: new Uint8Array(0) }
const actions = (...list: Extract<Outcome, { type: 'actions' }>['actions']): Outcome => ({
  type: 'actions',
  actions: list,
})
const answered = actions({ type: 'answer', proc: one, answer: go })
const closes = (...pages: number[]): Call => ({ type: 'closeInterval', keepWatched: true, result: returned(pages) })

type GivenStep = readonly [event: Event, outcome: Outcome, ...calls: Call[]]
function drawn(...steps: readonly GivenStep[]) {
  const writer = new TimelineWriter({ title: '', nodes: 1, threads: 1 })
  const lane = new RecordedLane(writer, self, 1)
  for (const [event, outcome, ...calls] of steps) lane.step({ event, calls, outcome })
  return layOut(writer.finish())
}

const lock = lockId(4)
const acquire: Event = { type: 'lockAcquire', proc: one, lock }
const release: Event = { type: 'lockRelease', proc: one, lock }
const meet: Event = { type: 'meet', proc: one, kind: 'barrier', id: 2, payload: new Uint8Array(0) }

describe('marks', () => {
  test('what is granted at once is one mark, and a barrier two', () => {
    const { marks } = drawn([acquire, answered], [release, actions()], [meet, answered])
    assert.deepEqual(
      marks.map(({ mark, text }) => [mark, text]),
      [
        ['acquire', 'acquires lock 4'],
        ['release', 'releases lock 4'],
        ['arrive', 'arrives at barrier 2'],
        ['depart', 'departs from barrier 2'],
      ],
    )
  })

  test('what is granted later is two', () => {
    const { marks } = drawn([acquire, actions()], [{ type: 'miss', page: pageId(1) }, answered])
    assert.deepEqual(
      marks.map(({ text }) => text),
      ['wants lock 4', 'misses p1', 'acquires lock 4'],
    )
  })

  test('a step that fails ends the node', () => {
    const failed: Outcome = { type: 'failed', error: { code: 'ERR_TM_MEETING', message: 'no' } }
    assert.deepEqual(
      drawn([meet, failed]).marks.map(({ text }) => text),
      ['arrives at barrier 2', 'fails: ERR_TM_MEETING'],
    )
  })
})

describe('a write that nobody has recorded', () => {
  const stretches = (...steps: readonly GivenStep[]) =>
    drawn(...steps).bars.map((bar) =>
      bar.stretches.map(({ state, sure, from }) => `${PageState[state]}${sure ? '' : '?'} ${from}`),
    )

  test('is somewhere since the last interval that did not name the page', () => {
    assert.deepEqual(stretches([acquire, answered], [meet, answered, closes()], [meet, answered, closes(6)]), [
      ['CLEAN 0', 'DIRTY? 2', 'NOTED 4'],
    ])
  })

  test('or since the start, or since the page was opened', () => {
    const open: Call = { type: 'open', page: pageId(6), result: returned(undefined) }
    const miss: Event = { type: 'miss', page: pageId(6) }
    assert.deepEqual(stretches([acquire, answered], [meet, answered, closes(6)]), [['DIRTY? 0', 'NOTED 2']])
    assert.deepEqual(stretches([miss, actions()], [acquire, answered, open], [meet, answered, closes(6)]), [
      ['CLEAN 0', 'FETCHING 1', 'DIRTY? 2', 'NOTED 3'],
    ])
  })

  test('is sure where the memory has said so', () => {
    const state: Call = { type: 'state', page: pageId(6), result: returned(PageState.DIRTY) }
    assert.deepEqual(stretches([acquire, answered, state], [meet, answered, closes(6)]), [
      ['DIRTY? 0', 'DIRTY 1', 'NOTED 2'],
    ])
  })
})
