/**
 * Draws what a node that breaks the rules says to another: something that it or somebody else has said before, the
 * same with a lie in it, or a new message of any type that fits what is going on. All of it is sound on the wire;
 * whether it makes sense is for the core to find out.
 */
import { encodeAllocated, encodeAllocation } from '../../../src/core/allocator.js'
import { makeDiff } from '../../../src/core/diff.js'
import {
  condId,
  intervalIndex,
  type LockId,
  lockId,
  type NodeId,
  nodeId,
  type PageId,
  type ProcId,
  pageId,
  procId,
} from '../../../src/core/ids.js'
import type { Interval, Rider } from '../../../src/core/interval.js'
import { MEETING_MANAGER } from '../../../src/core/meeting.js'
import {
  type Arrive,
  type DiffName,
  type Message,
  meetingKinds,
  type NamedDiff,
  type Sleeper,
} from '../../../src/core/messages.js'
import { asciiBytes, quoted } from '../../../src/core/name.js'
import type { VectorTime } from '../../../src/core/vector-time.js'
import type { Random } from '../../../src/sim/random.js'
import type { Bounds } from '../../../src/wire/bounds.js'
import { homeMessage } from './home-forger.js'
import type { Knowledge } from './knowledge.js'
import { lie } from './lies.js'
import { mutate } from './mutations.js'
import { type Type, weights } from './weights.js'

/** Of an allocation that is asked for: mostly the run's. */
const asked = [undefined, undefined, 'home-lrc', 'eager-update', 'nonsense', '', '\n']

export class Forger {
  constructor(
    readonly random: Random,
    private readonly bounds: Bounds,
    private readonly locks: number,
    private readonly knowledge: Knowledge,
    /** Who forges. */
    readonly self: NodeId,
    private readonly types: readonly Type[],
  ) {}

  /** For node `to`. `due`: what the forger's honest part would say to it next. */
  draw(to: NodeId, due: Message | undefined): Message {
    const { random } = this
    const own = due ?? this.said(to)
    switch (random.below(20)) {
      case 0:
        return this.anything() ?? this.forge(to)
      case 1:
        return lie(this.anything() ?? this.forge(to), random, this.bounds)
      case 2:
        return this.said(to) ?? this.forge(to)
      case 3:
      case 4:
      case 5:
        return own === undefined ? this.forge(to) : lie(own, random, this.bounds)
      case 6:
      case 7:
        return lie(this.forge(to), random, this.bounds)
      default:
        return this.forge(to)
    }
  }

  /** Something that was said to this node before, by us. */
  private said(to: NodeId): Message | undefined {
    const own = this.knowledge.sent.filter((sent) => sent.to === to && sent.from === this.self)
    return own.length === 0 ? undefined : this.random.pick(own).message
  }

  private anything(): Message | undefined {
    const { sent } = this.knowledge
    return sent.length === 0 ? undefined : this.random.pick(sent).message
  }

