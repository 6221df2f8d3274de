/** Bugs in the allocator (src/core/free-blocks.ts, allocator.ts) and in the messages that malloc and free are (allocation.ts). */
import { type Mutant, simulated } from './mutant.js'

const blocks = simulated('src/core/free-blocks.ts', [
  {
    name: 'joined-over-a-gap',
    about: 'A freed block joins the free one before it although 8 bytes between them are in use.',
    find: 'if (before !== undefined && before.end === block.start) {',
    replace: 'if (before !== undefined && before.end >= block.start - 8) {',
  },
  {
    name: 'block-keeps-its-rest',
    about:
      'What is left of a block begins where the block began, not behind what was given out, when it must be aligned.',
    find: '{ start: end, end: block.end },',
    replace: '{ start: block.start + end - start, end: block.end },',
  },
])

const heap = simulated('src/core/allocator.ts', [
  {
    name: 'sizes-rounded-down',
    about: 'A size is rounded to the nearest multiple of its unit instead of up.',
    find: 'return { size: roundUp(bytes, unit), step',
    replace: 'return { size: Math.max(unit, Math.round(bytes / unit) * unit), step',
  },
  {
    name: 'address-0-given-out',
    about: 'The first byte of the heap is given out; its address means that there is no room.',
    find: 'this.own.give(MIN_ALIGN, heapBytes)',
    replace: 'this.own.give(0, heapBytes)',
  },
  {
    name: 'high-water-at-the-start',
    about: 'Memory counts as never used when the block reaches beyond the high-water mark, though it begins below.',
    find: 'const used = start < this.highWater ||',
    replace: 'const used = start + size <= this.highWater - MIN_ALIGN ||',
  },
  {
    name: 'high-water-falls',
    about: 'The high-water mark is where the last block ended, and not the highest end of all.',
    find: 'this.highWater = Math.max(this.highWater, start + size)',
    replace: 'this.highWater = start + size',
  },
])

const notices = simulated('src/core/allocation.ts', [
  {
    name: 'reused-without-notices',
    about: 'Freed memory is given out without the write notices of whoever freed it.',
    find: 'allocated.used && from !== this.self',
    replace: 'allocated.used && from === this.self',
  },
  {
    name: 'free-brings-no-notices',
    about: 'A free tells the allocator the address and nothing of what was written there.',
    find: 'const rider = this.coherence.releaseTo(MEETING_MANAGER)',
    replace: 'const rider = { time: zeroTime(this.nodes), intervals: [] }',
  },
])

export const allocator: readonly Mutant[] = [...blocks, ...heap, ...notices]
