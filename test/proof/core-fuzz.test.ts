/**
 * A member of the run that breaks the rules of the protocol, in the middle of the work of a whole cluster: the
 * others fail with an error that blames it or its program, or go on with their memory sound. And the fuzzer finds
 * what is wrong with a protocol that has an error planted.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { pageId } from '../../src/core/ids.js'
import type { CoherenceMessage } from '../../src/core/messages.js'
import { TreadMarksError } from '../../src/errors.js'
import { eagerInvalidate, eagerUpdate } from '../../src/protocols/eager.js'
import { homeLrc } from '../../src/protocols/home-lrc.js'
import { ivy, ivyDynamic } from '../../src/protocols/ivy.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import type { SoftwareMemory } from '../../src/sim/memory.js'
import { messagesOf, small } from '../wire/generators.js'
import { amount } from './amount.js'
import { fuzzCore, fuzzMixed } from './fuzz/core.js'

const SEED = 5
const SAMPLE = 2_500

/** Each rule whose breaking the core can see, in the words of its refusal. */
const rules = [
  'node N sent a message that only node N may send',
  'node N sent node N a request for the allocation manager',
  'an answer came for process N, which has not asked for it',
  'node N gave process N the address N, where no block of N bytes can be',
  'the description of an allocation is malformed',
  'request for lock N, which node N does not manage',
  'node N requested lock N twice',
  'lock N was forwarded to node N out of turn',
  'lock N is not at node N',
  'lock N was granted without a request',
  'lock N was refused, which nobody tried to take',
  'node N answers a try for lock N that it did not get',
  'node N speaks for process N to process N, node N',
  'node N took more than process N sent process N',
  'node N woke process N, which does not sleep on lock N at node N',
  'node N sent lock N with process N asleep, which does not sleep on it',
  'node N sent lock N with process N asleep, which it named before',
  'node N arrived at a meeting out of turn',
  'a departure from no meeting',
  'process N waits at barrier N: the departure decides what nobody asked for',
  'process N waits at alloc: the departure decides what nobody asked for',
  'interval N of node N came out of order',
  'node N released intervals that it did not send',
  'node N pushed a diff of node N',
  'node N asked node N for a diff that it does not hold: page N, node N, interval N',
  'node N sent N diffs that it was not asked for',
  'node N sent a diff of page N that it was not asked for',
  'the diff of page N by node N is malformed',
]
/** It needs intervals of three others that contradict each other, and a miss before the next rule is broken. */
const rare = 'the times of intervals contradict each other: nobody holds interval N of node N'

test('who breaks rules is refused, and nobody else suffers', { timeout: 280_000 }, () => {
  const { taken, refused } = fuzzCore({ seed: SEED, count: amount(SAMPLE, 60_000) })
  const its = Object.keys(messagesOf(small)).filter((type) => !/^(page|home|eager)/.test(type))
  assert.deepEqual(taken.names, its.sort())
  const unmet = [...rules, ...(amount(0, 1) === 1 ? [rare] : [])].filter(
    (rule) => !refused.names.includes(`ERR_TM_PROTOCOL ${rule}`),
  )
  assert.deepEqual(unmet, [])
})

/** Those of pages with a home. */
const homeRules = [
  'node N claimed page N at node N',
  'node N sent a diff of page N, which has no home',
  'node N says who is the home of page N',
  'node N takes node N for the home of page N',
  'node N asked for page N twice in the name of node N',
  'node N sent diffPush, which home-lrc does not know',
  'node N sent page N malformed',
  'node N sent page N, which it was not asked for',
  'node N sent the diff of page N, node N, interval N twice',
  'the diff of page N by node N is malformed',
]

test('likewise where pages have homes', { timeout: 280_000 }, () => {
  const { taken, refused } = fuzzCore({ seed: SEED, count: amount(8_000, 12_000) }, homeLrc)
  const its = Object.keys(messagesOf(small)).filter((type) => !/^(diff|eager|pageRecall)/.test(type))
  assert.deepEqual(taken.names, its.sort())
  assert.deepEqual(
    homeRules.filter((rule) => !refused.names.includes(`ERR_TM_PROTOCOL ${rule}`)),
    [],
  )
})

const eagerRules = [
  'node N takes node N for the home of page N',
  'node N speaks for the home of page N',
  'node N sent page N, which it was not asked for',
  'node N answers what it was not sent',
  'node N ends flush N, which is not under way',
  'the diff of page N by node N is malformed',
]

