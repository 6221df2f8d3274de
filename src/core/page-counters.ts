/**
 * What each page of a node's heap has cost: the part that the protocol counts. Faults and twins happen beside the core
 * and are counted there (native/counts.c). Memory is taken only for pages that count something.
 */
import { type CounterRow, count } from './counters.js'
import type { PageId } from './ids.js'

export const pageCounterNames = ['pagesFetched', 'diffsCreated', 'diffsApplied', 'diffBytes'] as const
export type PageCounter = (typeof pageCounterNames)[number]

const WIDTH = pageCounterNames.length
const COLUMN = Object.fromEntries(pageCounterNames.map((name, i) => [name, i])) as Record<PageCounter, number>

export class PageCounters {
  /** A row for each page. */
  private readonly rows: Float64Array

  constructor(pages: number) {
    this.rows = new Float64Array(pages * WIDTH)
  }

  count(page: PageId, counter: PageCounter, by = 1): void {
    const i = page * WIDTH + COLUMN[counter]
    this.rows[i] = (this.rows[i] as number) + by
  }

  /** Of the pages `first` … `end`-1 together, in the order of the names. */
  sums(first: number, end: number): number[] {
    return pageCounterNames.map((_, column) => {
      let sum = 0
      for (let i = first * WIDTH + column; i < end * WIDTH; i += WIDTH) sum += this.rows[i] as number
      return sum
    })
  }
}

/** For the node and for the page. */
export function countFor(
  { counters, pageCounters }: { readonly counters: CounterRow; readonly pageCounters: PageCounters },
  page: PageId,
  counter: PageCounter,
  by = 1,
): void {
  count(counters, counter, by)
  pageCounters.count(page, counter, by)
}
