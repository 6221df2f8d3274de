/**
 * The diffs of one page that a node holds, by the interval they belong to: its own, and others' that it may have to hand
 * on. A diff that was sent to everybody needs no holder. It is gone when it has been applied, and whoever asks for it
 * after all is told that it is on its way.
 */

import { compact } from './compact.js'
import { type CounterRow, count } from './counters.js'
import type { IntervalName } from './messages.js'
import type { PassingBytes } from './passing-bytes.js'

/** In a reply: everybody was sent this diff. No diff begins like this. */
export const onItsWay: Uint8Array = Uint8Array.of(2)
export const isOnItsWay = (diff: Uint8Array): boolean => diff.length === 1 && diff[0] === onItsWay[0]

interface Common {
  readonly key: number
  readonly diff: Uint8Array
}

export class HeldDiffs {
  /** For others. */
  private readonly diffs = new Map<number, Uint8Array>()
  /** Those that everybody was sent: few at a time, and soon gone. */
  private readonly common: Common[] = []
  /** By writer, the last interval whose diff everybody was sent, and which is not held any more. */
  private readonly gone: number[] = []

  constructor(
    private readonly nodes: number,
    private readonly counters: CounterRow,
    private readonly passing: PassingBytes,
  ) {}

  key({ node, index }: IntervalName): number {
    return index * this.nodes + node
  }

  get(name: IntervalName): Uint8Array | undefined {
    const key = this.key(name)
    return this.common[this.commonAt(key)]?.diff ?? this.diffs.get(key)
  }

  has(name: IntervalName): boolean {
    return this.get(name) !== undefined
  }

  /** It may come a second time: pushed, and as the answer to a request. True the first time. */
  hold(name: IntervalName, diff: Uint8Array, common: boolean): boolean {
    const key = this.key(name)
    if (this.commonAt(key) >= 0) return false
    const known = this.diffs.get(key)
    if (known !== undefined && !common) return false
    if (known === undefined) count(this.counters, 'keptDiffs')
    // What can go once it is applied is not held for others because it was asked for as well.
    else this.diffs.delete(key)
    count(this.counters, 'keptDiffBytes', diff.length - (known?.length ?? 0))
    if (common) this.common.push({ key, diff: this.passing.hold(diff) })
    else this.diffs.set(key, compact(diff))
    return known === undefined
  }

  /** The diff is in the page now. */
  applied(name: IntervalName): void {
    const at = this.commonAt(this.key(name))
    if (at < 0) return
    const { diff } = this.common[at] as Common
    this.common.splice(at, 1)
    count(this.counters, 'keptDiffs', -1)
    count(this.counters, 'keptDiffBytes', -diff.length)
    this.passing.letGo(diff)
    this.sentToAll(name)
  }

  /** Everybody was sent the diff, and it is not held here. */
  sentToAll({ node, index }: IntervalName): void {
    this.gone[node] = Math.max(index, this.gone[node] ?? 0)
  }

  /** One that is not held: whether that is because everybody was sent it. */
  isGone({ node, index }: IntervalName): boolean {
    return index <= (this.gone[node] ?? 0)
  }

  size(): { readonly diffs: number; readonly diffBytes: number } {
    let diffBytes = 0
    for (const diff of this.diffs.values()) diffBytes += diff.length
    for (const { diff } of this.common) diffBytes += diff.length
    return { diffs: this.diffs.size + this.common.length, diffBytes }
  }

  private commonAt(key: number): number {
    for (let i = 0; i < this.common.length; i++) if (this.common[i]?.key === key) return i
    return -1
  }
}
