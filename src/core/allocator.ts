/**
 * The shared heap's allocator: first fit over address-ordered free blocks, kept by one node for all. A block of a page or
 * more is whole pages, so large allocations share no page with others. Memory above the high-water mark was never handed
 * out and is still zero on every node; below it the receiver must zero, once it has the freer's write notices.
 *
 * Memory for another protocol than the run's is whole pages from the upper end of what was never handed out, so that no
 * node has anything of them; what is freed of it goes only to that protocol again.
 */
import { TreadMarksError } from '../errors.js'
import { MAX_NAME_LENGTH } from '../limits.js'
import { FreeBlocks, roundDown, roundUp } from './free-blocks.js'
import { asciiBytes, asciiText } from './name.js'

export interface Allocated {
  /** Byte offset into the heap; 0 when there is no room. */
  readonly address: number
  readonly used: boolean
  /** Bytes free in all, and in the largest block that a request of its kind could get. */
  readonly free: number
  readonly largest: number
}

/** Sizes are multiples of `unit`, addresses of `step`; bytes. */
interface Shape {
  readonly size: number
  readonly step: number
  readonly unit: number
}

interface Block {
  readonly size: number
  /** Where it goes when it is freed. */
  readonly home: FreeBlocks
}

const MIN_ALIGN = 8

/** What an error says when there was no room. */
export const noRoomText = ({ free, largest }: Pick<Allocated, 'free' | 'largest'>): string =>
  `the shared heap has no room: ${free} bytes are free, ${largest} in the largest block`

export class Allocator {
  /** Of the run's protocol. Address 0 is never given out. */
  private readonly own = new FreeBlocks()
  /** By protocol: what was freed of its memory. */
  private readonly others = new Map<string, FreeBlocks>()
  private readonly blocks = new Map<number, Block>()
  private highWater = MIN_ALIGN
  /** Memory from here on was handed out, or cut off, for other protocols. */
  private ceiling: number

  constructor(
    private readonly heapBytes: number,
    private readonly pageBytes: number,
  ) {
    this.own.give(MIN_ALIGN, heapBytes)
    this.ceiling = heapBytes
  }

  /** `bytes` ≥ 1; `align` a power of two, or 0 for the usual; `protocol` if it is not the run's. */
  malloc(bytes: number, align: number, protocol?: string): Allocated {
    const shape = this.shape(bytes, align, protocol)
    return protocol === undefined ? this.mallocOwn(shape) : this.mallocOther(shape, this.freedOf(protocol))
  }

  /** Whether an allocator of this heap could have answered so: with a block that fits the request, or with 0. */
  couldGive(address: number, bytes: number, align: number, protocol?: string): boolean {
    const { size, step } = this.shape(bytes, align, protocol)
    return address === 0 || (address >= MIN_ALIGN && address % step === 0 && address + size <= this.heapBytes)
  }

  /** False when `address` is no block in use. */
  free(address: number): boolean {
    const block = this.blocks.get(address)
    if (block === undefined) return false
    this.blocks.delete(address)
    block.home.give(address, address + block.size)
    return true
  }

  private mallocOwn({ size, step, unit }: Shape): Allocated {
    const start = this.own.take(size, step)
    if (start === undefined) {
      return { address: 0, used: false, free: this.own.bytes, largest: this.own.largest(step, unit) }
    }
    const used = start < this.highWater || start >= this.ceiling
    if (start < this.ceiling) this.highWater = Math.max(this.highWater, start + size)
    return this.given(start, size, this.own, used)
  }

  private mallocOther({ size, step, unit }: Shape, freed: FreeBlocks): Allocated {
    const again = freed.take(size, step)
    if (again !== undefined) return this.given(again, size, freed, true)
    const lowest = roundUp(this.highWater, step)
    const start = roundDown(this.ceiling - size, step)
    if (start < lowest) {
      const never = Math.max(0, roundDown(this.ceiling - roundUp(this.highWater, unit), unit))
      const largest = Math.max(freed.largest(step, unit), roundDown(this.ceiling - lowest, unit), 0)
      return { address: 0, used: false, free: freed.bytes + never, largest }
    }
    this.own.takeAt(start, start + size)
    this.ceiling = start
    return this.given(start, size, freed, false)
  }

  private given(address: number, size: number, home: FreeBlocks, used: boolean): Allocated {
    this.blocks.set(address, { size, home })
    return { address, used, free: 0, largest: 0 }
  }

  private freedOf(protocol: string): FreeBlocks {
    const freed = this.others.get(protocol) ?? new FreeBlocks()
    this.others.set(protocol, freed)
    return freed
  }

  private shape(bytes: number, align: number, protocol: string | undefined): Shape {
    const unit = bytes >= this.pageBytes || protocol !== undefined ? this.pageBytes : MIN_ALIGN
    return { size: roundUp(bytes, unit), step: Math.max(align, unit), unit }
  }
}

/** What a process asks for in a collective allocation; `label` describes it for people, in ASCII. */
export interface Allocation {
  readonly bytes: number
  readonly align: number
  readonly label: string
  /** Of its pages; undefined for the run's. */
  readonly protocol?: string | undefined
}

/** Between the label and the protocol; neither has one. */
const SEPARATOR = 0

export function encodeAllocation({ bytes, align, label, protocol }: Allocation): Uint8Array {
  const text = asciiBytes(protocol === undefined ? label : label + String.fromCharCode(SEPARATOR) + protocol)
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
  const separator = payload.indexOf(SEPARATOR, 16)
  const label = asciiText(payload.subarray(16, separator < 0 ? payload.length : separator))
  if (label === undefined) throw malformed()
  if (separator < 0) return { bytes, align, label }
  const protocol = asciiText(payload.subarray(separator + 1))
  if (protocol === undefined || protocol === '' || protocol.length > MAX_NAME_LENGTH) throw malformed()
  return { bytes, align, label, protocol }
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