  private forge(to: NodeId): Message {
    const type = this.type(to)
    switch (type) {
      case 'lockRequest':
        return { type, lock: this.lock(to), requester: this.mostly(this.self), time: this.time(to) }
      case 'lockForward':
        return {
          type,
          lock: this.oneOf(this.forwardable(to), () => this.lock(this.self)),
          requester: this.node(),
          time: this.time(to),
        }
      case 'lockTry':
        return { type, lock: this.lock(to), requester: this.mostly(this.self), time: this.time(to) }
      case 'lockTryForward':
        return {
          type,
          lock: this.oneOf(this.forwardable(to), () => this.lock(this.self)),
          requester: this.node(),
          time: this.time(to),
        }
      case 'lockTried':
        return { type, lock: this.oneOf(this.tried(to), () => this.lock(to)), granted: this.random.chance(0.5) }
      case 'lockBusy':
        return { type, lock: this.wantedLock(to) }
      case 'parcel': {
        const bytes = Uint8Array.from({ length: this.random.below(40) }, () => this.random.below(256))
        return { type, from: this.proc(this.self), to: this.proc(to), bytes }
      }
      case 'parcelTaken':
        return {
          type,
          ...this.oneOf(this.parcels(to), () => ({ from: this.proc(to), to: this.proc(this.self) })),
          cost: 1 + this.random.below(200),
        }
      case 'lockGrant':
        return { type, lock: this.wantedLock(to), rider: this.rider(to), sleepers: this.sleepers(to) }
      case 'condWake':
        return {
          type,
          ...this.oneOf(
            this.asleep(to).map(({ lock, sleeper: { proc } }) => ({ lock, proc })),
            () => ({ lock: this.lock(to), proc: this.proc(to) }),
          ),
        }
      case 'arrive':
        return { ...this.meeting(), type, rider: this.rider(to) }
      case 'depart':
        return { type, rider: this.rider(to), payload: this.decision(to) }
      case 'mallocRequest':
        return { type, proc: this.proc(this.self), ...this.request(), time: this.time(to) }
      case 'mallocReply':
        return {
          type,
          proc: this.oneOf(this.requests('mallocRequest', to), () => this.proc(to)),
          ...this.block(),
          rider: this.rider(to),
        }
      case 'freeRequest':
        return { type, proc: this.proc(this.self), address: this.address(), rider: this.rider(to) }
      case 'freeReply':
        return {
          type,
          proc: this.oneOf(this.requests('freeRequest', to), () => this.proc(to)),
          ok: this.random.chance(0.5),
        }
      case 'ended':
        return { type, proc: this.proc(this.self) }
      case 'diffRequest':
        return { type, wants: this.some(() => this.wanted(to)) }
      case 'diffReply':
        return { type, diffs: this.asked(to) }
      case 'diffPush':
        return { type, diffs: this.some(() => ({ ...this.own(), all: this.random.chance(0.5) })) }
      case 'diffKeep':
        return { type, pages: this.pages() }
      default:
        return homeMessage(type, this)
    }
  }

  /** More often than not one that the node may take from us now. */
  private type(to: NodeId): Type {
    const { random, types } = this
    if (random.chance(0.1)) return random.pick(types)
    const fitting = types.filter((type) => this.fits(type, to))
    return random.pick(fitting.flatMap((type) => new Array<Type>(weights[type]).fill(type)))
  }

  private fits(type: Type, to: NodeId): boolean {
    const { knowledge, self, random } = this
    switch (type) {
      case 'lockForward':
      case 'lockTryForward':
        return this.forwardable(to).length > 0
      case 'lockGrant':
        return knowledge.wanted.some(({ by }) => by === to)
      case 'condWake':
        return this.asleep(to).length > 0
      case 'lockBusy':
        return knowledge.wanted.some(({ lock, by }) => by === to && lock % this.bounds.nodes === self)
      case 'lockTried':
        return this.tried(to).length > 0
      case 'parcelTaken':
        return this.parcels(to).length > 0
      case 'arrive':
        return to === MEETING_MANAGER && !knowledge.arrived.has(self)
      case 'mallocRequest':
      case 'freeRequest':
        return to === MEETING_MANAGER
      case 'ended':
        return to === MEETING_MANAGER && random.chance(0.1)
      case 'depart':
        return self === MEETING_MANAGER && knowledge.arrived.has(to)
      case 'mallocReply':
        return self === MEETING_MANAGER && this.requests('mallocRequest', to).length > 0
      case 'freeReply':
        return self === MEETING_MANAGER && this.requests('freeRequest', to).length > 0
      case 'diffRequest':
        return knowledge.own.some(({ node }) => node === to)
      case 'diffReply':
        return knowledge.wants.some((want) => want.from === to && want.to === self)
      default:
        return true
    }
  }

  /** Locks that we manage and whose token is at the node. */
  private forwardable(to: NodeId): LockId[] {
    const { holders } = this.knowledge
    return [...holders.keys()].filter((lock) => holders.get(lock) === to && lock % this.bounds.nodes === this.self)
  }

  /** Locks that the node, their manager, has asked us to give if they are free. */
  private tried(to: NodeId): LockId[] {
    return this.toUs(to).flatMap((message) => (message.type === 'lockTryForward' ? [message.lock] : []))
  }

  /** Ways on which the node has sent us plain messages. */
  private parcels(to: NodeId): { from: ProcId; to: ProcId }[] {
    return this.toUs(to).flatMap((message) =>
      message.type === 'parcel' ? [{ from: message.from, to: message.to }] : [],
    )
  }

