/**
 * A simulated node: the real core on a software memory and real lock words, with the threads of its programs
 * beside it. What a thread posts waits in the node's inbox until the service takes it, in the order of each
 * thread and otherwise in any; between the service's own steps `interrupt` lets the threads go on.
 */
import { type CoherenceFactory, initialState, type ProtocolTable } from '../core/coherence.js'
import { type CounterRow, counterRow } from '../core/counters.js'
import type { Event } from '../core/events.js'
import { type LockId, type NodeId, type PageId, pageId } from '../core/ids.js'
import { managerOf } from '../core/lock-manager.js'
import { ABSENT, ArrayLockWords, FREE, type LockWords, type Taken } from '../core/lock-words.js'
import { DsmNode } from '../core/node.js'
import { SoftwareMemory } from './memory.js'

export interface ClusterShape {
  readonly nodes: number
  /** Processes on each node. */
  readonly threads: number
  readonly pages: number
  readonly pageBytes: number
  readonly coherence: CoherenceFactory
  /** What allocations may choose beside it, and which pages obey which from the beginning, by name: those left out obey `coherence`. */
  readonly protocols?: ProtocolTable
  readonly dealt?: readonly (string | undefined)[]
}

/** Different locks that a simulated node knows. */
const MAX_SIM_LOCKS = 4_096

export class SimNode {
  readonly memory: SoftwareMemory
  readonly counters: CounterRow = counterRow()
  readonly core: DsmNode
  readonly words = new Int32Array(MAX_SIM_LOCKS)
  /** Other threads of the node may run here: it is called before each thing that the service does to shared words. */
  interrupt: () => void = nothing
  /** Hears that a thread posted something: `slot`, or -1 for what it did to a page. */
  posted: (slot: number) => void = nothing
  /** What each thread has posted and the service has not taken; the last is for pages. */
  private readonly inbox: Event[][]
  private readonly indices = new Map<LockId, number>()

  constructor(
    readonly id: NodeId,
    private readonly shape: ClusterShape,
  ) {
    this.memory = new SoftwareMemory(shape.pages, shape.pageBytes, initialState(shape.coherence))
    this.memory.pause = () => this.interrupt()
    this.inbox = Array.from({ length: shape.threads + 1 }, () => [])
    this.core = new DsmNode({
      self: id,
      nodes: shape.nodes,
      threads: shape.threads,
      memory: this.memory,
      words: new SharedWords(new ArrayLockWords(this.words, this.wordOf), () => this.interrupt()),
      coherence: shape.coherence,
      protocols: shape.protocols ?? {},
      counters: this.counters,
    })
    for (const [page, protocol] of (shape.dealt ?? []).entries()) {
      if (protocol !== undefined) this.core.choose(protocol, pageId(page), page + 1)
    }
  }

  readonly wordOf = (lock: LockId): number => {
    let index = this.indices.get(lock)
    if (index === undefined) {
      index = this.indices.size
      this.indices.set(lock, index)
      this.words[index] = managerOf(lock, this.shape.nodes) === this.id ? FREE : ABSENT
    }
    return index
  }

  /** A release waits until what this node has written is where it must be. */
  get flushes(): boolean {
    return this.core.flushes
  }

  /** A thread asks the service for something. */
  post(slot: number, event: Event): void {
    ;(this.inbox[slot] as Event[]).push(event)
    this.posted(slot)
  }

  /** Posts the pages that were missed, and those that are held no more. */
  postPages(): void {
    const { misses, holdsOver } = this.memory
    const inbox = this.inbox[this.shape.threads] as Event[]
    for (let page: PageId | undefined = misses.shift(); page !== undefined; page = misses.shift()) {
      inbox.push({ type: 'miss', page })
      this.posted(-1)
    }
    for (let page: PageId | undefined = holdsOver.shift(); page !== undefined; page = holdsOver.shift()) {
      inbox.push({ type: 'holdOver', page })
      this.posted(-1)
    }
  }

  /** The oldest thing that a thread posted, or that it did to a page (-1). */
  take(slot: number): Event | undefined {
    return (this.inbox[slot === -1 ? this.shape.threads : slot] as Event[]).shift()
  }
}

/** The service's lock words, with room for a thread between any two looks at them. */
class SharedWords implements LockWords {
  constructor(
    private readonly words: LockWords,
    private readonly interrupt: () => void,
  ) {}

  tryHold(lock: LockId): Taken {
    this.interrupt()
    return this.words.tryHold(lock)
  }

  tryTake(lock: LockId): Taken {
    this.interrupt()
    return this.words.tryTake(lock)
  }

  hold(lock: LockId, wanted: boolean): void {
    this.interrupt()
    this.words.hold(lock, wanted)
  }

  free(lock: LockId): void {
    this.interrupt()
    this.words.free(lock)
  }

  settle(lock: LockId): void {
    this.interrupt()
    this.words.settle(lock)
  }
}

const nothing = (): void => {}
