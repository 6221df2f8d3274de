/** Free memory as blocks in the order of their addresses, neighbours joined. Given out first fit. */
import { assert } from '../errors.js'

interface FreeBlock {
  start: number
  end: number
}

export const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to
export const roundDown = (n: number, to: number): number => Math.floor(n / to) * to

export class FreeBlocks {
  /** Ascending, never adjacent. */
  private readonly blocks: FreeBlock[] = []

  /** The first `size` bytes that begin at a multiple of `step`: their address, or undefined when there are none. */
  take(size: number, step: number): number | undefined {
    for (const [i, block] of this.blocks.entries()) {
      const start = roundUp(block.start, step)
      if (start + size > block.end) continue
      this.cut(i, start, start + size)
      return start
    }
    return undefined
  }

  /** The bytes `start` … `end`-1, all of them free. */
  takeAt(start: number, end: number): void {
    const i = this.blocks.findIndex((block) => block.start <= start && end <= block.end)
    assert(i >= 0, `bytes ${start} to ${end} are not free`)
    this.cut(i, start, end)
  }

  /** These are free again. */
  give(start: number, end: number): void {
    let i = this.blocks.findIndex((block) => block.start > start)
    if (i < 0) i = this.blocks.length
    const block = { start, end }
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
  }

  /** In all. */
  get bytes(): number {
    return this.blocks.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** What could be taken at once, in whole units from a multiple of `step`. */
  largest(step: number, unit: number): number {
    // What lies before the first place where it may start, and behind the last whole unit, would stay free.
    const usable = this.blocks.map((block) => roundDown(block.end - roundUp(block.start, step), unit))
    return usable.reduce((a, b) => Math.max(a, b), 0)
  }

  private cut(i: number, start: number, end: number): void {
    const block = this.blocks[i] as FreeBlock
    const rest: FreeBlock[] = [
      { start: block.start, end: start },
      { start: end, end: block.end },
    ]
    this.blocks.splice(i, 1, ...rest.filter((part) => part.start < part.end))
  }
}
