/** Ids as fields: each within what the run has, so that whoever decodes one can use it as an index. */
import type { CondId, IntervalIndex, LockId, NodeId, PageId, ProcId } from '../core/ids.js'
import { MAX_COND_ID, MAX_LOCK_ID } from '../limits.js'
import { integer } from './fields.js'

export const node = integer<NodeId>((bounds) => bounds.nodes - 1)
export const proc = integer<ProcId>((bounds) => bounds.procs - 1)
export const page = integer<PageId>((bounds) => bounds.pages - 1)
export const lock = integer<LockId>(() => MAX_LOCK_ID)
export const cond = integer<CondId>(() => MAX_COND_ID)
export const index = integer<IntervalIndex>(() => 2 ** 32 - 1, 1)
