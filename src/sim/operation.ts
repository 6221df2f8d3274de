/**
 * What a simulated program does, as data: a list of operations for each process, so that a program can be
 * drawn from a seed, written to a file and made smaller. Memory is loaded and stored byte by byte, because the
 * byte is the unit that the memory model promises.
 */
export type Operation =
  | { readonly type: 'load'; readonly address: number }
  | { readonly type: 'store'; readonly address: number; readonly value: number }
  | { readonly type: 'acquire'; readonly lock: number }
  | { readonly type: 'release'; readonly lock: number }
  /** Takes the lock if it is free; otherwise the next `skip` operations are left out. */
  | { readonly type: 'tryAcquire'; readonly lock: number; readonly skip: number }
  | { readonly type: 'barrier'; readonly id: number }
  /** The lock is held: release it, sleep until woken, take it again. */
  | { readonly type: 'wait'; readonly lock: number; readonly cond: number }
  | { readonly type: 'signal'; readonly lock: number; readonly cond: number }
  | { readonly type: 'broadcast'; readonly lock: number; readonly cond: number }
  /** The lock is held: while the byte is below `value`, wait. */
  | {
      readonly type: 'await'
      readonly lock: number
      readonly cond: number
      readonly address: number
      readonly value: number
    }
  /** Again and again: take the lock, load the byte, release; until it is at least `value`. `rests`: longer each time. */
  | {
      readonly type: 'poll'
      readonly lock: number
      readonly address: number
      readonly value: number
      readonly rests: boolean
    }
  /** `block` names the memory for the process that allocated it, from here to its `free`. */
  | { readonly type: 'malloc'; readonly block: number; readonly bytes: number }
  | { readonly type: 'free'; readonly block: number }
  | { readonly type: 'loadBlock'; readonly block: number; readonly offset: number }
  | { readonly type: 'storeBlock'; readonly block: number; readonly offset: number; readonly value: number }
  /** Collective: memory for all, the same for each. */
  | { readonly type: 'alloc'; readonly bytes: number }
  /** The same under a protocol that is not the run's, zeroed where it was used; `block` names it as for `malloc`. */
  | { readonly type: 'allocUnder'; readonly block: number; readonly bytes: number; readonly protocol: string }
  /** Collective: process 0's byte goes to all. */
  | { readonly type: 'distribute'; readonly value: number }
  /** A plain message of one byte. */
  | { readonly type: 'send'; readonly to: number; readonly value: number }
  | { readonly type: 'recv'; readonly from: number }

/** By process. */
export type Program = readonly (readonly Operation[])[]

/**
 * Hears what the program did, in the order in which it happened. This is all that a checker learns, but for what it
 * needs to say whether locks are fair.
 */
export interface Observer {
  loaded(proc: number, address: number, value: number): void
  /** Before the store is done. */
  stored(proc: number, address: number, value: number): void
  acquired(proc: number, lock: number): void
  /** Before anybody else can have the lock. */
  releases(proc: number, lock: number): void
  arrives(proc: number): void
  departs(proc: number): void
  allocated(proc: number, start: number, end: number): void
  /** Before anybody else can have the memory. */
  frees(proc: number, start: number, end: number): void
  sends?(proc: number, to: number, value: number): void
  receives?(proc: number, from: number, value: number): void
  /** The process's node has heard that it wants the lock, which it could not take by itself. */
  asks?(proc: number, lock: number): void
  /** After each thing that happens: whether anything is on its way between nodes, or may have been lost. */
  travelling?(any: boolean): void
}

const nothing = (): void => {}

/** Hears nothing. */
export const silent: Observer = {
  loaded: nothing,
  stored: nothing,
  acquired: nothing,
  releases: nothing,
  arrives: nothing,
  departs: nothing,
  allocated: nothing,
  frees: nothing,
}
