/**
 * The random numbers of the NAS benchmarks: x becomes 5^13 x mod 2^46, and x / 2^46 is the number. A product has 77
 * bits and a double holds 53, so x is kept as two halves of 23 bits, whose products are exact. Any place in the row can
 * be jumped to, so each process makes its own part of it.
 */

const HALF = 2 ** 23
const WHOLE = 2 ** 46
/** `& MASK` is mod 2^23, also of doubles above 2^32: JavaScript takes them modulo 2^32 first. */
const MASK = HALF - 1
const MULTIPLIER = 5 ** 13
const [HIGH, LOW] = [Math.floor(MULTIPLIER / HALF), MULTIPLIER % HALF]

export class NasRandom {
  private high: number
  private low: number

  /** The seed is x before the first number, below 2^46. Of the numbers from there, `skipped` are left out. */
  constructor(seed: number, skipped = 0) {
    const start = product(power(MULTIPLIER, skipped), seed)
    this.high = Math.floor(start / HALF)
    this.low = start % HALF
  }

  /** The next numbers, as many as the array has room for; each is in (0, 1). */
  fill(numbers: Float64Array): void {
    let { high, low } = this
    for (let i = 0; i < numbers.length; i++) {
      const lows = LOW * low
      const next = lows & MASK
      high = (HIGH * low + LOW * high + (lows - next) / HALF) & MASK
      low = next
      numbers[i] = high / HALF + low / WHOLE
    }
    this.high = high
    this.low = low
  }
}

/** a b mod 2^46. */
function product(a: number, b: number): number {
  const [aLow, bLow] = [a % HALF, b % HALF]
  const cross = Math.floor(a / HALF) * bLow + aLow * Math.floor(b / HALF)
  return ((cross % HALF) * HALF + aLow * bLow) % WHOLE
}

/** base^exponent mod 2^46, in as many steps as the exponent has binary digits. */
function power(base: number, exponent: number): number {
  let result = 1
  let square = base
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = product(result, square)
    square = product(square, square)
  }
  return result
}
