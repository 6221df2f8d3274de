/**
 * The fast Fourier transform of many rows at once, which lie side by side: `lanes` of them. It is the autosort method
 * of Stockham: each pass reads one array and writes another, in radix 4, and the last one leaves the numbers in order.
 * The first pass reads and the last one writes where and with what distances the caller wants, so a transform along any
 * dimension of a cube needs no copy; what is between is in scratch arrays that stay in the nearest cache.
 */

/** Where numbers are; complex numbers are two doubles, and all distances are in doubles. */
export interface Place {
  readonly numbers: Float64Array
  /** From one number of a row to the next. */
  readonly step: number
  /** From a row to the one beside it. */
  readonly aside: number
}

export class Transform {
  /** Rows that are transformed at once. */
  readonly lanes: number
  private readonly passes: readonly Pass[]
  private readonly scratch: readonly [Place, Place]

  /** For rows of `size` numbers, a power of two, at least 4. */
  constructor(private readonly size: number) {
    this.lanes = Math.min(size, 16)
    this.passes = passesOf(size)
    const place = (): Place => ({ numbers: new Float64Array(2 * size * this.lanes), step: 2 * this.lanes, aside: 2 })
    this.scratch = [place(), place()]
  }

  /** With exp(-i…); the sums are not divided by anything. Both places may be one. */
  forward(source: Place, from: number, target: Place, to: number): void {
    this.run(source, from, target, to, 0)
  }

  /** With exp(+i…). That is the same with real and imaginary parts in each other's place. */
  inverse(source: Place, from: number, target: Place, to: number): void {
    this.run(source, from, target, to, 1)
  }

  private run(source: Place, from: number, target: Place, to: number, real: 0 | 1): void {
    const last = this.passes.length - 1
    let place = source
    let at = from
    for (let i = 0; i <= last; i++) {
      const next = i === last ? target : (this.scratch[i % 2] as Place)
      const nextAt = i === last ? to : 0
      const pass = this.passes[i] as Pass
      const run = pass.radix === 4 ? pass4 : pass2
      run(pass, this.size, this.lanes, place, at + real, next, nextAt + real, 1 - 2 * real)
      place = next
      at = nextAt
    }
  }
}

/** One pass: `groups` butterflies with turns of their own, `repeats` times. */
interface Pass {
  readonly radix: 2 | 4
  readonly groups: number
  readonly repeats: number
  /** For each group cos and sin of its angle, of twice and of three times that. */
  readonly turns: Float64Array
}

function passesOf(size: number): Pass[] {
  const passes: Pass[] = []
  for (let rest = size, repeats = 1; rest > 1; ) {
    const radix = rest === 2 ? 2 : 4
    const groups = rest / radix
    const turns = new Float64Array(6 * groups)
    for (let i = 0; i < 3 * groups; i++) {
      const angle = (-2 * Math.PI * Math.floor(i / 3) * ((i % 3) + 1)) / rest
      turns[2 * i] = Math.cos(angle)
      turns[2 * i + 1] = Math.sin(angle)
    }
    passes.push({ radix, groups, repeats, turns })
    rest = groups
    repeats *= radix
  }
  return passes
}

/** `imaginary` is the distance from a real part to its imaginary part, 1 or -1. */
function pass4(
  { groups, repeats, turns }: Pass,
  size: number,
  lanes: number,
  source: Place,
  from: number,
  target: Place,
  to: number,
  imaginary: number,
): void {
  const { numbers: input, aside: right } = source
  const { numbers: output, aside: left } = target
  const quarter = (size / 4) * source.step
  const apart = repeats * target.step
  for (let group = 0; group < groups; group++) {
    const cos1 = turns[6 * group] as number
    const sin1 = turns[6 * group + 1] as number
    const cos2 = turns[6 * group + 2] as number
    const sin2 = turns[6 * group + 3] as number
    const cos3 = turns[6 * group + 4] as number
    const sin3 = turns[6 * group + 5] as number
    for (let repeat = 0; repeat < repeats; repeat++) {
      let i = from + (group * repeats + repeat) * source.step
      let o = to + (group * 4 * repeats + repeat) * target.step
      for (let lane = 0; lane < lanes; lane++) {
        const ar = input[i] as number
        const ai = input[i + imaginary] as number
        const br = input[i + quarter] as number
        const bi = input[i + quarter + imaginary] as number
        const cr = input[i + 2 * quarter] as number
        const ci = input[i + 2 * quarter + imaginary] as number
        const dr = input[i + 3 * quarter] as number
        const di = input[i + 3 * quarter + imaginary] as number
        const evenSumR = ar + cr
        const evenSumI = ai + ci
        const evenR = ar - cr
        const evenI = ai - ci
        const oddSumR = br + dr
        const oddSumI = bi + di
        const oddR = br - dr
        const oddI = bi - di
        output[o] = evenSumR + oddSumR
        output[o + imaginary] = evenSumI + oddSumI
        const r1 = evenR + oddI
        const i1 = evenI - oddR
        output[o + apart] = cos1 * r1 - sin1 * i1
        output[o + apart + imaginary] = cos1 * i1 + sin1 * r1
        const r2 = evenSumR - oddSumR
        const i2 = evenSumI - oddSumI
        output[o + 2 * apart] = cos2 * r2 - sin2 * i2
        output[o + 2 * apart + imaginary] = cos2 * i2 + sin2 * r2
        const r3 = evenR - oddI
        const i3 = evenI + oddR
        output[o + 3 * apart] = cos3 * r3 - sin3 * i3
        output[o + 3 * apart + imaginary] = cos3 * i3 + sin3 * r3
        i += right
        o += left
      }
    }
  }
}

/** Only ever the last pass, where nothing is turned. */
function pass2(
  { repeats }: Pass,
  size: number,
  lanes: number,
  source: Place,
  from: number,
  target: Place,
  to: number,
  imaginary: number,
): void {
  const { numbers: input, aside: right } = source
  const { numbers: output, aside: left } = target
  const half = (size / 2) * source.step
  const apart = repeats * target.step
  for (let repeat = 0; repeat < repeats; repeat++) {
    let i = from + repeat * source.step
    let o = to + repeat * target.step
    for (let lane = 0; lane < lanes; lane++) {
      const ar = input[i] as number
      const ai = input[i + imaginary] as number
      const br = input[i + half] as number
      const bi = input[i + half + imaginary] as number
      output[o] = ar + br
      output[o + imaginary] = ai + bi
      output[o + apart] = ar - br
      output[o + apart + imaginary] = ai - bi
      i += right
      o += left
    }
  }
}
