/**
 * A million spoilt frames: whatever comes, the wire gives a message that is within its bounds and has these very
 * bytes, or ERR_TM_PROTOCOL. And the fuzzer finds what is wrong with a receiver that has an error planted.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Message } from '../../src/core/messages.js'
import type { TreadMarksError } from '../../src/errors.js'
import type { Bounds } from '../../src/wire/bounds.js'
import { decode } from '../../src/wire/codec.js'
import { FrameSplitter } from '../../src/wire/frame.js'
import { messagesOf, small } from '../wire/generators.js'
import { amount } from './amount.js'
import { CaseFailed, type Cases } from './fuzz/cases.js'
import { fuzzFrames, type Receiver, receiver } from './fuzz/frames.js'

const SEED = 7
/** Cases, each of some frames. */
const SAMPLE = 20_000

/** Each refusal that src/wire has for a frame. */
const reasons = [
  'there is no message of type N',
  'a frame announces N bytes, at most N are sent',
  'is N, not in N … N',
  'is not in its shortest form',
  'is too large',
  'needs N bytes, N are left',
  'announces N elements in N bytes',
  'has N bytes behind it',
  'has two runs of zeros where one would do',
  'has an entry of N',
  'is N; intervals are counted from N',
]

test('only messages and ERR_TM_PROTOCOL come out', { timeout: 280_000 }, () => {
  const { frames, accepted, refused } = fuzzFrames({ seed: SEED, count: amount(SAMPLE, 660_000) })
  assert.ok(frames >= amount(30_000, 1_000_000), `${frames} frames`)
  // It went everywhere: every message is still one when it is spoilt, now and then, and every refusal is met.
  assert.deepEqual(accepted.names, Object.keys(messagesOf(small)).sort())
  assert.deepEqual(refused.names, [...reasons].sort())
})

test('a case is the same each time', () => {
  const cases = { seed: 3, count: 1_000 }
  assert.deepEqual(fuzzFrames(cases), fuzzFrames(cases))
})

describe('planted errors are found', () => {
  const found = (wrong: Partial<Receiver>, message: RegExp): void => {
    assert.throws(() => fuzzFrames({ seed: SEED, count: SAMPLE }, { ...receiver, ...wrong }), message)
  }

  for (const bound of ['nodes', 'procs', 'pages', 'heapBytes'] as const) {
    test(`${bound}: one too many`, () => {
      const within = (bounds: Bounds): Bounds => ({ ...bounds, [bound]: bounds[bound] + 1 })
      found({ decode: (type, body, bounds) => decode(type, body, within(bounds)) }, / is \d+|page \d+|\d+ entries/)
    })
  }

  test('and the case alone shows it again', () => {
    const wrong: Receiver = {
      ...receiver,
      decode: (type, body, bounds) => decode(type, body, { ...bounds, heapBytes: bounds.heapBytes + 1 }),
    }
    const failureOf = (cases: Cases): CaseFailed => {
      try {
        fuzzFrames(cases, wrong)
      } catch (error) {
        if (error instanceof CaseFailed) return error
      }
      throw new Error('it was not found')
    }
    const { number, message } = failureOf({ seed: SEED, count: SAMPLE })
    assert.ok(number > 0)
    assert.equal(failureOf({ seed: SEED, from: number, count: 1 }).message, message)
  })

  test('a diff may be a word too long', () => {
    const within = (bounds: Bounds): Bounds => ({ ...bounds, pageBytes: bounds.pageBytes + 8 })
    found({ decode: (type, body, bounds) => decode(type, body, within(bounds)) }, /bytes has \d+ bytes/)
  })

  /** Refused as `reason`, it is decoded once more from other bytes. */
  const forgiving =
    (reason: RegExp, amend: (body: Uint8Array, at: number) => Uint8Array): Receiver['decode'] =>
    (type, body, bounds): Message => {
      try {
        return decode(type, body, bounds)
      } catch (error) {
        const { message } = error as TreadMarksError
        if (!reason.test(message)) throw error
        return decode(type, amend(body, Number(/byte (\d+)/.exec(message)?.[1])), bounds)
      }
    }

  test('what stands behind a message is overlooked', () => {
    found({ decode: forgiving(/behind it/, (body, at) => body.subarray(0, at)) }, /another encoding/)
  })

  test('a long form of a number is taken', () => {
    const shorter = (body: Uint8Array, at: number): Uint8Array => {
      const bytes = [...body]
      bytes.splice(at - 2, 2, (body[at - 2] as number) & 0x7f)
      return Uint8Array.from(bytes)
    }
    found({ decode: forgiving(/shortest form/, shorter) }, /another encoding/)
  })

  test('a count is believed', () => {
    const believing: Receiver['decode'] = (type, body, bounds) => {
      try {
        return decode(type, body, bounds)
      } catch (error) {
        const count = /announces (\d+) elements/.exec((error as Error).message)
        throw count === null ? error : new RangeError(`Invalid array length ${count[1]}`)
      }
    }
    found({ decode: believing }, /not ERR_TM_PROTOCOL: RangeError/)
  })

  test('a view of the receive buffer is kept', () => {
    const sharing: Receiver['decode'] = (type, body, bounds) => {
      const message = decode(type, body, bounds)
      return message.type === 'depart'
        ? { ...message, payload: body.subarray(body.length - message.payload.length) }
        : message
    }
    found({ decode: sharing }, /no copy of its own/)
  })

  test('a header that comes in pieces loses a byte', () => {
    const forgetful = (): Pick<FrameSplitter, 'push' | 'next'> => {
      const splitter = new FrameSplitter()
      const push = (chunk: Uint8Array): void => splitter.push(chunk.length === 3 ? chunk.subarray(1) : chunk)
      return { push, next: () => splitter.next() }
    }
    found({ splitter: forgetful }, /case \d+/)
  })
})