  private toUs(from: NodeId): Message[] {
    return this.knowledge.sent
      .filter((sent) => sent.from === from && sent.to === this.self)
      .map(({ message }) => message)
  }

  /** Processes of the node that sleep, and on which lock. */
  private asleep(to: NodeId): { lock: LockId; sleeper: Sleeper }[] {
    const { nodes, procs } = this.bounds
    return this.knowledge.sleepers.filter(({ sleeper }) => Math.floor((sleeper.proc * nodes) / procs) === to)
  }

  private requests(type: 'mallocRequest' | 'freeRequest', of: NodeId): ProcId[] {
    const { nodes, procs } = this.bounds
    return this.knowledge.requests
      .filter((request) => request.type === type && Math.floor((request.proc * nodes) / procs) === of)
      .map(({ proc }) => proc)
  }

  /** One of these, if there are any, and not always. */
  private oneOf<T>(known: readonly T[], otherwise: () => T): T {
    return known.length > 0 && this.random.chance(0.9) ? this.random.pick(known) : otherwise()
  }

  private mostly(node: NodeId): NodeId {
    return this.random.chance(0.9) ? node : this.node()
  }

  node(): NodeId {
    return nodeId(this.random.below(this.bounds.nodes))
  }

  private proc(node: NodeId): ProcId {
    const threads = this.bounds.procs / this.bounds.nodes
    return procId(this.mostly(node) * threads + this.random.below(threads))
  }

  /** More often one that `manager` manages. */
  private lock(manager: NodeId): LockId {
    const { nodes } = this.bounds
    const managed = manager + nodes * this.random.below(Math.ceil(this.locks / nodes))
    return lockId(this.random.chance(0.7) ? managed : this.random.below(this.locks + 2))
  }

  private wantedLock(by: NodeId): LockId {
    const wanted = this.knowledge.wanted.filter((want) => want.by === by).map(({ lock }) => lock)
    return this.oneOf(wanted, () => this.lock(by))
  }

  private sleepers(to: NodeId): Sleeper[] {
    if (this.random.chance(0.6)) return []
    return this.some(() => ({
      cond: condId(this.random.below(2)),
      proc: this.proc(this.random.chance(0.5) ? to : this.self),
    }))
  }

  private lastArrival(from?: NodeId): Arrive | undefined {
    const arrivals = this.knowledge.sent.flatMap(({ from: node, message }) =>
      message.type === 'arrive' && (from === undefined || node === from) ? [message] : [],
    )
    return arrivals.at(-1)
  }

  private meeting(): Pick<Arrive, 'kind' | 'id' | 'payload'> {
    const last = this.lastArrival()
    if (last !== undefined && this.random.chance(0.8)) return last
    const kind = this.random.pick(meetingKinds)
    return { kind, id: this.random.below(3), payload: this.payload() }
  }

  /** What the node waits for, or something else. */
  private decision(to: NodeId): Uint8Array {
    const kind = this.lastArrival(to)?.kind
    if (kind === undefined || this.random.chance(0.2)) return this.payload()
    return kind === 'barrier' || kind === 'phase' ? new Uint8Array(0) : encodeAllocated(this.block())
  }

  private payload(): Uint8Array {
    const { random } = this
    switch (random.below(7)) {
      case 6:
        return asciiBytes(quoted(random.pick(['warm', 'sweep'])))
      case 0:
        return encodeAllocation({ ...this.request(), label: 'x', protocol: random.pick(asked) })
      case 1:
      case 2:
        return encodeAllocated(this.block())
      case 3:
        return mutate(encodeAllocated(this.block()), random, encodeAllocation({ ...this.request(), label: '' }))
      default:
        return new Uint8Array(random.below(3))
    }
  }

  private request(): { bytes: number; align: number } {
    const { random } = this
    return { bytes: random.pick([1, 8, 40, 64, 100, 2 ** 40]), align: random.pick([0, 0, 1, 8, 64, 2 ** 30]) }
  }

  private address(): number {
    const { random, bounds } = this
    return random.pick([0, 8, 16, random.below(bounds.heapBytes), bounds.heapBytes - 8, bounds.heapBytes])
  }

