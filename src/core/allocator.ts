/**
 * The shared heap's allocator: first fit over address-ordered free blocks, with neighbours joined, kept by
 * one node for all. A block of a page or more is whole pages, so large allocations share no page with others.
 * Memory above the high-water mark was never handed out and is still zero on every node; below it the
 * receiver must zero, once it has the freer's write notices.
 */
import { assert, TreadMarksError } from '../errors.js'
import { asciiBytes, asciiText } from './name.js'

export interface Allocated {
  /** Byte offset into the heap; 0 when there is no room. */
  readonly address: number
  readonly used: boolean
  /** Bytes free in all, and in the largest block that a request of its kind could get. */
  readonly free: number
  readonly largest: number
}

interface FreeBlock {
  start: number
  end: number
}

/** Sizes are multiples of `unit`, addresses of `step`; bytes. */
interface Shape {
  readonly size: number
  readonly step: number
  readonly unit: number
}

const MIN_ALIGN = 8
const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to
const roundDown = (n: number, to: number): number => Math.floor(n / to) * to

export class Allocator {
  /** Ascending, never adjacent. Address 0 is never given out. */
  private readonly blocks: FreeBlock[]
  private readonly sizes = new Map<number, number>()
  private highWater = MIN_ALIGN

  constructor(
    private readonly heapBytes: number,
    private readonly pageBytes: number,
  ) {
    this.blocks = [{ start: MIN_ALIGN, end: heapBytes }]
  }

  /** `bytes` ≥ 1; `align` a power of two, or 0 for the usual. */
  malloc(bytes: number, align: number): Allocated {
    const { size, step, unit } = this.shape(bytes, align)
    for (const [i, block] of this.blocks.entries()) {
      const start = roundUp(block.start, step)
      if (start + size > block.end) continue
      const used = start < this.highWater
      const rest: FreeBlock[] = [
        { start: block.start, end: start },
        { start: start + size, end: block.end },
      ]
      this.blocks.splice(i, 1, ...rest.filter((part) => part.start < part.end))
      this.sizes.set(start, size)
      this.highWater = Math.max(this.highWater, start + size)
      return { address: start, used, free: 0, largest: 0 }
    }
    const lengths = this.blocks.map((block) => block.end - block.start)
    // What lies before the first place where it may start, and behind the last whole unit, would stay free.
    const usable = this.blocks.map((block) => roundDown(block.end - roundUp(block.start, step), unit))
    return {
      address: 0,
      used: false,
      free: lengths.reduce((a, b) => a + b, 0),
      largest: usable.reduce((a, b) => Math.max(a, b), 0),
    }
  }

  /** Whether an allocator of this heap could have answered so: with a block that fits the request, or with 0. */
  couldGive(address: number, bytes: number, align: number): boolean {
    const { size, step } = this.shape(bytes, align)
    return address === 0 || (address >= MIN_ALIGN && address % step === 0 && address + size <= this.heapBytes)
  }

  /** False when `address` is no block in use. */
  free(address: number): boolean {
    const size = this.sizes.get(address)
    if (size === undefined) return false
    this.sizes.delete(address)
    let i = this.blocks.findIndex((block) => block.start > address)
    if (i < 0) i = this.blocks.length
    const block = { start: address, end: address + size }
    const after = this.blocks[i]
    const before = this.blocks[i - 1]
    assert(after === undefined || block.end <= after.start, 'a freed block overlaps a free one')
    assert(before === undefined || before.end <= block.start, 'a freed block overlaps a free one')
    this.blocks.splice(i, 0, block)
    if (after !== undefined && after.start === block.end) {
      block.end = after.end
      this.blocks.splice(i + 1, 1)
    }
    if (before !== undefined && before.end === block.start) {
      before.end = block.end
      this.blocks.splice(i, 1)
    }
    return true
  }

  private shape(bytes: number, align: number): Shape {
    const unit = bytes >= this.pageBytes ? this.pageBytes : MIN_ALIGN
    return { size: roundUp(bytes, unit), step: Math.max(align, unit), unit }
  }
}

/** What a process asks for in a collective allocation; `label` describes it for people, in ASCII. */
export interface Allocation {
  readonly bytes: number
  readonly align: number
  readonly label: string
}

export function encodeAllocation({ bytes, align, label }: Allocation): Uint8Array {
  const text = asciiBytes(label)
  const out = new Uint8Array(16 + text.length)
  const view = new DataView(out.buffer)
  view.setFloat64(0, bytes)
  view.setFloat64(8, align)
  out.set(text, 16)
  return out
}

export function decodeAllocation(payload: Uint8Array): Allocation {
  if (payload.length < 16) throw malformed()
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const bytes = view.getFloat64(0)
  const align = view.getFloat64(8)
  if (!Number.isSafeInteger(bytes) || bytes < 1 || !isAlignment(align)) throw malformed()
  const label = asciiText(payload.subarray(16))
  if (label === undefined) throw malformed()
  return { bytes, align, label }
}

const malformed = (): TreadMarksError =>
  new TreadMarksError('ERR_TM_PROTOCOL', 'the description of an allocation is malformed')

/** 0 for the usual alignment, or a power of two up to 2³⁰ bytes. */
export const isAlignment = (align: number): boolean =>
  align === 0 || (Number.isInteger(align) && align > 0 && align <= 2 ** 30 && (align & (align - 1)) === 0)

export function encodeAllocated({ address, used, free, largest }: Allocated): Uint8Array {
  const out = new Float64Array([address, used ? 1 : 0, free, largest])
  return new Uint8Array(out.buffer)
}

export function decodeAllocated(payload: Uint8Array): Allocated {
  if (payload.length !== 32) throw malformed()
  const [address, used, free, largest] = new Float64Array(payload.slice().buffer) as unknown as [
    number,
    number,
    number,
    number,
  ]
  return { address, used: used === 1, free, largest }
}
