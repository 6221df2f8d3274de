/**
 * Vector timestamps: entry i is the index of the last interval of node i that happened before (Keleher
 * 1994, §2.2). They are partially ordered; `sum` gives a cheap total order that respects it, because a
 * later timestamp is larger in some entry and smaller in none.
 */
import type { NodeId } from './ids.js'

export type VectorTime = Uint32Array

export const zeroTime = (nodes: number): VectorTime => new Uint32Array(nodes)

/** Whether `time` has seen interval `index` of `node`. */
export const covers = (time: VectorTime, node: NodeId, index: number): boolean => (time[node] as number) >= index

/** Whether everything that `b` has seen, but perhaps of `node`, `a` has seen. */
export function dominates(a: VectorTime, b: VectorTime, node?: NodeId): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i] as number) < (b[i] as number) && i !== node) return false
  return true
}

/** Pairwise maximum into `into`: what an acquire does (Keleher 1994, §2.2). */
export function join(into: VectorTime, other: VectorTime): void {
  for (let i = 0; i < into.length; i++) if ((into[i] as number) < (other[i] as number)) into[i] = other[i] as number
}

/** Grows strictly along happened-before. */
export function sum(time: VectorTime): number {
  let total = 0
  for (const entry of time) total += entry
  return total
}