  private block(): { address: number; used: boolean; free: number; largest: number } {
    return { address: this.address(), used: this.random.chance(0.3), free: this.address(), largest: this.address() }
  }

  /** A time that the node will find fair, or not. */
  private time(of: NodeId): VectorTime {
    const { random, knowledge } = this
    const time = (knowledge.times[random.chance(0.7) ? of : this.self] as VectorTime).slice()
    if (random.chance(0.2)) time[random.below(time.length)] = random.below(6)
    return time
  }

  /** Mostly consistent: what the node knows already, and next intervals of ours and of others. */
  private rider(to: NodeId): Rider {
    const { random, knowledge } = this
    const intervals: Interval[] = []
    const time = this.time(to)
    const known = time.slice()
    const same = random.chance(0.5) ? this.pages() : undefined
    for (let left = random.pick([0, 1, 1, 2, 3, 3]); left > 0; left--) {
      const old = knowledge.intervals
      if (old.length > 0 && random.chance(0.1)) intervals.push(random.pick(old))
      else intervals.push(this.interval(this.but(to), time, known, same ?? this.pages()))
    }
    if (random.chance(0.1)) time[random.below(time.length)] = random.below(6)
    return { time, intervals }
  }

  /** After `time`, to which it is added; of what came after `known` it may claim not to have seen a part. */
  private interval(of: NodeId, time: VectorTime, known: VectorTime, pages: readonly PageId[]): Interval {
    const { random } = this
    const next = random.chance(0.95) ? (time[of] as number) + 1 : random.between(1, 4)
    time[of] = next
    const own = time.map((entry, i) => (i === of || random.chance(0.6) ? entry : (known[i] as number)))
    if (random.chance(0.1)) own[random.below(own.length)] = random.between(1, 4)
    return { node: of, index: intervalIndex(own[of] as number), time: own, pages }
  }

  /** Any node but this one. */
  private but(node: NodeId): NodeId {
    const { nodes } = this.bounds
    return nodeId((node + this.random.between(1, nodes - 1)) % nodes)
  }

  pages(): PageId[] {
    const { random, bounds } = this
    const few = random.chance(0.6) ? 2 : bounds.pages
    const pages = new Set(Array.from({ length: random.between(1, 3) }, () => random.below(few)))
    return [...pages].sort((a, b) => a - b).map(pageId)
  }

  some<T>(draw: () => T): T[] {
    return Array.from({ length: this.random.pick([0, 1, 1, 1, 2, 3]) }, draw)
  }

  /** A diff that the node may hold. */
  private wanted(of: NodeId): DiffName {
    const { random, knowledge } = this
    const known = knowledge.own.filter(({ node, pages }) => node === of && pages.length > 0)
    if (known.length === 0 || random.chance(0.2))
      return { page: this.page(), node: of, index: intervalIndex(random.between(1, 4)) }
    const { node, index, pages } = random.pick(known)
    return { page: random.chance(0.9) ? random.pick(pages) : this.page(), node, index }
  }

  page(): PageId {
    return pageId(this.random.below(this.bounds.pages))
  }

  /** What the node has asked us for last, or a part of it. */
  private asked(by: NodeId): NamedDiff[] {
    const { random, knowledge } = this
    const wants = knowledge.wants.filter(({ from, to }) => from === by && to === this.self).map(({ want }) => want)
    const last = wants.slice(-random.between(1, 3))
    const diffs = last.map((want) => ({ ...want, bytes: this.diff() }))
    return random.chance(0.1) ? [...diffs, this.own()] : diffs
  }

  own(): NamedDiff {
    const { random, self } = this
    const index = intervalIndex(Math.max(1, this.knowledge.nextIndex(self) + random.between(-1, 1)))
    return { page: this.page(), node: random.chance(0.9) ? self : this.node(), index, bytes: this.diff() }
  }

  diff(): Uint8Array {
    const { random, bounds } = this
    const twin = new Uint8Array(bounds.pageBytes)
    const density = random.pick([0.05, 0.3, 1])
    const page = twin.map(() => (random.chance(density) ? random.below(256) : 0))
    const diff = makeDiff(twin, page)
    if (random.chance(0.5)) return diff
    return mutate(diff, random, page).slice(0, (bounds.pageBytes * 9) / 8)
  }
}
