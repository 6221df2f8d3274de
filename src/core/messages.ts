/**
 * Every message between nodes, as data. The codec (wire/codec.ts) turns each into bytes and back; the core
 * sends and receives only these. Synchronisation messages carry a `rider` for the coherence protocol and
 * know nothing of its meaning; coherence messages stand below them.
 */
import type { CondId, IntervalIndex, LockId, NodeId, PageId, ProcId } from './ids.js'
import type { Rider } from './interval.js'
import type { VectorTime } from './vector-time.js'

/** Acquirer → manager (Keleher 1994, §3.3). */
export interface LockRequest {
  readonly type: 'lockRequest'
  readonly lock: LockId
  readonly requester: NodeId
  /** What the requester has seen: the granter sends the rest. */
  readonly time: VectorTime
}
/** Manager → the node that requested last before. */
export interface LockForward {
  readonly type: 'lockForward'
  readonly lock: LockId
  readonly requester: NodeId
  readonly time: VectorTime
}
/** A process that has given up a lock to wait for a condition. */
export interface Sleeper {
  readonly cond: CondId
  readonly proc: ProcId
}
/** Last holder → acquirer; the token moves with it, and with the token all who sleep on the lock's conditions. */
export interface LockGrant {
  readonly type: 'lockGrant'
  readonly lock: LockId
  readonly rider: Rider
  /** Who fell asleep first stands first. */
  readonly sleepers: readonly Sleeper[]
}
/** Who tries → manager: the token, if the lock is free. */
export interface LockTry {
  readonly type: 'lockTry'
  readonly lock: LockId
  readonly requester: NodeId
  readonly time: VectorTime
}
/** Manager → the node that requested last before. */
export interface LockTryForward {
  readonly type: 'lockTryForward'
  readonly lock: LockId
  readonly requester: NodeId
  readonly time: VectorTime
}
/** That node → manager: whether it has granted the token. */
export interface LockTried {
  readonly type: 'lockTried'
  readonly lock: LockId
  readonly granted: boolean
}
/** Manager → who tried: not now. */
export interface LockBusy {
  readonly type: 'lockBusy'
  readonly lock: LockId
}
/** Who signals → the sleeper's node: the process wants its lock again. */
export interface CondWake {
  readonly type: 'condWake'
  readonly lock: LockId
  readonly proc: ProcId
}

/** Process → process: bytes, without any promise about memory. */
export interface Parcel {
  readonly type: 'parcel'
  readonly from: ProcId
  readonly to: ProcId
  readonly bytes: Uint8Array
}
/** The receiver's node → the sender's: so much of what process `from` sent process `to` has been taken. */
export interface ParcelTaken {
  readonly type: 'parcelTaken'
  readonly from: ProcId
  readonly to: ProcId
  /** As the window counts, see core/mailbox.ts. */
  readonly cost: number
}

/** What the processes meet for. All of them must meet for the same. */
export const meetingKinds = ['barrier', 'alloc', 'distribute', 'phase'] as const
export type MeetingKind = (typeof meetingKinds)[number]

/** Node → meeting manager, once all processes of the node have arrived (Keleher 1994, §3.4). */
export interface Arrive {
  readonly type: 'arrive'
  readonly kind: MeetingKind
  /** Barrier id; 0 for the others. */
  readonly id: number
  readonly rider: Rider
  /** What the meeting is about: an allocation's description, a value to distribute, a phase's name, or nothing. */
  readonly payload: Uint8Array
}
/** Meeting manager → each node, when all have arrived. */
export interface Depart {
  readonly type: 'depart'
  readonly rider: Rider
  /** What was decided: an address, the distributed value, or nothing. */
  readonly payload: Uint8Array
}

/** Node → allocation manager. */
export interface MallocRequest {
  readonly type: 'mallocRequest'
  readonly proc: ProcId
  readonly bytes: number
  readonly align: number
  readonly time: VectorTime
}
/** Allocation manager → node. */
export interface MallocReply {
  readonly type: 'mallocReply'
  readonly proc: ProcId
  /** Byte offset into the heap; 0 when there is no room. */
  readonly address: number
  /** Whether the memory was used before, so that the receiver must zero it; then the rider brings the freer's notices. */
  readonly used: boolean
  /** Bytes free, and the largest free block, for the error when there is no room. */
  readonly free: number
  readonly largest: number
  readonly rider: Rider
}
/** Node → allocation manager. Freeing is a release: whoever gets the memory next acquires from it. */
export interface FreeRequest {
  readonly type: 'freeRequest'
  readonly proc: ProcId
  readonly address: number
  readonly rider: Rider
}
/** Allocation manager → node. */
export interface FreeReply {
  readonly type: 'freeReply'
  readonly proc: ProcId
  readonly ok: boolean
}

/** Node → meeting manager: this process has ended and will not arrive again. */
export interface Ended {
  readonly type: 'ended'
  readonly proc: ProcId
}

/** One interval of one node, by name. */
export interface IntervalName {
  readonly node: NodeId
  readonly index: IntervalIndex
}
/** The diff of one page in one interval of one node, by name. */
export interface DiffName extends IntervalName {
  readonly page: PageId
}
/** Misser → one of the writers in the minimal set (Keleher 1994, §3.5); for several pages at once. */
export interface DiffRequest {
  readonly type: 'diffRequest'
  readonly wants: readonly DiffName[]
}
export interface NamedDiff extends DiffName {
  readonly bytes: Uint8Array
}
/** Writer → misser: the diffs it was asked for, in that order; all at once, or in parts when they are large. */
export interface DiffReply {
  readonly type: 'diffReply'
  readonly diffs: readonly NamedDiff[]
}