test('likewise under eager release consistency', { timeout: 280_000 }, () => {
  for (const coherence of [eagerUpdate, eagerInvalidate]) {
    const { refused } = fuzzCore({ seed: SEED, count: amount(4_000, 8_000) }, coherence)
    assert.deepEqual(
      eagerRules.filter((rule) => !refused.names.includes(`ERR_TM_PROTOCOL ${rule}`)),
      [],
    )
  }
})

const ivyRules = [
  'node N sent diffPush, which ivy does not know',
  'page N: node N asked in the name of node N for what cannot be',
  'page N: node N asked twice',
  'page N: node N sent what was not asked for',
  'page N: node N sent nothing of it',
  'page N: node N sent it malformed',
  'page N: node N calls back a copy that it cannot',
  'page N: node N gives back a copy that was not called',
]

test('likewise where a page has one owner', { timeout: 280_000 }, () => {
  for (const coherence of [ivy, ivyDynamic]) {
    const { taken, refused } = fuzzCore({ seed: SEED, count: amount(6_000, 8_000) }, coherence)
    const own = coherence === ivy ? ['page N: node N asked node N, which neither owns nor manages it'] : []
    assert.deepEqual(
      [...ivyRules, ...own].filter((rule) => !refused.names.includes(`ERR_TM_PROTOCOL ${rule}`)),
      [],
    )
    for (const type of ['pageRequest', 'pageReply', 'pageRecall', 'pageRecalled'])
      assert.ok(taken.names.includes(type), type)
  }
})

const mixedRules = [
  'node N sent diffPush for pages N and N, which obey different protocols',
  'node N sent eagerInvalidate for pages N and N, which obey different protocols',
  'interval N of node N names page N, which obeys no lazy protocol',
  'node N sent diffRequest, which home-lrc does not know',
  'node N sent homeFlush, which eager protocols do not know',
  'node N sent eagerUpdate, which treadmarks does not know',
  'node N sent eagerAck for no page',
  'node N sent diffReply for no page',
  'node N ends flush N, which is not under way',
  'node N answers what it was not sent',
]

test('likewise where pages obey different protocols', { timeout: 280_000 }, () => {
  const { taken, refused } = fuzzMixed({ seed: SEED, count: amount(16_000, 20_000) })
  assert.deepEqual(taken.names, Object.keys(messagesOf(small)).sort())
  assert.deepEqual(
    mixedRules.filter((rule) => !refused.names.includes(`ERR_TM_PROTOCOL ${rule}`)),
    [],
  )
})

test('a run is the same each time', () => {
  const cases = { seed: SEED, count: 200 }
  assert.deepEqual(fuzzCore(cases), fuzzCore(cases))
})

describe('planted errors are found', () => {
  const found = (coherence: CoherenceFactory, message: RegExp, plant = (_: SoftwareMemory): void => {}): void => {
    assert.throws(() => fuzzCore({ seed: SEED, count: SAMPLE }, coherence, { plant }), message)
  }

  test('a peer that is wrong is taken for an error of our own', () => {
    const asserting: CoherenceFactory = (context) => {
      const coherence = treadmarks(context)
      const message = coherence.message.bind(coherence)
      coherence.message = (from, what: CoherenceMessage) => {
        try {
          message(from, what)
        } catch (error) {
          throw new TreadMarksError('ERR_TM_INTERNAL', (error as Error).message)
        }
      }
      return coherence
    }
    found(asserting, /an error that blames nobody else: TreadMarksError/)
  })

  test('a diff is applied without a look at it', () => {
    found(treadmarks, /page \d of node \d has changed, and nobody named it|RangeError/, (memory) => {
      memory.applyDiff = (page, diff) => {
        memory.bytes.set(diff, page * memory.pageBytes)
        return true
      }
    })
  })

  test('a patch goes to the page beside it', () => {
    found(treadmarks, /page \d of node \d has changed, and nobody named it/, (memory) => {
      const patch = memory.patch.bind(memory)
      memory.patch = (page, diff) => patch(pageId((page + 1) % memory.pageCount), diff)
    })
  })

  test('a release carries a time of the wrong length', () => {
    const longer: CoherenceFactory = (context) => {
      const coherence = treadmarks(context)
      const release = coherence.release.bind(coherence)
      coherence.release = (known) => ({ ...release(known), time: new Uint32Array(context.nodes + 1) })
      return coherence
    }
    found(longer, /sends a \w+ that cannot be sent/)
  })
})
