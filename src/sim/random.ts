/**
 * Random numbers from a seed: the same seed gives the same numbers on every machine. The generator is xoshiro128**
 * (Blackman and Vigna, 2018), its state filled by splitmix32, so that neighbouring seeds have nothing in common.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  /** `seed`: any integer; `stream` tells apart generators that share a seed. */
  constructor(seed: number, stream = 0) {
    const fill = splitmix(seed ^ Math.imul(stream, 0x5bd1e995) ^ Math.floor(seed / 2 ** 32))
    this.a = fill()
    this.b = fill()
    this.c = fill()
    this.d = fill() | 1
  }

  /** 0 … 2³²-1 */
  next(): number {
    const product = Math.imul(this.b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = (this.d << 11) | (this.d >>> 21)
    return result >>> 0
  }

  /** 0 ≤ x < 1 */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  /** An integer in 0 … n-1. */
  below(n: number): number {
    return Math.floor(this.fraction() * n)
  }

  /** An integer in least … most. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  /** Exponentially distributed, with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction())
  }

  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const item = items[i] as T
      items[i] = items[j] as T
      items[j] = item
    }
    return items
  }
}

function splitmix(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return z ^ (z >>> 16)
  }
}