export interface PushedDiff extends NamedDiff {
  /** All nodes are sent this diff, so nobody needs to hold it for others. */
  readonly all: boolean
}
/** Writer → a node that has asked for its diffs of these pages before: the new ones, unasked. */
export interface DiffPush {
  readonly type: 'diffPush'
  readonly diffs: readonly PushedDiff[]
}

/** Reader → writer: it still uses these pages, whose diffs it gets unasked. */
export interface DiffKeep {
  readonly type: 'diffKeep'
  /** Ascending. */
  readonly pages: readonly PageId[]
}

/**
 * Misser → the page's home, or whoever may know it, who passes it on (Zhou, Iftode, Li, OSDI 1996). Or, where a page has
 * one owner, to that (Li and Hudak, TOCS 1989); then nothing is needed, and `take` is a writer's request.
 */
export interface PageRequest {
  readonly type: 'pageRequest'
  readonly page: PageId
  readonly requester: NodeId
  /** Of each writer the last interval whose diff the contents must have; the home waits until it has them. */
  readonly needs: readonly IntervalName[]
  /** The requester was offered the home, and takes it if it still can. Or it wants to own the page. */
  readonly take: boolean
  /** How often the home had moved, by what the sender knows of it; 0 when it knows none, and where pages have owners. */
  readonly moves: number
}
/** Home or owner → misser. */
export interface PageReply {
  readonly type: 'pageReply'
  readonly page: PageId
  /** A diff that writes the whole page; empty when the new owner has a copy already. */
  readonly bytes: Uint8Array
  /** How often the page's home had moved when this was sent: the newest news counts. */
  readonly moves: number
  /** Whether the receiver is the home, or the owner, from now on; then of each writer the last interval that the contents have. */
  readonly yours: boolean
  readonly applied: readonly IntervalName[]
}
export interface HomeDiff extends NamedDiff {
  /** The interval of the writer's diff of this page before this one; 0 for none. They are written in order. */
  readonly after: number
  /** How often the home had moved, by what the sender knows of it; 0 when it knows none. */
  readonly moves: number
}
/** Writer → home, when its interval ends; or from a former home to the next. */
export interface HomeFlush {
  readonly type: 'homeFlush'
  readonly diffs: readonly HomeDiff[]
}
/** First writer → the node that keeps track of these pages: it has written them, and knows no home. */
export interface HomeClaim {
  readonly type: 'homeClaim'
  /** Ascending. */
  readonly pages: readonly PageId[]
}
export interface HomeOfPage {
  readonly page: PageId
  readonly home: NodeId
  readonly moves: number
}
/** Who keeps track → who has claimed; or a new home, of itself → who keeps track. */
export interface HomeIs {
  readonly type: 'homeIs'
  readonly homes: readonly HomeOfPage[]
}
/** Home → the one node that writes the page: it may have it. */
export interface HomeOffer {
  readonly type: 'homeOffer'
  readonly page: PageId
}

/** What one node wrote to one page since it told of it last. */
export interface PageDiff {
  readonly page: PageId
  readonly bytes: Uint8Array
}
/** Writer → the pages' home, when it releases (eager release consistency: Carter, Bennett, Zwaenepoel, SOSP 1991). */
export interface EagerFlush {
  readonly type: 'eagerFlush'
  /** Names it, among those of the writer. */
  readonly id: number
  readonly diffs: readonly PageDiff[]
}
/** Home → writer: whoever had a copy of the pages has answered. */
export interface EagerFlushed {
  readonly type: 'eagerFlushed'
  readonly id: number
}
/** Home → a node with a copy of these pages. */
export interface EagerUpdate {
  readonly type: 'eagerUpdate'
  readonly diffs: readonly PageDiff[]
}
/** Home → a node with a copy of these pages: the copies are no good any more. */
export interface EagerInvalidate {
  readonly type: 'eagerInvalidate'
  /** Ascending. */
  readonly pages: readonly PageId[]
}
/** The answer to either, in the order in which they came. */
export interface EagerAck {
  readonly type: 'eagerAck'
  /** Copies that are gone although they were to be updated: nobody looks at them. Ascending. */
  readonly dropped: readonly PageId[]
}

/** The page's owner → a node with a copy (Li and Hudak, TOCS 1989): the copy must go, for `next` wants to write. */
export interface PageRecall {
  readonly type: 'pageRecall'
  readonly page: PageId
  /** The owner from then on. */
  readonly next: NodeId
}
/** The answer: the copy is gone. */
export interface PageRecalled {
  readonly type: 'pageRecalled'
  readonly page: PageId
}

export type SyncMessage =
  | LockRequest
  | LockForward
  | LockGrant
  | LockTry
  | LockTryForward
  | LockTried
  | LockBusy
  | CondWake
  | Arrive
  | Depart
  | MallocRequest
  | MallocReply
  | FreeRequest
  | FreeReply
  | Ended
  | Parcel
  | ParcelTaken
export type CoherenceMessage =
  | DiffRequest
  | DiffReply
  | DiffPush
  | DiffKeep
  | PageRequest
  | PageReply
  | HomeFlush
  | HomeClaim
  | HomeIs
  | HomeOffer
  | EagerFlush
  | EagerFlushed
  | EagerUpdate
  | EagerInvalidate
  | EagerAck
  | PageRecall
  | PageRecalled
export type Message = SyncMessage | CoherenceMessage
