/**
 * A priority queue of records of whole numbers, kept entirely inside one Int32Array: there are no references
 * in it, only indices, so it means the same to every process that sees the memory. It knows no locks; where
 * the memory is shared, hold one around every call.
 *
 * Memory: the number of records, then the heap (a permutation of the slots: those in the queue first, in heap
 * order, then the free ones), then the slots themselves. A record's first two numbers are its priority.
 */
export class PriorityQueue {
  private readonly heap: Int32Array
  private readonly slots: Int32Array

  constructor(
    private readonly memory: Int32Array,
    readonly capacity: number,
    readonly recordLength: number,
  ) {
    this.heap = memory.subarray(1, 1 + capacity)
    this.slots = memory.subarray(1 + capacity, PriorityQueue.words(capacity, recordLength))
  }

  /** How many numbers of memory a queue needs. */
  static words(capacity: number, recordLength: number): number {
    return 1 + capacity + capacity * recordLength
  }

  /** Makes the memory an empty queue; one process does this, before any other call. */
  clear(): void {
    this.memory[0] = 0
    for (let i = 0; i < this.capacity; i++) this.heap[i] = i
  }

  get size(): number {
    return this.memory[0] as number
  }

  /** Puts a copy of the record in; false when the queue is full. */
  push(record: Int32Array): boolean {
    const size = this.size
    if (size === this.capacity) return false
    this.slot(size).set(record)
    this.memory[0] = size + 1
    let place = size
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.before(place, parent)) break
      this.swap(place, parent)
      place = parent
    }
    return true
  }

  /** Takes the record of the lowest priority number out, as a copy. */
  pop(): Int32Array | undefined {
    const size = this.size - 1
    if (size < 0) return undefined
    const record = Int32Array.from(this.slot(0))
    this.swap(0, size)
    this.memory[0] = size
    let place = 0
    for (;;) {
      let first = place
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < size && this.before(child, first)) first = child
      }
      if (first === place) return record
      this.swap(place, first)
      place = first
    }
  }

  private slot(place: number): Int32Array {
    const start = (this.heap[place] as number) * this.recordLength
    return this.slots.subarray(start, start + this.recordLength)
  }

  private before(a: number, b: number): boolean {
    const [first, second] = [this.slot(a), this.slot(b)]
    const difference = (first[0] as number) - (second[0] as number)
    return difference < 0 || (difference === 0 && (first[1] as number) < (second[1] as number))
  }

  private swap(a: number, b: number): void {
    const slot = this.heap[a] as number
    this.heap[a] = this.heap[b] as number
    this.heap[b] = slot
  }
}
