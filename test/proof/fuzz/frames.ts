/**
 * Fuzzed frames: streams of messages that are spoilt in their bytes, types and lengths, cut into chunks, and given
 * to a receiver as the real node has one. Of each frame it must come out with the message whose bytes these are, or
 * with ERR_TM_PROTOCOL.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Message } from '../../../src/core/messages.js'
import { TreadMarksError } from '../../../src/errors.js'
import { MAX_FRAME_BYTES } from '../../../src/limits.js'
import type { Random } from '../../../src/sim/random.js'
import type { Bounds } from '../../../src/wire/bounds.js'
import { ByteWriter } from '../../../src/wire/bytes.js'
import { decode, encode, typeByte } from '../../../src/wire/codec.js'
import { FrameSplitter, HEADER_BYTES } from '../../../src/wire/frame.js'
import { bodyOf } from '../../wire/encoded.js'
import { allBounds, anyMessage } from '../../wire/generators.js'
import { BoundsCheck } from './bounds-check.js'
import { type Cases, eachCase, Tally, withoutNumbers } from './cases.js'
import { lie } from './lies.js'
import { mutate } from './mutations.js'

/** What is fuzzed; a test of the fuzzer puts something wrong here. */
export interface Receiver {
  readonly decode: (type: number, body: Uint8Array, bounds: Bounds) => Message
  readonly splitter: () => Pick<FrameSplitter, 'push' | 'next'>
}
export const receiver: Receiver = { decode, splitter: () => new FrameSplitter() }

/** What came of it all. */
export interface Harvest {
  /** Spoilt frames that reached the decoder. */
  frames: number
  /** By type of message: those that are messages all the same. */
  readonly accepted: Tally
  /** By the words of the refusal, without its names and numbers. */
  readonly refused: Tally
}

interface Body {
  readonly type: number
  readonly bytes: Uint8Array
}
interface Sample extends Body {
  readonly message: Message
}

const SAMPLES = 400
/** By run: bodies of messages of every type. */
const corpus = allBounds.map((bounds): Sample[] =>
  fc
    .sample(anyMessage(bounds), { seed: 19_940_117, numRuns: SAMPLES })
    .map((message) => ({ message, type: typeByte(message), bytes: bodyOf(message) })),
)

export function fuzzFrames(cases: Cases, subject: Receiver = receiver): Harvest {
  const harvest: Harvest = { frames: 0, accepted: new Tally(), refused: new Tally() }
  eachCase(cases, (random) => new FrameCase(random, subject, harvest).run())
  return harvest
}

const writer = new ByteWriter()

class FrameCase {
  private readonly bounds: Bounds
  private readonly samples: readonly Sample[]
  private readonly stream: Uint8Array
  /** Where frames begin that are spoilt. */
  private readonly spoilt = new Set<number>()
  private at = 0

  constructor(
    private readonly random: Random,
    private readonly subject: Receiver,
    private readonly harvest: Harvest,
  ) {
    const run = random.below(allBounds.length)
    this.bounds = allBounds[run] as Bounds
    // Messages of another run, now and then: whole in form, wrong in range.
    this.samples = corpus[random.chance(0.1) ? random.below(corpus.length) : run] as Sample[]
    this.stream = this.draw()
  }

  /** What the node does: each chunk through one buffer, which is used again. */
  run(): void {
    const splitter = this.subject.splitter()
    const expected = this.framesOf()
    for (let from = 0; from < this.stream.length; ) {
      const chunk = this.stream.slice(from, from + this.chunkBytes())
      from += chunk.length
      splitter.push(chunk)
      for (;;) {
        const frame = this.guarded(() => splitter.next())
        if (frame === 'refused') {
          assert.equal(expected.shift(), 'too long', 'a frame of fair length was refused by its length')
          return
        }
        if (frame === undefined) break
        const due = expected.shift()
        assert.ok(due !== undefined && due !== 'too long', 'there is no such frame')
        assert.equal(frame.type, due.type)
        assert.ok(Buffer.compare(frame.body, due.bytes) === 0, 'the splitter gave another body')
        this.named(due, () => this.receive(due, frame.body))
      }
      chunk.fill(0xee)
    }
    assert.deepEqual(expected, [], 'a frame was left out')
  }

  /** A failure says which frame it was. */
  private named({ type, bytes }: Body, run: () => void): void {
    try {
      run()
    } catch (error) {
      const { nodes, pages } = this.bounds
      const body = Buffer.from(bytes.subarray(0, 400)).toString('hex')
      throw new Error(`${nodes} nodes, ${pages} pages, type ${type}, body ${body}: ${(error as Error).message}`)
    }
  }

