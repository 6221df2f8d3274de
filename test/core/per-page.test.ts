/** Pages of one node that obey different protocols: what each protocol is told, what rides, and what is refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { intervalIndex, pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import type { Message } from '../../src/core/messages.js'
import { PageOwners } from '../../src/core/page-owners.js'
import { PageShare } from '../../src/core/page-share.js'
import { protocols } from '../../src/protocols/table.js'
import { Cluster } from '../../src/sim/cluster.js'
import { SoftwareMemory } from '../../src/sim/memory.js'
import type { Operation } from '../../src/sim/operation.js'
import { acquire, barrier, lastSent, load, node, PAGE, perform, release, sent, store } from './cluster-helpers.js'

/** The first pages obey these protocols, the others that of the run. */
function mixed(nodes: number, run: string, dealt: readonly string[], table = protocols): Cluster {
  const coherence = table[run] as CoherenceFactory
  return new Cluster({ nodes, pages: 16, pageBytes: PAGE, coherence, protocols: table, dealt })
}

const stateOf = (c: Cluster, n: number, page: number): PageState => c.node(n).memory.state(pageId(page))

/** A call in which all take part. */
function together(c: Cluster, operation: Operation): number[] {
  const results = Array.from({ length: c.config.nodes }, (_, i) => c.attempt(i, operation))
  for (let tries = 0; tries < 10; tries++) {
    c.settle()
    for (const i of results.keys()) results[i] ??= c.attempt(i, operation)
  }
  assert.ok(results.every((result) => result !== undefined))
  return results as number[]
}

test('a share of the memory: a page that another has taken is DIRTY until its own protocol closes an interval', () => {
  const memory = new SoftwareMemory(4, PAGE)
  const owners = new PageOwners(4)
  const [first, second] = [0, 1].map((owner) => new PageShare(memory, owners, owner)) as [PageShare, PageShare]
  owners.give(pageId(1), 2, 1)
  const [a, b] = [pageId(0), pageId(1)]
  for (const page of [a, b]) while (memory.access(0, page, true) !== 'ready');
  assert.deepEqual(first.closeInterval(false), [a])
  assert.deepEqual([memory.state(b), second.state(b)], [PageState.NOTED, PageState.DIRTY])
  assert.equal(second.invalidate(b), 'dirty')
  assert.throws(() => second.makeDiff(b), /a diff of page 1, which is in no interval of its protocol/)
  assert.throws(() => second.renew(b), /a diff of page 1, which is in no interval of its protocol/)
  assert.deepEqual(second.closeInterval(false), [b])
  assert.equal(second.state(b), PageState.NOTED)
  assert.deepEqual(second.closeInterval(false), [])
  assert.equal(second.makeDiff(b).length, 0)
  assert.equal(second.state(b), PageState.CLEAN)
})

describe('two lazy protocols', () => {
  test('share their intervals: one names pages of both, and each protocol does its own with them', () => {
    const c = mixed(2, 'treadmarks', ['treadmarks', 'home-lrc'])
    acquire(c, 0, 0)
    store(c, 0, 5, 50)
    store(c, 0, PAGE + 5, 51)
    release(c, 0, 0)
    acquire(c, 1, 0)
    const { intervals } = lastSent(c, 'lockGrant').rider
    assert.deepEqual(
      intervals.map(({ pages }) => [...pages]),
      [[0, 1]],
    )
    sent(c)
    assert.equal(load(c, 1, 5), 50)
    assert.deepEqual(sent(c), ['diffRequest 1→0', 'diffReply 0→1'])
    assert.equal(load(c, 1, PAGE + 5), 51)
    // Page 1 is kept track of at node 1, and node 0 was the first that wrote it.
    assert.deepEqual(sent(c), ['pageRequest 1→0', 'pageReply 0→1'])
    assert.equal(c.node(1).core.footprint().intervals, 1)
  })

  test('what happened before holds across them', () => {
    const c = mixed(3, 'home-lrc', ['treadmarks', 'home-lrc'])
    acquire(c, 0, 0)
    store(c, 0, 0, 1)
    release(c, 0, 0)
    acquire(c, 1, 0)
    release(c, 1, 0)
    // Node 1 has heard of node 0's write; whoever acquires from node 1 hears of it too, with a page of the other protocol.
    acquire(c, 1, 1)
    store(c, 1, PAGE, 2)
    release(c, 1, 1)
    acquire(c, 2, 1)
    assert.equal(load(c, 2, PAGE), 2)
    assert.equal(load(c, 2, 0), 1)
  })
})

