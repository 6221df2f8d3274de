/**
 * One node's core: a state machine without I/O, clock or randomness. `step(event)` is the only way in; the
 * actions it returns are what the shell around it must do. The shell is the real node (runtime/) or the
 * simulator (sim/). Messages of a node to itself are handled inside the same step and never leave.
 */
import { assert, TreadMarksError } from '../errors.js'
import { Allocation } from './allocation.js'
import { Allocator } from './allocator.js'
import type { CoherenceFactory, Footprint, ProtocolTable } from './coherence.js'
import { Conditions } from './condition.js'
import type { CounterRow } from './counters.js'
import type { Action, Answer, Event, Outbox } from './events.js'
import { type NodeId, nodeOf, type PageId, type ProcId } from './ids.js'
import { Locks } from './lock.js'
import { LockManager, managerOf } from './lock-manager.js'
import type { LockWords } from './lock-words.js'
import { Mailbox } from './mailbox.js'
import { MEETING_MANAGER, Meetings } from './meeting.js'
import type { PageMemory } from './memory.js'
import type { Message } from './messages.js'
import { PageCounters } from './page-counters.js'
import type { PageTraffic } from './page-traffic.js'
import { PerPage } from './per-page.js'
import { type Call, type Wait, waitOf } from './wait.js'

export interface NodeConfig {
  readonly self: NodeId
  readonly nodes: number
  /** Processes on each node. */
  readonly threads: number
  readonly memory: PageMemory
  readonly words: LockWords
  /** The run's protocol. */
  readonly coherence: CoherenceFactory
  /** What allocations may choose beside it, and what it is called itself. Left out where none does. */
  readonly protocols?: ProtocolTable
  readonly protocol?: string
  readonly counters: CounterRow
  /** Left out where nobody looks at them. */
  readonly pageCounters?: PageCounters
  /** Likewise; it takes time for each diff. */
  readonly pageTraffic?: PageTraffic | undefined
}

export class DsmNode implements Outbox {
  private readonly coherence: PerPage
  private readonly locks: Locks
  private readonly lockManager: LockManager
  private readonly conditions: Conditions
  private readonly meetings: Meetings
  private readonly allocation: Allocation
  private readonly mailbox: Mailbox
  private readonly self: NodeId
  private readonly actions: Action[] = []
  private readonly toSelf: Message[] = []
  /** What processes of this node wait to be answered; any other answer is a peer's mistake. */
  private readonly calling = new Map<ProcId, Call>()

  constructor(private readonly config: NodeConfig) {
    const { self, nodes, threads, memory, counters } = config
    const pageCounters = config.pageCounters ?? new PageCounters(memory.pageCount)
    this.self = self
    const context = { self, nodes, memory, outbox: this, counters, pageCounters, pageTraffic: config.pageTraffic }
    this.coherence = new PerPage(context, config.coherence, config.protocols ?? {})
    this.locks = new Locks(self, nodes, config.words, this.coherence, this, counters)
    this.lockManager = new LockManager(self, nodes, this)
    this.conditions = new Conditions(self, threads, this.locks, this)
    const allocator = new Allocator(memory.pageBytes * memory.pageCount, memory.pageBytes)
    this.meetings = new Meetings(config, this.coherence, allocator, this, counters)
    this.allocation = new Allocation(self, nodes, allocator, this.coherence, this)
    this.mailbox = new Mailbox(self, threads, this)
  }

  /**
   * Takes one event; returns what to do, valid until the next call. Throws TreadMarksError when the program or a
   * peer broke a rule; the run is over then and the node must not be stepped again.
   */
  step(event: Event): readonly Action[] {
    this.actions.length = 0
    this.handle(event)
    for (let message = this.toSelf.shift(); message !== undefined; message = this.toSelf.shift()) {
      this.receive(this.self, message)
    }
    return this.actions
  }

  /** Before the first event: these pages, `first` … `end`-1, obey another protocol than the run's. The same on each node. */
  choose(protocol: string, first: PageId, end: number): void {
    this.coherence.choose(protocol, first, end)
  }

  /** Whether a process must ask for a flush before it releases: from the moment such a protocol is in use. */
  get flushes(): boolean {
    return this.coherence.flushes
  }

  /** What the protocols keep at this moment. */
  footprint(): Footprint {
    return this.coherence.footprint()
  }

  /** What processes of this node wait for. */
  waits(): Wait[] {
    return [...this.calling.values()].map((call) => waitOf(call, this.conditions.sleeps(call.proc)))
  }

  /** Outbox: for the parts of the core. */
  send(to: NodeId, message: Message): void {
    if (to === this.self) this.toSelf.push(message)
    else this.actions.push({ type: 'send', to, message })
  }

