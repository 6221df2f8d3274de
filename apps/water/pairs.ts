/**
 * Who computes which pairs: each molecule is paired with the half of the others that follows it, and after the last
 * comes the first again. So every pair is computed once, and every molecule has about the same number of them.
 */
import { blockOf } from '../lib/blocks.js'

/**
 * How many of the following molecules belong to molecule `i`. Of an even number, one stands just opposite; of two that
 * stand opposite each other it is the first who has the pair when its number is even, else the second.
 */
export function followersOf(molecules: number, i: number): number {
  const half = (molecules - 1) >> 1
  if (molecules % 2 === 1) return half
  const opposite = molecules / 2
  const evenPair = (i % opposite) % 2 === 0
  return i < opposite === evenPair ? half + 1 : half
}

/** Molecules [first, end) of process `proc`. */
export interface Part {
  readonly proc: number
  readonly first: number
  readonly end: number
}

/**
 * All molecules that pairs of process `id` have to do with, by owner: its own, and then those that follow, in order.
 */
export function partsOf(molecules: number, id: number, count: number): Part[] {
  const [from, to] = blockOf(molecules, id, count)
  // Opposite molecules have one follower more: it may be the last of mine that reaches farthest, or the last but one.
  let reach = to - from
  for (let i = from; i < to; i++) reach = Math.max(reach, i - from + followersOf(molecules, i) + 1)
  let left = Math.min(reach, molecules)
  const parts: Part[] = []
  for (let step = 0; left > 0; step++) {
    const proc = (id + step) % count
    const [first, end] = blockOf(molecules, proc, count)
    const here = Math.min(left, end - first)
    parts.push({ proc, first, end: first + here })
    left -= here
  }
  return parts
}