describe('a lazy protocol and an eager one', () => {
  for (const run of ['treadmarks', 'eager-update']) {
    test(`under ${run}: a flush takes the dirty list, and the pages of the other are in its next interval`, () => {
      const c = mixed(2, run, ['treadmarks', 'eager-update'])
      acquire(c, 0, 0)
      store(c, 0, 0, 1)
      store(c, 0, PAGE, 2)
      sent(c)
      release(c, 0, 0)
      assert.deepEqual(sent(c).sort(), ['eagerFlush 0→1', 'eagerFlushed 1→0'])
      assert.equal(stateOf(c, 0, 0), PageState.NOTED)
      assert.equal(stateOf(c, 0, 1), PageState.CLEAN)
      store(c, 0, 1, 3)
      acquire(c, 1, 0)
      const { intervals } = lastSent(c, 'lockGrant').rider
      assert.deepEqual(
        intervals.map(({ pages }) => [...pages]),
        [[0]],
      )
      assert.equal(load(c, 1, PAGE), 2)
      assert.equal(load(c, 1, 0), 1)
      assert.equal(load(c, 1, 1), 3)
    })
  }

  test('a notice for a page that a flush took makes its diff first: nothing of it is lost', () => {
    const c = mixed(2, 'treadmarks', ['treadmarks', 'eager-update'])
    acquire(c, 1, 0)
    store(c, 1, 7, 70)
    release(c, 1, 0)
    acquire(c, 0, 2)
    store(c, 0, 0, 1)
    release(c, 0, 2)
    assert.equal(stateOf(c, 0, 0), PageState.NOTED)
    acquire(c, 0, 0)
    assert.equal(stateOf(c, 0, 0), PageState.INVALID)
    assert.equal(load(c, 0, 0), 1)
    assert.equal(load(c, 0, 7), 70)
    barrier(c)
    assert.equal(load(c, 1, 0), 1)
  })

  test('pages that are watched for the one are not closed by the flushes of the other', () => {
    const c = mixed(2, 'treadmarks', ['treadmarks', 'eager-update'])
    for (let round = 1; round <= 3; round++) {
      store(c, 0, 0, round)
      barrier(c)
      assert.equal(load(c, 1, 0), round)
      barrier(c)
    }
    store(c, 0, 0, 4)
    barrier(c)
    assert.equal(stateOf(c, 0, 0), PageState.WATCHED)
    acquire(c, 0, 0)
    store(c, 0, PAGE, 1)
    release(c, 0, 0)
    assert.equal(stateOf(c, 0, 0), PageState.WATCHED)
    // What is written to it now is noted by the next flush, and told of at the next meeting.
    const { writeFaults } = c.node(0).memory
    store(c, 0, 0, 5)
    barrier(c)
    assert.equal(load(c, 1, 0), 5)
    assert.equal(c.node(0).memory.writeFaults, writeFaults)
  })
})

test('two eager protocols: a release waits for both, and is answered once', () => {
  const c = mixed(3, 'treadmarks', ['treadmarks', 'eager-update', 'eager-invalidate'])
  acquire(c, 0, 0)
  store(c, 0, PAGE, 1)
  store(c, 0, 2 * PAGE, 2)
  sent(c)
  assert.equal(c.attempt(0, { type: 'release', lock: 0 }), undefined)
  // Page 1 has its home at node 1, page 2 at node 2. Each has the other to tell.
  assert.ok(c.deliver(0, 1) && c.deliver(1, 2) && c.deliver(2, 1) && c.deliver(1, 0))
  assert.deepEqual(sent(c), ['eagerFlush 0→1', 'eagerFlush 0→2', 'eagerUpdate 1→2', 'eagerAck 2→1', 'eagerFlushed 1→0'])
  assert.equal(c.attempt(0, { type: 'release', lock: 0 }), undefined)
  c.settle()
  assert.notEqual(c.attempt(0, { type: 'release', lock: 0 }), undefined)
  acquire(c, 1, 0)
  assert.deepEqual([load(c, 1, PAGE), load(c, 1, 2 * PAGE)], [1, 2])
  assert.deepEqual([load(c, 2, PAGE), load(c, 2, 2 * PAGE)], [1, 2])
})