  /** Outbox: for the parts of the core. */
  answer(proc: ProcId, answer: Answer): void {
    if (!this.calling.delete(proc)) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `an answer came for process ${proc}, which has not asked`)
    }
    this.actions.push({ type: 'answer', proc, answer })
  }

  private handle(event: Event): void {
    switch (event.type) {
      case 'message':
        if (event.from === this.self) throw new TreadMarksError('ERR_TM_PROTOCOL', 'a message from this node itself')
        return this.receive(event.from, event.message)
      case 'miss':
        return this.coherence.miss(event.page)
      case 'holdOver':
        return this.coherence.holdOver(event.page)
      case 'lockAcquire':
        this.calls(event)
        return this.locks.acquire(event.proc, event.lock)
      case 'lockTry':
        this.calls(event)
        return this.locks.attempt(event.proc, event.lock)
      case 'lockRelease':
        return this.locks.released(event.lock)
      case 'condWait':
        this.calls(event)
        return this.conditions.wait(event.proc, event.lock, event.cond)
      case 'condSignal':
        this.calls(event)
        return this.conditions.signal(event.proc, event.lock, event.cond, event.all)
      case 'meet':
        this.calls(event)
        return this.meetings.meet(event.proc, event.kind, event.id, event.payload)
      case 'flush':
        this.calls(event)
        return this.coherence.flush(event.proc)
      case 'malloc':
        this.calls(event)
        return this.allocation.malloc(event.proc, event.bytes, event.align)
      case 'free':
        this.calls(event)
        return this.allocation.free(event.proc, event.address)
      case 'send':
        this.calls(event)
        return this.mailbox.send(event.proc, event.to, event.bytes)
      case 'recv':
        this.calls(event)
        return this.mailbox.recv(event.proc, event.from)
      case 'probe':
        this.calls(event)
        return this.mailbox.probe(event.proc, event.wait)
      case 'ended':
        return this.send(MEETING_MANAGER, { type: 'ended', proc: event.proc })
    }
  }

  private receive(from: NodeId, message: Message): void {
    switch (message.type) {
      case 'lockRequest':
        this.mustBe(from, message.requester)
        return this.lockManager.asked(message)
      case 'lockForward':
        this.mustBe(from, managerOf(message.lock, this.config.nodes))
        return this.locks.forwarded(message)
      case 'lockGrant':
        this.conditions.check(from, message)
        return this.locks.granted(from, message)
      case 'lockTry':
        this.mustBe(from, message.requester)
        return this.lockManager.asked(message)
      case 'lockTryForward':
        this.mustBe(from, managerOf(message.lock, this.config.nodes))
        return this.locks.tryForwarded(message)
      case 'lockTried':
        return this.lockManager.tried(from, message)
      case 'lockBusy':
        this.mustBe(from, managerOf(message.lock, this.config.nodes))
        return this.locks.busy(message)
      case 'condWake':
        return this.conditions.woken(from, message)
      case 'arrive':
        return this.meetings.arrived(from, message)
      case 'depart':
        this.mustBe(from, MEETING_MANAGER)
        return this.meetings.departed(message.rider, message.payload)
      case 'mallocRequest':
        this.mustSpeakFor(from, message.proc)
        return this.allocation.mallocRequested(from, message)
      case 'mallocReply':
        this.mustBe(from, MEETING_MANAGER)
        return this.allocation.malloced(from, message)
      case 'freeRequest':
        this.mustSpeakFor(from, message.proc)
        return this.allocation.freeRequested(from, message)
      case 'freeReply':
        this.mustBe(from, MEETING_MANAGER)
        return this.allocation.freed(message)
      case 'ended':
        this.mustSpeakFor(from, message.proc)
        return this.meetings.hasEnded(message.proc)
      case 'parcel':
        return this.mailbox.arrived(from, message)
      case 'parcelTaken':
        return this.mailbox.taken(from, message)
      case 'diffRequest':
      case 'diffReply':
      case 'diffPush':
      case 'diffKeep':
      case 'pageRequest':
      case 'pageReply':
      case 'homeFlush':
      case 'homeClaim':
      case 'homeIs':
      case 'homeOffer':
      case 'eagerFlush':
      case 'eagerFlushed':
      case 'eagerUpdate':
      case 'eagerInvalidate':
      case 'eagerAck':
      case 'pageRecall':
      case 'pageRecalled':
        return this.coherence.message(from, message)
    }
  }

  private calls(call: Call): void {
    assert(!this.calling.has(call.proc), `process ${call.proc} calls twice at a time`)
    this.calling.set(call.proc, call)
  }

  private mustSpeakFor(from: NodeId, proc: ProcId): void {
    this.mustBe(from, nodeOf(proc, this.config.threads))
  }

  private mustBe(from: NodeId, expected: NodeId): void {
    if (from !== expected) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent a message that only node ${expected} may send`)
    }
  }
}
