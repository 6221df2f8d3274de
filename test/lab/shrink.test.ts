/**
 * The shrinker on protocols that are broken on purpose: what it leaves is small, fails as the whole did, and is a
 * program that could end. And the turns by which it knows that one could.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Coherence, CoherenceFactory } from '../../src/core/coherence.js'
import { pageId } from '../../src/core/ids.js'
import { protocols } from '../../src/lab/protocols.js'
import { type SeedRun, trialOf } from '../../src/lab/swarm/seed.js'
import { shrink } from '../../src/lab/swarm/shrink.js'
import { tell } from '../../src/lab/swarm/story.js'
import type { FailureKind } from '../../src/lab/swarm/trial.js'
import { runTrial, sizeOf, type Trial } from '../../src/lab/swarm/trial.js'
import { canEnd } from '../../src/lab/swarm/turns.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import type { Operation } from '../../src/sim/operation.js'

const P = pageId(1)

const broken = (change: (sound: Coherence) => Partial<Coherence>): CoherenceFactory => {
  return (context) => {
    const sound = treadmarks(context)
    return Object.assign(Object.create(sound) as Coherence, change(sound))
  }
}

Object.assign(protocols, {
  /** No release tells that page 1 was written. */
  forgetful: broken((sound) => ({
    release(known) {
      const { time, intervals } = sound.release(known)
      return { time, intervals: intervals.map((one) => ({ ...one, pages: one.pages.filter((page) => page !== P) })) }
    },
  })),
  /** Nobody who misses page 1 ever gets it. */
  deaf: broken((sound) => ({
    miss(page) {
      if (page !== P) sound.miss(page)
    },
  })),
})

/** The first seed whose run fails, and how. */
function failing(protocol: string, kind: SeedRun['kind']): { trial: Trial; failure: FailureKind } {
  for (let seed = 1; seed <= 50; seed++) {
    const trial = trialOf({ seed, kind, protocol, operations: 1_000 })
    const { failure } = runTrial(trial)
    if (failure !== undefined) return { trial, failure: failure.kind }
  }
  throw new Error(`no seed fails with the protocol ${protocol}`)
}

for (const [protocol, kind, expected, most] of [
  ['forgetful', 'race-free', 'wrong value', 12],
  ['forgetful', 'racy', 'wrong value', 12],
  ['deaf', 'race-free', 'hang', 12],
] as const) {
  test(`${protocol}, ${kind}: ${expected}, in at most ${most} operations`, () => {
    const { trial, failure } = failing(protocol, kind)
    assert.equal(failure, expected)
    const small = shrink(trial, failure)
    const size = sizeOf(small)
    assert.ok(size <= most && size < sizeOf(trial) / 10, `from ${sizeOf(trial)} to ${size} operations`)
    assert.equal(runTrial(small).failure?.kind, expected)
    assert.ok(canEnd(tell(small.story, small.setup.nodes * small.setup.threads)))
    assert.equal(small.setup.plan.faults.length, 0)
    // With a sound protocol it is a program like others.
    assert.equal(runTrial({ ...small, setup: { ...small.setup, protocol: 'treadmarks' } }).failure, undefined)
  })
}

const take: Operation = { type: 'acquire', lock: 1 }
const give: Operation = { type: 'release', lock: 1 }
const meet: Operation = { type: 'barrier', id: 0 }
const store: Operation = { type: 'store', address: 3, value: 2 }
const getBlock = { type: 'allocUnder', block: 7, bytes: 8, protocol: 'home-lrc' } as const
const use: Operation = { type: 'loadBlock', block: 7, offset: 0 }
const freeBlock: Operation = { type: 'free', block: 7 }
const signal: Operation = { type: 'signal', lock: 1, cond: 0 }
const sleepUntil = (value: number): Operation => ({ type: 'await', lock: 1, cond: 0, address: 3, value })
const poll: Operation = { type: 'poll', lock: 1, address: 3, value: 2, rests: true }

for (const [what, able, ...program] of [
  ['a flag that is set, and then signalled', true, [take, sleepUntil(2), give], [take, store, signal, give]],
  ['a flag that is set too low', false, [take, sleepUntil(3), give], [take, store, signal, give]],
  ['a flag that is set without a signal', false, [take, sleepUntil(2), give], [meet, take, store, give]],
  ['a flag that is polled', true, [poll], [take, store, give]],
  ['a flag that is polled and never set', false, [poll], [take, give]],
  ['a wait that somebody ends', true, [take, { type: 'wait', lock: 1, cond: 0 }, give], [take, signal, give]],
  ['a lock that stays taken', false, [take], [take]],
  ['a lock that is given back by a stranger', false, [take], [give]],
  ['a wait without the lock', false, [sleepUntil(0)]],
  ['an allocation that all make, use and free', true, [getBlock, use, meet], [getBlock, meet, freeBlock]],
  ['memory that was freed before it is used', false, [getBlock, freeBlock, use], [getBlock]],
  ['processes that meet for different things', false, [getBlock], [meet]],
  ['allocations that are not the same', false, [getBlock], [{ ...getBlock, bytes: 9 }]],
  ['a barrier that one does not come to', false, [meet, meet], [meet]],
  [
    'two processes that want each other’s lock',
    false,
    [take, meet, { type: 'acquire', lock: 2 }, give],
    [{ type: 'acquire', lock: 2 }, meet, take],
  ],
  [
    'memory that is used after its end',
    false,
    [
      { type: 'malloc', block: 1, bytes: 8 },
      { type: 'free', block: 1 },
      { type: 'loadBlock', block: 1, offset: 0 },
    ],
  ],
] as const satisfies readonly (readonly [string, boolean, ...(readonly Operation[])[]])[]) {
  test(`a program ${able ? 'can' : 'cannot'} end: ${what}`, () => assert.equal(canEnd(program), able))
}
