/**
 * What a decoder must know of the run to refuse what cannot be: sizes that all nodes agreed on in the
 * handshake. Beside them the two limits that keep a small frame from becoming a large amount of memory,
 * since runs of pages and of unchanged time entries cost the same few bytes however long they are.
 */

export interface Bounds {
  readonly nodes: number
  /** nodes × threads */
  readonly procs: number
  readonly pages: number
  readonly pageBytes: number
  readonly heapBytes: number
}

/** Write notices in one message: 128 MiB of page numbers in memory. Sixteen times the pages of the largest heap. */
export const MAX_NOTICES = 2 ** 24
/** Entries of interval times in one message (intervals × nodes): 256 MiB in memory. */
export const MAX_TIME_ENTRIES = 2 ** 26
