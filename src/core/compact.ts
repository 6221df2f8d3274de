/**
 * Bytes that are held for long, apart from those that are not. A diff that has come, or was just made, is a view of
 * something larger that is used again in the next step: a message, or a buffer of many diffs.
 */

/** Small ones lie together, since a buffer of its own costs more than its bytes. */
const SLAB_BYTES = 64 * 1024

let slab = new Uint8Array(0)
let taken = 0

/** A copy, in a place where all is held. */
export function compact(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length > SLAB_BYTES / 8) return bytes.slice()
  if (taken + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES)
    taken = 0
  }
  const copy = slab.subarray(taken, taken + length)
  copy.set(bytes)
  taken += length
  return copy
}
