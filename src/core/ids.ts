/**
 * Branded numbers: a page is not a node is not a lock, and the compiler knows.
 * Make one with the function of the same name in lower case; it checks nothing,
 * because ids are checked where they enter (wire/, runtime/api.ts).
 */

/** Operating-system process of the run, 0 … nodes-1. */
export type NodeId = number & { readonly brand: 'NodeId' }
/** Process of the program, 0 … nodes×threads-1; process p lives on node ⌊p / threads⌋. */
export type ProcId = number & { readonly brand: 'ProcId' }
/** Page of the heap, counted in coherence units of `pageBytes` from its start. */
export type PageId = number & { readonly brand: 'PageId' }
/** Lock as the program names it, 0 … 2³²-1. */
export type LockId = number & { readonly brand: 'LockId' }
/** Condition variable of a lock as the program names it, 0 … 2³²-1. */
export type CondId = number & { readonly brand: 'CondId' }
/** Interval of one node; the first has index 1, so 0 means "none seen". */
export type IntervalIndex = number & { readonly brand: 'IntervalIndex' }

export const nodeId = (n: number): NodeId => n as NodeId
export const procId = (n: number): ProcId => n as ProcId
export const pageId = (n: number): PageId => n as PageId
export const lockId = (n: number): LockId => n as LockId
export const condId = (n: number): CondId => n as CondId
export const intervalIndex = (n: number): IntervalIndex => n as IntervalIndex

/** The node on which a process lives. */
export const nodeOf = (proc: ProcId, threads: number): NodeId => nodeId(Math.floor(proc / threads))
