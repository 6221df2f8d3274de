/**
 * What a decoder must know of the run to refuse what cannot be: sizes that all nodes agreed on in the
 * handshake. (MAX_NOTICES and MAX_TIME_ENTRIES of limits.ts keep a small frame from becoming a large amount of
 * memory: runs of pages and of unchanged time entries cost the same few bytes however long they are.)
 */

export interface Bounds {
  readonly nodes: number
  /** nodes × threads */
  readonly procs: number
  readonly pages: number
  readonly pageBytes: number
  readonly heapBytes: number
}
