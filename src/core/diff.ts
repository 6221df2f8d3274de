/**
 * A diff is what one node wrote to one page: the bytes that differ from the twin, and nothing else
 * (Keleher 1994, §2.4). This is the reference; native/diff.c makes the same bytes faster, and a test
 * compares them. The unit is the byte: any coarser and neighbouring variables destroy each other.
 *
 * Encoding. No change: zero bytes. Otherwise the first byte is the kind:
 *   0 RUNS    repeated { gap: varint, length: varint, bytes[length] }; `gap` counts unchanged bytes since the
 *             end of the run before (or since the page's start); length ≥ 1; runs are maximal (gap ≥ 1 but
 *             for the first).
 *   1 BITMAP  pageBytes/8 bytes, bit (i & 7) of byte (i >> 3) set when byte i changed; then the changed
 *             bytes in order.
 * The smaller is taken, RUNS on a tie, where each run counts a byte more than it takes: many short ones take longer to
 * write and to read than the few bytes that they save. A diff is at most pageBytes × 9/8 long. Varints are LEB128.
 */

const RUNS = 0
const BITMAP = 1

/** Longest diff of a page of `pageBytes`. */
export const maxDiffBytes = (pageBytes: number): number => pageBytes + (pageBytes >> 3)

const varintBytes = (n: number): number => (n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x200000 ? 3 : n < 0x10000000 ? 4 : 5)

/** Bytes of a whole page's diff before those of the page. */
export const wholeHeader = (pageBytes: number): number => 2 + varintBytes(pageBytes)

/** Into `out`, which is that header and a page long: what makes it a diff that writes the whole page. */
export function putWholeHeader(out: Uint8Array, pageBytes: number): void {
  let at = 0
  out[at++] = RUNS
  out[at++] = 0
  for (let n = pageBytes; ; n >>>= 7) {
    out[at++] = n >= 0x80 ? (n & 0x7f) | 0x80 : n
    if (n < 0x80) return
  }
}

/** The diff that turns `twin` into `current`; both one page long (a multiple of 8 bytes). */
export function makeDiff(twin: Uint8Array, current: Uint8Array): Uint8Array {
  const runs: [start: number, end: number][] = []
  let changed = 0
  for (let i = 0; i < current.length; i++) {
    if (twin[i] === current[i]) continue
    const start = i
    while (i < current.length && twin[i] !== current[i]) i++
    runs.push([start, i])
    changed += i - start
  }
  if (runs.length === 0) return new Uint8Array(0)
  let runBytes = 1 + changed
  let end = 0
  for (const [start, stop] of runs) {
    runBytes += varintBytes(start - end) + varintBytes(stop - start)
    end = stop
  }
  const bitmapBytes = 1 + (current.length >> 3) + changed
  return runBytes + runs.length <= bitmapBytes
    ? encodeRuns(runs, current, runBytes)
    : encodeBitmap(runs, current, bitmapBytes)
}

function encodeRuns(runs: [number, number][], current: Uint8Array, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes)
  let at = 0
  const varint = (n: number): void => {
    while (n >= 0x80) {
      out[at++] = (n & 0x7f) | 0x80
      n >>>= 7
    }
    out[at++] = n
  }
  out[at++] = RUNS
  let end = 0
  for (const [start, stop] of runs) {
    varint(start - end)
    varint(stop - start)
    out.set(current.subarray(start, stop), at)
    at += stop - start
    end = stop
  }
  return out
}

function encodeBitmap(runs: [number, number][], current: Uint8Array, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes)
  out[0] = BITMAP
  let at = 1 + (current.length >> 3)
  for (const [start, stop] of runs) {
    for (let i = start; i < stop; i++) {
      out[1 + (i >> 3)] = (out[1 + (i >> 3)] as number) | (1 << (i & 7))
      out[at++] = current[i] as number
    }
  }
  return out
}

/** Calls `run(offset, length, at)` for each changed run; `at` is where its bytes stand in `diff`. False when malformed. */
export function readDiff(
  diff: Uint8Array,
  pageBytes: number,
  run: (offset: number, length: number, at: number) => void,
): boolean {
  if (diff.length === 0) return true
  if (diff.length > maxDiffBytes(pageBytes)) return false
  if (diff[0] === RUNS) return readRuns(diff, pageBytes, run)
  if (diff[0] === BITMAP) return readBitmap(diff, pageBytes, run)
  return false
}

function readRuns(
  diff: Uint8Array,
  pageBytes: number,
  run: (offset: number, length: number, at: number) => void,
): boolean {
  let at = 1
  let offset = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = diff[at++]
      if (byte === undefined) return -1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return -1
  }
  while (at < diff.length) {
    const gap = varint()
    const length = varint()
    if (gap < 0 || length < 1) return false
    offset += gap
    if (offset + length > pageBytes || at + length > diff.length) return false
    run(offset, length, at)
    offset += length
    at += length
  }
  return true
}

function readBitmap(
  diff: Uint8Array,
  pageBytes: number,
  run: (offset: number, length: number, at: number) => void,
): boolean {
  let at = 1 + (pageBytes >> 3)
  if (diff.length < at) return false
  let changed = 0
  for (let i = 1; i < at; i++) for (let bits = diff[i] as number; bits !== 0; bits &= bits - 1) changed++
  if (diff.length !== at + changed) return false
  for (let i = 0; i < pageBytes; i++) {
    if (((diff[1 + (i >> 3)] as number) & (1 << (i & 7))) !== 0) run(i, 1, at++)
  }
  return true
}

/** Bit (i & 7) of byte (i >> 3) is set where the diff changes byte i of the page; none where it is malformed. */
export function changedBits(diff: Uint8Array, pageBytes: number): Uint8Array {
  const bytes = pageBytes >> 3
  if (diff[0] === BITMAP && diff.length > bytes) return diff.slice(1, 1 + bytes)
  const bits = new Uint8Array(bytes)
  readDiff(diff, pageBytes, (offset, length) => {
    for (let i = offset; i < offset + length; i++) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  })
  return bits
}

/** Writes `diff` into `page`. False, and nothing written, when the diff is malformed or reaches past the page. */
export function applyDiff(page: Uint8Array, diff: Uint8Array): boolean {
  if (!readDiff(diff, page.length, () => {})) return false
  readDiff(diff, page.length, (offset, length, at) => page.set(diff.subarray(at, at + length), offset))
  return true
}
