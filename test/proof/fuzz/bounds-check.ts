/**
 * The bounds of every field of every message, written down once more and apart from the codec: what a decoder has
 * accepted is looked through, field by field. No list may have more elements than fit the bytes that came; runs of
 * pages and of time entries, which are short on the wire, have bounds of their own.
 */
import assert from 'node:assert/strict'
import type { Message } from '../../../src/core/messages.js'
import { MAILBOX_BYTES, MAX_NOTICES, MAX_PAYLOAD_BYTES, MAX_TIME_ENTRIES } from '../../../src/limits.js'
import type { Bounds } from '../../../src/wire/bounds.js'

const MAX_U32 = 2 ** 32 - 1

/** Least and most of each number, by the name of its field. */
const numbers: Readonly<Record<string, (bounds: Bounds) => readonly [least: number, most: number]>> = {
  lock: () => [0, MAX_U32],
  cond: () => [0, MAX_U32],
  id: () => [0, MAX_U32],
  index: () => [1, MAX_U32],
  node: ({ nodes }) => [0, nodes - 1],
  requester: ({ nodes }) => [0, nodes - 1],
  home: ({ nodes }) => [0, nodes - 1],
  next: ({ nodes }) => [0, nodes - 1],
  moves: () => [0, MAX_U32],
  after: () => [0, MAX_U32],
  proc: ({ procs }) => [0, procs - 1],
  from: ({ procs }) => [0, procs - 1],
  to: ({ procs }) => [0, procs - 1],
  cost: () => [1, MAILBOX_BYTES],
  page: ({ pages }) => [0, pages - 1],
  address: ({ heapBytes }) => [0, heapBytes],
  free: ({ heapBytes }) => [0, heapBytes],
  largest: ({ heapBytes }) => [0, heapBytes],
  bytes: () => [1, Number.MAX_SAFE_INTEGER],
  align: () => [0, 2 ** 30],
}

/** Fewest bytes of one element, by the name of the list. */
const elements: Readonly<Record<string, number>> = {
  intervals: 3,
  wants: 3,
  diffs: 4,
  sleepers: 2,
  needs: 2,
  applied: 2,
  homes: 3,
}
/** Diffs without an interval. */
const PAGE_DIFF = 2

const words: Readonly<Record<string, readonly string[]>> = { kind: ['barrier', 'alloc', 'distribute', 'phase'] }

export class BoundsCheck {
  private notices = 0
  private timeEntries = 0

  /** `length`: how many bytes the message had. */
  constructor(
    private readonly bounds: Bounds,
    private readonly length: number,
  ) {}

  message({ type, ...fields }: Message): void {
    this.fields(type, fields)
    // An interval begins with the time of the one before it, so its entries cost no bytes.
    assert.ok(this.timeEntries <= MAX_TIME_ENTRIES + this.bounds.nodes, `${this.timeEntries} entries of times`)
    assert.ok(this.notices <= MAX_NOTICES, `${this.notices} write notices`)
  }

  private fields(where: string, fields: object): void {
    for (const [name, value] of Object.entries(fields)) this.value(`${where}.${name}`, name, value)
  }

  private value(where: string, name: string, value: unknown): void {
    if (typeof value === 'number') this.number(where, name, value)
    else if (typeof value === 'string') assert.ok(words[name]?.includes(value), `${where} is ${value}`)
    else if (value instanceof Uint32Array) this.time(where, value)
    else if (value instanceof Uint8Array) this.blob(where, name, value)
    else if (name === 'pages' || name === 'dropped') this.pages(where, value as readonly number[])
    else if (Array.isArray(value)) this.list(where, name, value)
    else if (typeof value === 'object' && value !== null) this.fields(where, value)
    else assert.equal(typeof value, 'boolean', where)
  }

  private number(where: string, name: string, value: number): void {
    const range = numbers[name]
    assert.ok(range !== undefined, `nobody has said what ${where} may be`)
    const [least, most] = range(this.bounds)
    assert.ok(Number.isInteger(value) && value >= least && value <= most, `${where} is ${value}`)
  }

  private time(where: string, time: Uint32Array): void {
    assert.equal(time.length, this.bounds.nodes, `${where} has ${time.length} entries`)
    this.timeEntries += time.length
  }

  private blob(where: string, name: string, bytes: Uint8Array): void {
    const carried = name === 'payload' || where === 'parcel.bytes'
    const most = carried ? MAX_PAYLOAD_BYTES : (this.bounds.pageBytes * 9) / 8
    assert.ok(bytes.length <= most && bytes.length <= this.length, `${where} has ${bytes.length} bytes`)
    // A view would keep, and share, whatever it is a view of. Diffs may be: whoever holds one copies it.
    if (name === 'bytes' && /^(diffReply|diffPush|homeFlush)\./.test(where)) return
    assert.equal(bytes.buffer.byteLength, bytes.length, `${where} is no copy of its own`)
  }

  private pages(where: string, pages: readonly number[]): void {
    for (const [i, page] of pages.entries()) {
      const least = i === 0 ? 0 : (pages[i - 1] as number) + 1
      assert.ok(page >= least && page < this.bounds.pages, `${where} has page ${page} at ${i}`)
    }
    this.notices += pages.length
  }

  private list(where: string, name: string, values: readonly object[]): void {
    const least = where.startsWith('eager') ? PAGE_DIFF : elements[name]
    assert.ok(least !== undefined, `nobody has said what an element of ${where} takes`)
    assert.ok(values.length * least <= this.length, `${where} has ${values.length} elements of ${this.length} bytes`)
    for (const value of values) this.fields(where, value)
  }
}
