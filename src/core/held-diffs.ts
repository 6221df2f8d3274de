/**
 * The diffs of one page that a node holds, by the interval they belong to: its own, and others' that it may have to hand
 * on. A diff that was sent to everybody needs no holder. It is gone when it has been applied, and whoever asks for it
 * after all is told that it is on its way.
 */

import { compact } from './compact.js'
import { type CounterRow, count } from './counters.js'
import type { NodeId } from './ids.js'
import type { IntervalName } from './messages.js'

/** In a reply: everybody was sent this diff. No diff begins like this. */
export const onItsWay: Uint8Array = Uint8Array.of(2)
export const isOnItsWay = (diff: Uint8Array): boolean => diff.length === 1 && diff[0] === onItsWay[0]

export class HeldDiffs {
  private readonly diffs = new Map<number, Uint8Array>()
  /** Of those: which everybody was sent. */
  private readonly common = new Set<number>()
  /** By writer, the last interval whose diff everybody was sent, and which is not held any more. */
  private readonly gone = new Map<NodeId, number>()

  constructor(
    private readonly nodes: number,
    private readonly counters: CounterRow,
  ) {}

  key({ node, index }: IntervalName): number {
    return index * this.nodes + node
  }

  get(name: IntervalName): Uint8Array | undefined {
    return this.diffs.get(this.key(name))
  }

  has(name: IntervalName): boolean {
    return this.diffs.has(this.key(name))
  }

  /** It may come a second time: pushed, and as the answer to a request. True the first time. */
  hold(name: IntervalName, diff: Uint8Array, common: boolean): boolean {
    const key = this.key(name)
    const known = this.diffs.get(key)
    if (known === undefined) count(this.counters, 'keptDiffs')
    count(this.counters, 'keptDiffBytes', diff.length - (known?.length ?? 0))
    this.diffs.set(key, common ? diff : compact(diff))
    if (common) this.common.add(key)
    return known === undefined
  }

  /** The diff is in the page now. */
  applied(name: IntervalName): void {
    const key = this.key(name)
    if (!this.common.delete(key)) return
    const diff = this.diffs.get(key) as Uint8Array
    this.diffs.delete(key)
    count(this.counters, 'keptDiffs', -1)
    count(this.counters, 'keptDiffBytes', -diff.length)
    this.sentToAll(name)
  }

  /** Everybody was sent the diff, and it is not held here. */
  sentToAll({ node, index }: IntervalName): void {
    this.gone.set(node, Math.max(index, this.gone.get(node) ?? 0))
  }

  /** One that is not held: whether that is because everybody was sent it. */
  isGone({ node, index }: IntervalName): boolean {
    return index <= (this.gone.get(node) ?? 0)
  }

  size(): { readonly diffs: number; readonly diffBytes: number } {
    let diffBytes = 0
    for (const diff of this.diffs.values()) diffBytes += diff.length
    return { diffs: this.diffs.size, diffBytes }
  }
}
