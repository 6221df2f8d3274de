/**
 * What messages are made of: of each type how many there were, and the bytes of their parts as they stand on the
 * wire — vector times, intervals, write notices, names of diffs, diffs. The bytes are counted, not estimated: a
 * part is encoded by itself, or is what remains of the frame without it.
 */
import type { Interval, Rider } from '../../core/interval.js'
import type { Message } from '../../core/messages.js'
import { ByteWriter } from '../../wire/bytes.js'
import type { Field } from '../../wire/fields.js'
import { HEADER_BYTES, writeFrame } from '../../wire/frame.js'
import { pageSet, vectorTime } from '../../wire/rider.js'
import type { Component } from './quantity.js'

/** `intervals`: their nodes and times, without the notices. `names`: page, node and interval of each diff. */
export const parts = ['times', 'intervals', 'notices', 'names', 'diffs', 'rest'] as const
export type Part = (typeof parts)[number]

/** How many there are of a part, and the bytes of all of them. */
interface Tally {
  items: number
  bytes: number
}
type Load = Readonly<Record<Part, Tally>>

export class Cargo {
  private readonly types = new Map<Message['type'], { messages: number; readonly load: Load }>()
  /** The one with most bytes. */
  private largest: { readonly type: Message['type']; readonly bytes: number; readonly load: Load } | undefined
  private readonly writer = new ByteWriter()

  /** `bytes`: of its frame. */
  add(message: Message, bytes: number): void {
    const sum = this.typeOf(message)
    sum.messages++
    this.weigh(message, bytes, sum.load)
    if (bytes <= (this.largest?.bytes ?? 0)) return
    this.largest = { type: message.type, bytes, load: noLoad() }
    this.weigh(message, bytes, this.largest.load)
  }

  /** How many messages, by type. */
  messages(): Component[] {
    return [...this.types].map(([type, { messages }]) => ({
      name: type,
      factors: [{ name: 'messages', value: messages }],
    }))
  }

  /** Bytes of all messages, by type and part. */
  bytes(): Component[] {
    return [...this.types].flatMap(([type, { messages, load }]) => componentsOf(type, messages, load))
  }

  /** A queue of so many bytes, by what the largest of all messages has in it. */
  queue(bytes: number): Component[] {
    if (this.largest === undefined) return []
    const { type, load } = this.largest
    const others = { name: 'beside it', factors: [{ name: 'bytes', value: Math.max(0, bytes - this.largest.bytes) }] }
    return [...componentsOf(type, 1, load), others]
  }

  private typeOf({ type }: Message) {
    let sum = this.types.get(type)
    if (sum === undefined) {
      sum = { messages: 0, load: noLoad() }
      this.types.set(type, sum)
    }
    return sum
  }

  /** Adds the parts of a message to `load`. */
  private weigh(message: Message, bytes: number, load: Load): void {
    let rest = bytes
    const put = (part: Part, items: number, partBytes: number): void => {
      load[part].items += items
      load[part].bytes += partBytes
      rest -= partBytes
    }
    if ('rider' in message) {
      const { time, intervals } = message.rider
      const notices = intervals.reduce((sum, { pages }) => sum + this.size(pageSet, [...pages]), 0)
      put('times', 1, this.size(vectorTime, time))
      put('notices', noticesOf(intervals), notices)
      put('intervals', intervals.length, bytes - this.bare(message, message.rider) - notices)
    } else if ('wants' in message) {
      put('names', message.wants.length, bytes - HEADER_BYTES)
    } else if ('diffs' in message) {
      const diffBytes = message.diffs.reduce((sum, diff) => sum + diff.bytes.length, 0)
      put('diffs', message.diffs.length, diffBytes)
      put('names', message.diffs.length, bytes - HEADER_BYTES - diffBytes)
    } else if ('time' in message) {
      put('times', 1, this.size(vectorTime, message.time))
    }
    put('rest', 1, rest)
  }

  /** The bytes of a message without its intervals. */
  private bare(message: Message, { time }: Rider): number {
    this.writer.reset()
    return writeFrame(this.writer, { ...message, rider: { time, intervals: [] } } as Message).length
  }

  private size<T>(field: Field<T>, value: T): number {
    this.writer.reset()
    field.write(this.writer, value)
    return this.writer.length
  }
}

const none = (): Tally => ({ items: 0, bytes: 0 })
const noLoad = (): Load => ({
  times: none(),
  intervals: none(),
  notices: none(),
  names: none(),
  diffs: none(),
  rest: none(),
})

const noticesOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { pages }) => sum + pages.length, 0)

function componentsOf(type: Message['type'], messages: number, load: Load): Component[] {
  return parts.flatMap((part) => {
    const { items, bytes } = load[part]
    if (items === 0) return []
    const factors = [
      { name: 'messages', value: messages },
      { name: `${part} in each`, value: items / messages },
      { name: 'bytes of each', value: bytes / items },
    ]
    return [{ name: `${type} ${part}`, factors }]
  })
}
