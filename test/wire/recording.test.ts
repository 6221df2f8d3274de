/**
 * Recordings: every step comes back as it went, whatever is damaged is noticed, and whatever breaks off can be
 * read up to there.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import type { Action, Event } from '../../src/core/events.js'
import { condId, lockId, nodeId, pageId, procId } from '../../src/core/ids.js'
import type { Invalidated, PageState } from '../../src/core/memory.js'
import { meetingKinds } from '../../src/core/messages.js'
import type { Call, Digest, Outcome, Result, Step } from '../../src/core/step.js'
import { type ErrorCode, errorTable, TreadMarksError } from '../../src/errors.js'
import type { Bounds } from '../../src/wire/bounds.js'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.js'
import { RecordingReader, RecordingWriter } from '../../src/wire/recording.js'
import { step as stepField } from '../../src/wire/steps.js'
import { allBounds, anyMessage, runs, small } from './generators.js'
import { headerOf, readAll, recordEverything, sourceOf } from './recorded.js'

type Generators<U extends { readonly type: string }> = {
  readonly [T in U['type']]: fc.Arbitrary<Extract<U, { type: T }>>
}
/** Objects as the reader makes them: with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name)
const anyOf = <U extends { readonly type: string }>(generators: Generators<U>): fc.Arbitrary<U> =>
  fc.oneof(...(Object.values(generators) as fc.Arbitrary<U>[]))

const u32 = fc.nat(0xffffffff)
const number = fc.maxSafeNat()
const flag = fc.boolean()
const bytes = fc.uint8Array({ maxLength: 300 })
const lock = u32.map(lockId)
const cond = u32.map(condId)
const text = fc.string({ unit: 'binary', maxLength: 30 })
const thrown = record({ code: text, message: text })

function eventsOf(bounds: Bounds): Generators<Event> {
  const proc = fc.nat(bounds.procs - 1).map(procId)
  const page = fc.nat(bounds.pages - 1).map(pageId)
  const from = fc.nat(bounds.nodes - 1).map(nodeId)
  const align = fc.nat(31).map((code) => (code === 0 ? 0 : 2 ** (code - 1)))
  const kind = fc.constantFrom(...meetingKinds)
  return {
    message: record({ type: type('message'), from, message: anyMessage(bounds) }),
    miss: record({ type: type('miss'), page }),
    holdOver: record({ type: type('holdOver'), page }),
    lockAcquire: record({ type: type('lockAcquire'), proc, lock }),
    lockRelease: record({ type: type('lockRelease'), proc, lock }),
    condWait: record({ type: type('condWait'), proc, lock, cond }),
    lockTry: record({ type: type('lockTry'), proc, lock }),
    send: record({ type: type('send'), proc, to: proc, bytes }),
    recv: record({ type: type('recv'), proc, from: proc }),
    flush: record({ type: type('flush'), proc }),
    probe: record({ type: type('probe'), proc, wait: flag }),
    condSignal: record({ type: type('condSignal'), proc, lock, cond, all: flag }),
    meet: record({ type: type('meet'), proc, kind, id: u32, payload: bytes }),
    malloc: record({ type: type('malloc'), proc, bytes: number, align }),
    free: record({ type: type('free'), proc, address: number }),
    ended: record({ type: type('ended'), proc }),
  }
}

function callsOf(bounds: Bounds): Generators<Call> {
  const page = fc.nat(bounds.pages - 1).map(pageId)
  const result = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Result<T>> =>
    fc.oneof(record({ type: type('returned'), value }), record({ type: type('threw'), error: thrown }))
  const yesOrNo = result(flag)
  const done = result(fc.constant(undefined) as fc.Arbitrary<void>)
  const taken = result(fc.constantFrom('taken' as const, 'held' as const, 'absent' as const))
  const state = result(fc.nat(9) as fc.Arbitrary<PageState>)
  const pages = result(fc.uniqueArray(page, { maxLength: 30 }).map((list) => list.sort((a, b) => a - b)))
  const invalidated = result(fc.oneof(fc.constantFrom('clean', 'dirty'), bytes) as fc.Arbitrary<Invalidated>)
  const diff = record<Digest>({ bytes: number, checksum: u32 })
  return {
    state: record({ type: type('state'), page, result: state }),
    closeInterval: record({ type: type('closeInterval'), keepWatched: flag, result: pages }),
    makeDiff: record({ type: type('makeDiff'), page, result: result(bytes) }),
    renew: record({ type: type('renew'), page, result: result(bytes) }),
    invalidate: record({ type: type('invalidate'), page, result: invalidated }),
    contents: record({ type: type('contents'), page, result: result(bytes) }),
    patch: record({ type: type('patch'), page, diff, result: yesOrNo }),
    beginFetch: record({ type: type('beginFetch'), page, result: yesOrNo }),
    applyDiff: record({ type: type('applyDiff'), page, diff, result: yesOrNo }),
    open: record({ type: type('open'), page, result: done }),
    wantsWrite: record({ type: type('wantsWrite'), page, result: yesOrNo }),
    grant: record({ type: type('grant'), page, exclusive: flag, result: done }),
    downgrade: record({ type: type('downgrade'), page, result: yesOrNo }),
    recall: record({ type: type('recall'), page, result: yesOrNo }),
    tryHold: record({ type: type('tryHold'), lock, result: taken }),
    tryTake: record({ type: type('tryTake'), lock, result: taken }),
    hold: record({ type: type('hold'), lock, wanted: flag, result: done }),
    free: record({ type: type('free'), lock, result: done }),
    settle: record({ type: type('settle'), lock, result: done }),
  }
}

function actionsOf(bounds: Bounds): Generators<Action> {
  const code = fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[]))
  const plain = { value: number, used: flag, payload: bytes }
  const answer = fc.oneof(record(plain), record({ ...plain, error: record({ code, message: text }) }))
  return {
    send: record({ type: type('send'), to: fc.nat(bounds.nodes - 1).map(nodeId), message: anyMessage(bounds) }),
    answer: record({ type: type('answer'), proc: fc.nat(bounds.procs - 1).map(procId), answer }),
  }
}

function outcomesOf(bounds: Bounds): Generators<Outcome> {
  const actions = fc.array(anyOf(actionsOf(bounds)), { maxLength: 4 })
  return {
    actions: record({ type: type('actions'), actions }),
    failed: record({ type: type('failed'), error: thrown }),
  }
}

const anyStep = (bounds: Bounds): fc.Arbitrary<Step> =>
  record({
    event: anyOf(eventsOf(bounds)),
    calls: fc.array(anyOf(callsOf(bounds)), { maxLength: 6 }),
    outcome: anyOf(outcomesOf(bounds)),
  })

function encoded(step: Step): Uint8Array {
  const writer = new ByteWriter()
  stepField.write(writer, step)
  return writer.subarray().slice()
}

function decoded(bytes: Uint8Array, bounds: Bounds): Step {
  const reader = new ByteReader(bytes, 'step')
  const step = stepField.read(reader, bounds, 'step')
  reader.end()
  return step
}

describe('every step comes back as it went', () => {
  const parts: readonly (readonly [string, (bounds: Bounds) => Generators<{ readonly type: string }>])[] = [
    ['event', eventsOf],
    ['call', callsOf],
    ['action', actionsOf],
    ['outcome', outcomesOf],
  ]
  const stepWith = (part: string, value: unknown): Step => {
    const step = { event: { type: 'miss', page: 0 }, calls: [], outcome: { type: 'actions', actions: [] } }
    if (part === 'event') return { ...step, event: value } as unknown as Step
    if (part === 'call') return { ...step, calls: [value, value] } as unknown as Step
    if (part === 'action') return { ...step, outcome: { type: 'actions', actions: [value] } } as unknown as Step
    return { ...step, outcome: value } as unknown as Step
  }
  for (const [part, generatorsOf] of parts)
    for (const name of Object.keys(generatorsOf(small)))
      test(`${part} ${name}`, () => {
        for (const bounds of allBounds) {
          const generator = (generatorsOf(bounds) as Record<string, fc.Arbitrary<unknown>>)[name]
          const property = fc.property(generator as fc.Arbitrary<unknown>, (value) => {
            const step = stepWith(part, value)
            assert.deepEqual(decoded(encoded(step), bounds), step)
          })
          fc.assert(property, runs(40))
        }
      })
  test('whole steps', () => {
    const property = fc.property(anyStep(small), (step) => assert.deepEqual(decoded(encoded(step), small), step))
    fc.assert(property, runs(200))
  })
})

test('what is no step is refused, and what is read has that one encoding', () => {
  const property = fc.property(anyStep(small), fc.nat(), fc.nat(255), (step, at, byte) => {
    const bytes = encoded(step)
    bytes[at % bytes.length] = byte
    let other: Step
    try {
      other = decoded(bytes, small)
    } catch (error) {
      assert.ok(error instanceof TreadMarksError && error.code === 'ERR_TM_PROTOCOL', String(error))
      return
    }
    assert.deepEqual(encoded(other), bytes)
  })
  fc.assert(property, runs(2000))
})

/** Reads on to the end; what it throws must be our error. */
function outcomeOf(bytes: Uint8Array): string {
  try {
    const { reader, steps } = readAll(bytes)
    return `${reader.end} after ${steps.length}`
  } catch (error) {
    assert.ok(error instanceof TreadMarksError, `not one of ours: ${String(error)}`)
    assert.equal(error.code, 'ERR_TM_RECORDING')
    assert.match(error.message, /^the recording test\.tmrec /)
    return error.message
  }
}

