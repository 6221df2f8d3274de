/**
 * Which protocol each page of a node obeys: a number for each page, by which the node knows its protocols; 0 is the run's.
 * The dirty list is one for the whole node, so whoever takes it gets pages of others with it. They are kept here until
 * their own protocol asks: until then it has heard nothing of them, and to it they are still in the open interval.
 */
import type { PageId } from './ids.js'

export class PageOwners {
  /** By page; while there is none, all are 0. */
  private owners: Uint8Array | undefined
  /** By protocol: those with the same number close their intervals together. */
  private readonly groups: number[] = []
  /** Taken from the dirty list by another protocol than their own: NOTED, and in no interval yet. */
  private readonly taken = new Set<PageId>()
  /** Protocols that have pages watched. */
  private readonly watching = new Set<number>()

  constructor(private readonly pages: number) {}

  of(page: PageId): number {
    return this.owners === undefined ? 0 : (this.owners[page] as number)
  }

  /** Whether any page has another owner than 0. */
  get differ(): boolean {
    return this.owners !== undefined
  }

  /** The pages `first` … `end`-1. */
  give(first: PageId, end: number, owner: number): void {
    this.owners ??= new Uint8Array(this.pages)
    this.owners.fill(owner, first, end)
  }

  /** Whether all of these pages have this owner. */
  areOf(first: PageId, end: number, owner: number): boolean {
    for (let page: number = first; page < end; page++) if (this.of(page as PageId) !== owner) return false
    return true
  }

  groupOf(owner: number): number {
    return this.groups[owner] ?? owner
  }

  join(owner: number, group: number): void {
    this.groups[owner] = group
  }

  watches(owner: number): void {
    this.watching.add(owner)
  }

  /** Whether pages are watched that are of no protocol of this group. */
  othersWatch(group: number): boolean {
    for (const owner of this.watching) if (this.groupOf(owner) !== group) return true
    return false
  }

  isTaken(page: PageId): boolean {
    return this.taken.has(page)
  }

  /** Of what a protocol of this group got from the dirty list, and of what others got before, that which is its; ascending. */
  share(closed: readonly PageId[], group: number): PageId[] {
    for (const page of closed) this.taken.add(page)
    const own: PageId[] = []
    for (const page of this.taken) if (this.groupOf(this.of(page)) === group) own.push(page)
    for (const page of own) this.taken.delete(page)
    return own.sort((a, b) => a - b)
  }
}
