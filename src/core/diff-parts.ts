/** Diffs in messages of a bounded size: the receiver begins with the first part while the sender goes on. */
import { MAX_DIFFS, PART_BYTES } from '../limits.js'
import type { PageDiff } from './messages.js'

/** Each part but the last has PART_BYTES at least, and by one diff more at most; or MAX_DIFFS diffs. */
export function* diffParts<D extends PageDiff>(diffs: readonly D[]): Generator<readonly D[]> {
  let part: D[] = []
  let bytes = 0
  for (const diff of diffs) {
    part.push(diff)
    bytes += diff.bytes.length
    if (bytes < PART_BYTES && part.length < MAX_DIFFS) continue
    yield part
    part = []
    bytes = 0
  }
  if (part.length > 0) yield part
}