describe('a recording of two nodes', () => {
  const recordings = recordEverything()

  test('is read back, and closed', () => {
    for (const [node, bytes] of recordings.entries()) {
      const { reader, steps } = readAll(bytes)
      assert.deepEqual(reader.header, headerOf(node, 2))
      assert.equal(reader.end, 'closed')
      assert.equal(reader.at, bytes.length)
      const writer = new RecordingWriter(reader.header, crc32)
      for (const step of steps) writer.step(step)
      writer.end()
      assert.deepEqual(writer.bytes(), bytes)
    }
    const [here = [], there = []] = recordings.map((bytes) => readAll(bytes).steps)
    assert.equal(here.length, 19)
    assert.equal(there.length, 20)
    // The events, calls and outcomes that the rest of these tests are about.
    const types = new Set([...here, ...there].flatMap(({ event, calls }) => [event.type, ...calls.map((c) => c.type)]))
    for (const one of [
      'message',
      'miss',
      'meet',
      'condWait',
      'condSignal',
      'invalidate',
      'applyDiff',
      'tryTake',
      'free',
    ])
      assert.ok(types.has(one as Event['type']), one)
  })

  test('damaged in any one byte, it is refused, and the message says where', () => {
    for (const bytes of recordings) {
      for (let at = 0; at < bytes.length; at++) {
        for (const change of [0x01, 0x80, 0xff]) {
          const damaged = bytes.slice()
          damaged[at] = (damaged[at] as number) ^ change
          const outcome = outcomeOf(damaged)
          const record = /is damaged: of the record at byte (\d+), /.exec(outcome)?.[1]
          if (at >= 8) assert.ok(Number(record) <= at && at - Number(record) < 200, `byte ${at}: ${outcome}`)
          else
            assert.match(
              outcome,
              at < 4 ? /does not begin as recordings do/ : /has version \d+ with messages of version \d+; this/,
            )
        }
      }
    }
  })

  test('broken off anywhere, it can be read up to there', () => {
    for (const bytes of recordings) {
      const whole = readAll(bytes).steps
      const headerEnd = new RecordingReader(sourceOf(bytes), crc32).at
      const ends = new Set<string>()
      let last = 0
      for (let length = 0; length < bytes.length; length++) {
        const part = bytes.subarray(0, length)
        if (length < headerEnd) {
          assert.match(outcomeOf(part), /fewer than any recording|ends within its header/)
          continue
        }
        const { steps, reader } = readAll(part)
        assert.deepEqual(steps, whole.slice(0, steps.length))
        assert.ok(steps.length >= last)
        assert.equal(reader.end, reader.at === length ? 'open' : 'torn')
        last = steps.length
        ends.add(reader.end as string)
      }
      assert.equal(last, whole.length)
      assert.deepEqual([...ends].sort(), ['open', 'torn'])
    }
  })

  test('with anything behind its end it is refused', () => {
    const [bytes = new Uint8Array()] = recordings
    assert.match(outcomeOf(Uint8Array.of(...bytes, 0)), /goes on behind its end, at byte \d+/)
    assert.match(outcomeOf(Uint8Array.of(...bytes, ...bytes)), /goes on behind its end/)
  })

  test('damaged at random, or random from the beginning, it is refused or breaks off', () => {
    const [bytes = new Uint8Array()] = recordings
    const at = fc.nat(bytes.length - 1)
    const property = fc.property(
      at,
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      at,
      at,
      (from, noise, cut, end) => {
        const damaged = bytes.slice()
        damaged.set(noise.subarray(0, bytes.length - from), from)
        outcomeOf(damaged)
        outcomeOf(Uint8Array.of(...bytes.subarray(0, cut), ...bytes.subarray(end)))
        outcomeOf(Uint8Array.of(...bytes.subarray(0, 8), ...noise))
        outcomeOf(noise)
      },
    )
    fc.assert(property, runs(1000))
  })

  test('of a step or an end mark too few, it is refused', () => {
    const { steps, reader } = readAll(recordings[0] as Uint8Array)
    const writer = new RecordingWriter(reader.header, crc32)
    for (const step of steps.slice(1)) writer.step(step)
    const body = readAll(writer.bytes()).steps
    assert.deepEqual(body, steps.slice(1))
    const mark = (recordings[0] as Uint8Array).subarray(reader.at - 14)
    assert.match(outcomeOf(Uint8Array.of(...writer.bytes(), ...mark)), /steps, .*, are 19, but 18 stand before it/)
  })
})

test('a header that cannot be is refused', () => {
  const header = headerOf(0, 2)
  for (const wrong of [{ self: nodeId(2) }, { nodes: 257 }, { threads: 129 }, { pageBytes: 4 }, { heapBytes: 500 }]) {
    const writer = new RecordingWriter({ ...header, ...wrong }, crc32)
    assert.throws(() => new RecordingReader(sourceOf(writer.bytes()), crc32), {
      code: 'ERR_TM_RECORDING',
      message: /is damaged: of the record at byte 8, /,
    })
  }
})

test('a step that cannot be written leaves nothing behind', () => {
  const writer = new RecordingWriter(headerOf(0, 2), crc32)
  const step = readAll(recordEverything()[0] as Uint8Array).steps[0] as Step
  writer.step(step)
  const before = writer.bytes().slice()
  const impossible = { ...step, event: { type: 'miss', page: -1 } } as unknown as Step
  assert.throws(() => writer.step(impossible), TreadMarksError)
  assert.deepEqual(writer.bytes(), before)
  writer.clear()
  writer.end()
  assert.deepEqual(readAll(Uint8Array.of(...before, ...writer.bytes())).steps, [step])
})
