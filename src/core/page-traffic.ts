/**
 * What came to this node for each page, and who writes which bytes of it, as the diffs that pass here tell. So false
 * sharing is told from true: two writers whose diffs never overlap only share the page, not the data. It looks into every
 * diff, so it is there only where somebody wants to know.
 */
import { changedBits } from './diff.js'
import type { NodeId, PageId } from './ids.js'

/** One page, as a node knows it or as all nodes together do. */
export interface PageRow {
  readonly page: number
  /** What came to nodes for this page: diffs, or the page itself. */
  readonly bytes: number
  readonly transfers: number
  /** Nodes whose diffs were seen, ascending. */
  readonly writers: readonly number[]
  /** A byte is in the diffs of two nodes. */
  readonly overlap: boolean
}

interface Entry {
  bytes: number
  transfers: number
  /** The bytes that each has changed, as bits; emptied when two of them have met in a byte. */
  readonly written: Map<NodeId, Uint8Array>
  overlap: boolean
}

export class PageTraffic {
  private readonly entries = new Map<PageId, Entry>()

  constructor(private readonly pageBytes: number) {}

  /** A diff is known here for the first time; `came` in a message, or it was made here. */
  diff(page: PageId, writer: NodeId, diff: Uint8Array, came: boolean): void {
    const entry = this.entry(page)
    if (came) this.add(entry, diff.length)
    const known = entry.written.get(writer)
    if (entry.overlap && known !== undefined) return
    const bits = changedBits(diff, this.pageBytes)
    for (const [other, theirs] of entry.written) if (other !== writer && meet(bits, theirs)) entry.overlap = true
    if (known === undefined) entry.written.set(writer, bits)
    else for (const [i, byte] of bits.entries()) known[i] = (known[i] as number) | byte
  }

  /** Something else came for the page. */
  came(page: PageId, bytes: number): void {
    this.add(this.entry(page), bytes)
  }

  /** The pages with the most bytes, `most` at most; everything is forgotten. */
  take(most: number): PageRow[] {
    const rows = [...this.entries].map(
      ([page, { bytes, transfers, written, overlap }]): PageRow => ({
        page,
        bytes,
        transfers,
        writers: [...written.keys()].sort((a, b) => a - b),
        overlap,
      }),
    )
    this.entries.clear()
    return rows.sort(byBytes).slice(0, most)
  }

  private add(entry: Entry, bytes: number): void {
    entry.bytes += bytes
    entry.transfers++
  }

  private entry(page: PageId): Entry {
    let entry = this.entries.get(page)
    if (entry === undefined) {
      entry = { bytes: 0, transfers: 0, written: new Map(), overlap: false }
      this.entries.set(page, entry)
    }
    return entry
  }
}

/** Rows of several nodes, or of several stretches of time, as one for each page; the most bytes first. */
export function mergeRows<R extends PageRow>(lists: readonly (readonly R[])[]): R[] {
  const merged = new Map<number, R>()
  for (const row of lists.flat()) {
    const known = merged.get(row.page)
    if (known === undefined) merged.set(row.page, row)
    else {
      merged.set(row.page, {
        ...known,
        bytes: known.bytes + row.bytes,
        transfers: known.transfers + row.transfers,
        writers: [...new Set([...known.writers, ...row.writers])].sort((a, b) => a - b),
        overlap: known.overlap || row.overlap,
      })
    }
  }
  return [...merged.values()].sort(byBytes)
}

const byBytes = (a: PageRow, b: PageRow): number => b.bytes - a.bytes || a.page - b.page

const meet = (a: Uint8Array, b: Uint8Array): boolean => a.some((byte, i) => (byte & (b[i] as number)) !== 0)
