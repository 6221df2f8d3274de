/**
 * What can be known by reading all that nodes have sent each other: times and intervals, and who waits for what.
 * Whoever wants to be believed when it lies draws from here.
 */
import { type IntervalIndex, type LockId, type NodeId, nodeId } from '../../../src/core/ids.js'
import type { Interval, Rider } from '../../../src/core/interval.js'
import type { DiffName, FreeRequest, MallocRequest, Message, Sleeper } from '../../../src/core/messages.js'
import type { VectorTime } from '../../../src/core/vector-time.js'

/** How far back it remembers. */
const KEPT = 40

export interface Sent {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

export class Knowledge {
  readonly sent: Sent[] = []
  readonly intervals: Interval[] = []
  /** Those of them that their own node has told of. */
  readonly own: Interval[] = []
  /** The last time that each node has told of. */
  readonly times: VectorTime[]
  /** Where the token of each lock went last. */
  readonly holders = new Map<LockId, NodeId>()
  readonly sleepers: { readonly lock: LockId; readonly sleeper: Sleeper }[] = []
  /** Locks that are wanted, and by whom. */
  wanted: { readonly lock: LockId; readonly by: NodeId }[] = []
  /** Requests to the manager of memory that are not answered. */
  requests: (MallocRequest | FreeRequest)[] = []
  /** Diffs that are asked for and have not come. */
  wants: { readonly from: NodeId; readonly to: NodeId; readonly want: DiffName }[] = []
  /** Who has arrived at a meeting and not departed. */
  readonly arrived = new Set<NodeId>()

  constructor(nodes: number) {
    this.times = Array.from({ length: nodes }, () => new Uint32Array(nodes))
  }

  hear(from: NodeId, to: NodeId, message: Message): void {
    remember(this.sent, { from, to, message })
    if ('rider' in message) this.hearRider(from, message.rider)
    if ('time' in message && message.type !== 'lockForward' && message.type !== 'lockTryForward')
      this.times[from] = message.time
    this.hearOf(from, to, message)
  }

  private hearOf(from: NodeId, to: NodeId, message: Message): void {
    switch (message.type) {
      case 'lockRequest':
      case 'lockTry':
        return remember(this.wanted, { lock: message.lock, by: message.requester })
      case 'lockGrant':
        this.wanted = this.wanted.filter(({ lock, by }) => lock !== message.lock || by !== to)
        this.holders.set(message.lock, to)
        for (const sleeper of message.sleepers) remember(this.sleepers, { lock: message.lock, sleeper })
        return
      case 'lockBusy':
        this.wanted = this.wanted.filter(({ lock, by }) => lock !== message.lock || by !== to)
        return
      case 'mallocRequest':
      case 'freeRequest':
        return remember(this.requests, message)
      case 'mallocReply':
      case 'freeReply':
        this.requests = this.requests.filter(({ proc }) => proc !== message.proc)
        return
      case 'arrive':
        this.arrived.add(from)
        return
      case 'depart':
        this.arrived.delete(to)
        return
      case 'diffRequest':
        for (const want of message.wants) remember(this.wants, { from, to, want })
        return
      case 'diffReply':
        this.wants = this.wants.filter(
          ({ from: by, want }) => by !== to || !message.diffs.some((diff) => sameDiff(diff, want)),
        )
    }
  }

  /** A node has taken this in. */
  believed(node: NodeId, message: Message): void {
    if (!('rider' in message)) return
    const time = (this.times[node] as VectorTime).slice()
    for (const interval of message.rider.intervals)
      time[interval.node] = Math.max(time[interval.node] as number, interval.index)
    this.times[node] = time
  }

  /** The index of the node's next interval, as far as anybody has heard. */
  nextIndex(node: NodeId): IntervalIndex {
    let last = 0
    for (const time of this.times) last = Math.max(last, time[node] as number)
    return (last + 1) as IntervalIndex
  }

  private hearRider(from: NodeId, { time, intervals }: Rider): void {
    if (time.some((entry) => entry > 0)) this.times[from] = time
    for (const interval of intervals) {
      remember(this.intervals, interval)
      if (interval.node === from) remember(this.own, interval)
    }
  }
}

function remember<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > KEPT) list.shift()
}

const sameDiff = (a: DiffName, b: DiffName): boolean => a.page === b.page && a.node === b.node && a.index === b.index

/** Pages that a message names: those of its notices and of its diffs. */
export function pagesNamed(message: Message): number[] {
  if ('rider' in message) return message.rider.intervals.flatMap(({ pages }) => [...pages])
  if ('diffs' in message) return message.diffs.map(({ page }) => page)
  return message.type === 'pageReply' ? [message.page] : []
}

export const nodesOf = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => nodeId(i))
