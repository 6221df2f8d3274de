/**
 * What is to happen in a simulated run, by virtual time (µs): a binary heap. Things of the same time come in
 * the order in which they were put in, so that a run depends on nothing but its seed.
 */
export interface Due {
  readonly time: number
  readonly kind: number
  /** What it is about: a process, a connection, a node … */
  readonly which: number
}

interface Entry extends Due {
  readonly order: number
}

export class Agenda {
  private readonly heap: Entry[] = []
  private added = 0

  get size(): number {
    return this.heap.length
  }

  add(time: number, kind: number, which: number): void {
    const entry = { time, kind, which, order: this.added++ }
    let at = this.heap.length
    this.heap.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.heap[above] as Entry
      if (!before(entry, parent)) break
      this.heap[at] = parent
      at = above
    }
    this.heap[at] = entry
  }

  /** The earliest; undefined when there is nothing left. */
  take(): Due | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (first !== undefined && last !== undefined && this.heap.length > 0) this.sink(last)
    return first
  }

  private sink(entry: Entry): void {
    const { heap } = this
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1] as Entry, heap[below] as Entry)) below++
      const child = heap[below] as Entry
      if (!before(child, entry)) break
      heap[at] = child
      at = below
    }
    heap[at] = entry
  }
}

const before = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)
