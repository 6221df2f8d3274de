/**
 * What the papers say of these programs on 8 processes, for the column beside ours. Messages and kilobytes (of 1,000
 * bytes) are published, computed from published rates, or follow from the published protocol; `source` says which.
 */

export interface Published {
  /** With shared memory, and with messages; undefined where nothing is known. */
  readonly messages?: readonly [shared: number | undefined, messages: number | undefined]
  readonly kilobytes?: readonly [shared: number | undefined, messages: number | undefined]
  readonly speedup?: readonly [shared: number | undefined, messages: number | undefined]
  readonly source: string
}

const usenix = 'USENIX 1994, rate × time of figure 4'
const sc95 = "SC'95"
const follows = "follows from the protocol, as SC'95 counts it"

/** By program and preset. */
export const published: Readonly<Record<string, Published>> = {
  'ep A': { speedup: [7.9, 7.9], source: sc95 },
  'sor zero': { messages: [7000, 1400], speedup: [4.58, 4.71], source: follows },
  'sor nonzero': { messages: [7000, 1400], kilobytes: [8600, 8600], speedup: [6.8, 7.44], source: follows },
  'jacobi paper': {
    messages: [10_688, undefined],
    kilobytes: [13_280, undefined],
    speedup: [7.4, undefined],
    source: usenix,
  },
  'is small': { messages: [630, 140], kilobytes: [290, 70], source: follows },
  'is large': { messages: [9310, 140], kilobytes: [73_400, 18_350], source: follows },
  'tsp paper': {
    messages: [17_695, undefined],
    kilobytes: [5300, undefined],
    speedup: [7.2, undefined],
    source: `${usenix}; other cities`,
  },
  'quicksort 256k': {
    messages: [9209, undefined],
    kilobytes: [10_323, undefined],
    speedup: [6.3, undefined],
    source: usenix,
  },
  'quicksort 512k': { messages: [33_742, 3400], speedup: [4.46, 6.17], source: sc95 },
  'water 343': {
    messages: [33_570, undefined],
    kilobytes: [11_970, undefined],
    speedup: [4, undefined],
    source: usenix,
  },
  'barnes paper': { messages: [undefined, 280], speedup: [2.7, 3.04], source: sc95 },
}
