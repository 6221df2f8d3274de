/**
 * Lies: messages that are whole in form and wrong in what they say. One field, or one list, is changed: a number
 * to its bound, beyond it or to a neighbour; bytes grow or shrink; an element goes, comes twice or out of order.
 * Unlike bytes that are spoilt, a lie gets past the lengths and counts of the encoding.
 */
import { type Message, meetingKinds } from '../../../src/core/messages.js'
import type { Random } from '../../../src/sim/random.js'
import type { Bounds } from '../../../src/wire/bounds.js'

/** A copy of the message in which one thing is another. It may be none that can be encoded. */
export function lie(message: Message, random: Random, bounds: Bounds): Message {
  return new Lie(random, bounds).tell(message) as Message
}

class Lie {
  /** Places that are passed before the one that is changed. */
  private left = -1

  constructor(
    private readonly random: Random,
    private readonly bounds: Bounds,
  ) {}

  tell(message: Message): unknown {
    const { type, ...fields } = message
    this.left = this.random.below(places(fields))
    return { type, ...(this.copy('', fields) as object) }
  }

  /** A copy; of the place where it counts to 0, a changed one. */
  private copy(name: string, value: unknown): unknown {
    if (isPlace(value) && this.left-- === 0) return this.changed(name, value)
    if (Array.isArray(value)) return value.map((element) => this.copy(name, element))
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, this.copy(key, field)]))
  }

  private changed(name: string, value: unknown): unknown {
    if (typeof value === 'number') return this.number(name, value)
    if (typeof value === 'boolean') return !value
    if (value instanceof Uint32Array) return this.time(value)
    if (value instanceof Uint8Array) return this.bytes(value)
    if (Array.isArray(value)) return this.list(value)
    return this.random.pick(meetingKinds)
  }

  private number(name: string, value: number): number {
    const { nodes, procs, pages, heapBytes } = this.bounds
    const bounds: Readonly<Record<string, number>> = { node: nodes, requester: nodes, proc: procs, page: pages }
    const bound = bounds[name] ?? (name === 'address' || name === 'free' || name === 'largest' ? heapBytes : 2 ** 32)
    const near = [value + 1, value - 1, value + 1, value - 1]
    return Math.max(0, this.random.pick([...near, 0, 1, bound - 1, bound, bound + 1, this.random.below(bound)]))
  }

  private time(time: Uint32Array): Uint32Array {
    const { random } = this
    if (random.chance(0.1))
      return Uint32Array.from({ length: time.length + random.pick([-1, 1]) }, (_, i) => time[i] ?? 1)
    const out = time.slice()
    const at = random.below(out.length)
    const entry = out[at] as number
    out[at] = random.pick([entry + 1, entry - 1, entry + 1, 0, 2 ** 32 - 1])
    return out
  }

  private bytes(bytes: Uint8Array): Uint8Array {
    const { random } = this
    const longest = (this.bounds.pageBytes * 9) / 8
    const length = random.pick([bytes.length - 1, bytes.length + 1, 0, longest, longest + 1, longest + 2])
    return Uint8Array.from({ length: Math.min(Math.max(0, length), 6000) }, (_, i) => bytes[i] ?? random.below(256))
  }

  private list(values: readonly unknown[]): unknown[] {
    const { random } = this
    const out = [...values]
    const at = random.below(out.length + 1)
    switch (random.below(4)) {
      case 0:
        out.splice(at, 1)
        break
      case 1:
        out.splice(at, 0, ...out.slice(at, at + 1))
        break
      case 2:
        if (at >= 1 && at < out.length) [out[at - 1], out[at]] = [out[at], out[at - 1]]
        break
      default:
        out.push(...values)
    }
    return out
  }
}

const isPlace = (value: unknown): boolean =>
  typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)

/** How many things may be changed. */
function places(value: unknown): number {
  const here = isPlace(value) ? 1 : 0
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return here
  return Object.values(value).reduce((sum: number, field) => sum + places(field), here)
}
