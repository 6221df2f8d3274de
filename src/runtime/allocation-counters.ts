/**
 * What pages have cost, by the name of the allocation they belong to. Costs are counted page by page, by the trap and by
 * the protocol, and added up here over the pages of a name when somebody asks. Every node hears of every collective
 * allocation, so all agree whose a page is. Memory of `tm.malloc` has no names, and what no allocation has got is its.
 */
import { type PageCounters, pageCounterNames } from '../core/page-counters.js'
import type { Counters, Tally } from '../core/tally.js'
import { MAX_ALLOCATION_NAMES } from '../limits.js'

/** Read faults, write faults and twins of the pages `first` … `end`-1, into `out`. */
export type TrapCounters = (first: number, end: number, out: Float64Array) => void

const trapCounterNames = ['readFaults', 'writeFaults', 'twins'] as const
const costNames = [...trapCounterNames, ...pageCounterNames]

/** Names of small allocations that a page may show. */
const MAX_SHOWN = 3
const MALLOC = 0
const OTHERS = 1

export class AllocationCounters {
  private readonly owners: Uint16Array
  /** Pages from here on belong to no allocation. */
  private end = 0
  /** The first two are in no statistics that have no numbers for them. */
  private readonly names = ['malloc', 'other allocations']
  private readonly indices = new Map(this.names.map((name, i) => [name, i]))
  /** For each name, what its former pages had cost when they got another, less what its pages had cost before they were its. */
  private readonly settled = this.names.map(() => costNames.map(() => 0))
  /** Pages in which small allocations lie, and their names. */
  private readonly shared = new Map<number, string[]>()
  private readonly trapped = new Float64Array(trapCounterNames.length)

  constructor(
    pages: number,
    private readonly pageBytes: number,
    private readonly counters: PageCounters,
    private readonly trap: TrapCounters,
  ) {
    this.owners = new Uint16Array(pages)
  }

  /** All have been given this memory. A block of a page or more is whole pages; smaller ones share theirs. */
  allocated(name: string, address: number, bytes: number): void {
    const first = Math.floor(address / this.pageBytes)
    const end = Math.ceil((address + bytes) / this.pageBytes)
    if (bytes >= this.pageBytes) return this.wholePages(name, address, bytes)
    for (let page = first; page < end; page++) {
      const sharers = this.shared.get(page) ?? []
      if (!sharers.includes(name)) sharers.push(name)
      this.shared.set(page, sharers)
      const shown = sharers.slice(0, MAX_SHOWN).join(' + ')
      this.give(page, page + 1, this.indexOf(sharers.length > MAX_SHOWN ? `${shown} + others` : shown))
    }
  }

  /** Likewise, and no other allocation is on these pages. */
  wholePages(name: string, address: number, bytes: number): void {
    const first = Math.floor(address / this.pageBytes)
    const end = Math.ceil((address + bytes) / this.pageBytes)
    for (const page of this.shared.keys()) if (page >= first && page < end) this.shared.delete(page)
    this.give(first, end, this.indexOf(name))
  }

  /** The name under which a page counts now. */
  nameOf(page: number): string {
    return this.names[this.owners[page] as number] as string
  }

  /** With what `count` says that the node has counted in all. What is no allocation's is malloc's. */
  tally(count: () => Counters): Pick<Tally, 'counters' | 'allocations'> {
    const rows = this.settled.map((row) => [...row])
    for (const [first, end, owner] of this.runs(0, this.end)) add(rows[owner] as number[], this.cost(first, end), 1)
    // Counted afterwards: threads of the program may go on, and no name may have more than all.
    const counters = count()
    const rest = costNames.map((name) => counters[name] ?? 0)
    for (const row of rows.slice(MALLOC + 1)) add(rest, row, -1)
    rows[MALLOC] = rest
    const allocations: [string, Counters][] = []
    for (const [i, row] of rows.entries()) {
      if (i <= OTHERS && row.every((value) => value === 0)) continue
      const cost = Object.fromEntries(costNames.map((name, column) => [name, row[column] as number]))
      allocations.push([this.names[i] as string, cost])
    }
    return { counters, allocations: Object.fromEntries(allocations) }
  }

  private give(first: number, end: number, owner: number): void {
    for (const [from, to, before] of this.runs(first, end)) {
      const cost = this.cost(from, to)
      add(this.settled[before] as number[], cost, 1)
      add(this.settled[owner] as number[], cost, -1)
    }
    this.owners.fill(owner, first, end)
    this.end = Math.max(this.end, end)
  }

  /** Neighbouring pages of one owner. */
  private *runs(first: number, end: number): Generator<[first: number, end: number, owner: number]> {
    for (let from = first; from < end; ) {
      const owner = this.owners[from] as number
      let to = from + 1
      while (to < end && this.owners[to] === owner) to++
      yield [from, to, owner]
      from = to
    }
  }

  private cost(first: number, end: number): number[] {
    this.trap(first, end, this.trapped)
    return [...this.trapped, ...this.counters.sums(first, end)]
  }

  private indexOf(name: string): number {
    const known = this.indices.get(name)
    if (known !== undefined) return known
    if (this.names.length === MAX_ALLOCATION_NAMES) return OTHERS
    const index = this.names.length
    this.names.push(name)
    this.indices.set(name, index)
    this.settled.push(costNames.map(() => 0))
    return index
  }
}

function add(sums: number[], values: readonly number[], sign: 1 | -1): void {
  for (const [i, value] of values.entries()) sums[i] = (sums[i] as number) + sign * value
}