  private receive({ type, bytes }: Body, body: Uint8Array): void {
    const spoilt = this.spoilt.has(this.at)
    this.at += HEADER_BYTES + bytes.length
    if (spoilt) this.harvest.frames++
    const message = this.guarded(() => this.subject.decode(type, body, this.bounds))
    if (message === 'refused') return
    assert.equal(typeByte(message), type, 'the message is of another type')
    writer.reset()
    encode(message, writer)
    assert.ok(Buffer.compare(writer.subarray(), bytes) === 0, 'the message has another encoding')
    new BoundsCheck(this.bounds, bytes.length).message(message)
    if (spoilt) this.harvest.accepted.add(message.type)
  }

  /** Nothing but ERR_TM_PROTOCOL may come out. */
  private guarded<T>(run: () => T): T | 'refused' {
    try {
      return run()
    } catch (error) {
      const ours = error instanceof TreadMarksError && error.code === 'ERR_TM_PROTOCOL'
      if (!ours) throw new Error(`not ERR_TM_PROTOCOL: ${(error as Error).stack}`)
      this.harvest.refused.add(reasonOf(error.message))
      return 'refused'
    }
  }

  /** The frames of the stream, found by hand; nothing follows one that is too long. */
  private framesOf(): (Body | 'too long')[] {
    const frames: (Body | 'too long')[] = []
    const view = new DataView(this.stream.buffer, this.stream.byteOffset, this.stream.length)
    for (let at = 0; at + HEADER_BYTES <= this.stream.length; ) {
      const length = view.getUint32(at, true)
      if (length > MAX_FRAME_BYTES) return [...frames, 'too long']
      const end = at + HEADER_BYTES + length
      if (end > this.stream.length) break
      frames.push({ type: view.getUint8(at + 4), bytes: this.stream.slice(at + HEADER_BYTES, end) })
      at = end
    }
    return frames
  }

  private draw(): Uint8Array {
    const frames: Uint8Array[] = []
    let length = 0
    for (let left = this.random.between(1, 3); left > 0; left--) {
      const spoilt = this.random.chance(0.9)
      const frame = spoilt ? this.spoiltFrame() : frameOf(this.random.pick(this.samples))
      if (spoilt) this.spoilt.add(length)
      frames.push(frame)
      length += frame.length
    }
    const stream = new Uint8Array(length)
    let at = 0
    for (const frame of frames) {
      stream.set(frame, at)
      at += frame.length
    }
    return this.random.chance(0.05) ? stream.slice(0, this.random.below(length)) : stream
  }

  private spoiltFrame(): Uint8Array {
    const { random } = this
    const { message, type, bytes } = random.pick(this.samples)
    const body = random.chance(0.3)
      ? (encoded(lie(message, random, this.bounds)) ?? bytes)
      : mutate(bytes, random, random.pick(this.samples).bytes)
    const otherType = random.chance(0.08) ? random.below(random.chance(0.7) ? 20 : 256) : type
    const frame = frameOf({ type: otherType, bytes: body })
    if (random.chance(0.04)) this.lie(frame)
    return frame
  }

  /** The length that the frame announces is another. */
  private lie(frame: Uint8Array): void {
    const { random } = this
    const view = new DataView(frame.buffer)
    const length = frame.length - HEADER_BYTES
    const others = [
      length + random.between(-2, 2),
      random.below(300),
      MAX_FRAME_BYTES + random.between(-1, 2),
      2 ** 32 - 1,
    ]
    view.setUint32(0, Math.max(0, random.pick(others)), true)
  }

  private chunkBytes(): number {
    const { random } = this
    return 1 + random.below(random.pick([1, 2, 6, 20, 200, 5000]))
  }
}

/** Undefined for what our own encoder refuses. */
function encoded(message: Message): Uint8Array | undefined {
  try {
    return bodyOf(message)
  } catch {
    return undefined
  }
}

function frameOf({ type, bytes }: Body): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + bytes.length)
  new DataView(frame.buffer).setUint32(0, bytes.length, true)
  frame[4] = type
  frame.set(bytes, HEADER_BYTES)
  return frame
}

/** A refusal without message, field and numbers: "payload, before byte 3, needs 9 bytes" is "needs N bytes". */
const reasonOf = (message: string): string => withoutNumbers(message.replace(/^.*, before byte \d+, /, ''))
