/**
 * Closing this node's copy of a page because another node has written it. All protocols that close pages do it here, so
 * that such copies are counted in one place, whatever brought the news: a write notice, or a message of the page's home or owner.
 */
import { assert } from '../errors.js'
import type { CoherenceContext } from './coherence.js'
import { count } from './counters.js'
import type { PageId } from './ids.js'
import { PageState } from './memory.js'

/**
 * Closes the copy, if it is open. Writes of this node since its last diff come back as one; for those of the open interval
 * `endInterval` is called first.
 */
export function closeCopy(
  { memory, counters }: CoherenceContext,
  page: PageId,
  endInterval: () => void,
): 'clean' | Uint8Array {
  const state = memory.state(page)
  if (state !== PageState.INVALID && state !== PageState.FETCHING) count(counters, 'invalidations')
  let outcome = memory.invalidate(page)
  if (outcome === 'dirty') {
    endInterval()
    outcome = memory.invalidate(page)
    assert(outcome !== 'dirty', `page ${page} is written and in no interval`)
  }
  return outcome
}

/** The same where pages have owners: nothing was written here that others lack. False when the page is held. */
export function giveUpCopy({ memory, counters }: CoherenceContext, page: PageId): boolean {
  // An owner that has not touched the page yet has nothing to close.
  const open = memory.state(page) !== PageState.INVALID
  if (!memory.recall(page)) return false
  if (open) count(counters, 'invalidations')
  return true
}

/** Closes a copy that was found CLEAN. Not, and false, when somebody has begun to write it since. */
export function dropCopy({ memory, counters }: CoherenceContext, page: PageId): boolean {
  if (memory.invalidate(page) !== 'clean') return false
  count(counters, 'invalidations')
  return true
}