describe('messages', () => {
  const refused = (message: Message, why: RegExp): void => {
    const c = mixed(2, 'treadmarks', ['treadmarks', 'home-lrc', 'eager-update', 'eager-invalidate'])
    assert.throws(() => c.step(0, { type: 'message', from: node(1), message }), why)
  }
  const want = (page: number) => ({ page: pageId(page), node: node(0), index: intervalIndex(1) })

  test('for pages of different protocols', () => {
    const pages = [pageId(0), pageId(1)]
    refused(
      { type: 'diffKeep', pages },
      /^TreadMarksError: node 1 sent diffKeep for pages 0 and 1, which obey different/,
    )
    refused({ type: 'eagerInvalidate', pages: [pageId(2), pageId(3)] }, /for pages 2 and 3, which obey different/)
  })

  test('for a page of another protocol than theirs', () => {
    refused({ type: 'diffRequest', wants: [want(1)] }, /node 1 sent diffRequest, which home-lrc does not know/)
    refused({ type: 'homeOffer', page: pageId(2) }, /node 1 sent homeOffer, which eager protocols do not know/)
    refused({ type: 'eagerUpdate', diffs: [] }, /node 1 sent eagerUpdate for no page/)
    refused({ type: 'eagerAck', dropped: [pageId(0)] }, /node 1 sent eagerAck, which treadmarks does not know/)
  })

  test('a notice for a page of an eager protocol', () => {
    const time = Uint32Array.of(0, 1)
    const interval = { node: node(1), index: intervalIndex(1), time, pages: [pageId(2)] }
    const c = mixed(2, 'treadmarks', ['treadmarks', 'home-lrc', 'eager-update'])
    c.attempt(0, { type: 'acquire', lock: 1 })
    const grant: Message = { type: 'lockGrant', lock: 1 as never, rider: { time, intervals: [interval] }, sleepers: [] }
    assert.throws(
      () => c.step(0, { type: 'message', from: node(1), message: grant }),
      /interval 1 of node 1 names page 2, which obeys no lazy protocol/,
    )
  })
})

describe('an allocation that chooses a protocol', () => {
  const under = (block: number, bytes: number, protocol: string): Operation => {
    return { type: 'allocUnder', block, bytes, protocol }
  }

  test('gives it the pages on every node, once; memory that was freed is its already, and zeroed', () => {
    const c = mixed(2, 'treadmarks', [])
    assert.deepEqual(together(c, under(0, PAGE + 1, 'home-lrc')), [14 * PAGE, 14 * PAGE])
    store(c, 0, 14 * PAGE, 9)
    barrier(c)
    assert.equal(load(c, 1, 14 * PAGE), 9)
    assert.ok(c.sent.some(({ message }) => message.type === 'pageRequest'))
    assert.ok(c.sent.every(({ message }) => message.type !== 'diffRequest'))
    perform(c, 1, { type: 'free', block: 0 })
    assert.deepEqual(together(c, under(1, PAGE, 'home-lrc')), [14 * PAGE, 14 * PAGE])
    assert.equal(load(c, 1, 14 * PAGE), 0)
    assert.deepEqual(together(c, under(2, 1, 'eager-update')), [13 * PAGE, 13 * PAGE])
  })

  test('the run that has begun without it: intervals ride, and releases wait, from then on', () => {
    const c = mixed(2, 'treadmarks', [])
    assert.equal(c.node(0).flushes, false)
    together(c, under(0, PAGE, 'eager-update'))
    assert.deepEqual([c.node(0).flushes, c.node(1).flushes], [true, true])
    const eager = mixed(2, 'eager-invalidate', [])
    together(eager, under(0, PAGE, 'treadmarks'))
    acquire(eager, 0, 0)
    store(eager, 0, 15 * PAGE, 3)
    release(eager, 0, 0)
    acquire(eager, 1, 0)
    assert.equal(lastSent(eager, 'lockGrant').rider.intervals.length, 1)
    assert.equal(load(eager, 1, 15 * PAGE), 3)
  })

  test('its pages are closed or open, as they begin under it', () => {
    for (const [run, chosen, state] of [
      ['treadmarks', 'ivy', PageState.INVALID],
      ['ivy', 'treadmarks', PageState.CLEAN],
      ['ivy', 'ivy-dynamic', PageState.INVALID],
      ['treadmarks', 'home-lrc', PageState.CLEAN],
    ] as const) {
      const c = mixed(2, run, [])
      together(c, under(0, 2 * PAGE, chosen))
      for (const { memory } of c.nodes)
        assert.deepEqual([memory.state(pageId(14)), memory.state(pageId(15))], [state, state], `${chosen} in ${run}`)
      store(c, 1, 15 * PAGE, 7)
      barrier(c)
      assert.equal(load(c, 0, 15 * PAGE), 7)
    }
  })

  test('a manager that gives one protocol what is another’s is refused', () => {
    const c = mixed(
      2,
      'treadmarks',
      Array.from({ length: 16 }, (_, i) => (i === 15 ? 'home-lrc' : 'treadmarks')),
    )
    for (const i of [0, 1]) c.attempt(i, under(0, 1, 'eager-update'))
    assert.throws(() => c.settle(), /^TreadMarksError: pages 15 to 15 for eager-update obey another protocol/)
  })
})
