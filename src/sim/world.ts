/**
 * A whole cluster in one process, by virtual time: nodes of the real core, their program threads, the network
 * between them, and what goes wrong. Everything random is drawn from the plan's seed, so the same plan and
 * program are the same run, which its trace hash shows.
 */
import { count } from '../core/counters.js'
import type { Event } from '../core/events.js'
import { type NodeId, nodeId, procId } from '../core/ids.js'
import type { Message } from '../core/messages.js'
import { assert } from '../errors.js'
import { Agenda, type Due } from './agenda.js'
import { Network } from './network.js'
import { type ClusterShape, SimNode } from './node.js'
import type { Observer, Program } from './operation.js'
import type { Fault, Plan } from './plan.js'
import { Random } from './random.js'
import { SimThread } from './thread.js'
import { Trace, tracing } from './trace.js'

/** How a run ended. A broken rule (a wrong value, a failed assertion) is thrown instead. */
export interface Outcome {
  /** Every process finished; a connection or a node was lost and the run was given up; nothing can move any more. */
  readonly end: 'finished' | 'lost' | 'hang'
  /** Who waits for what, or what was lost; in words. */
  readonly why: string
  readonly hash: string
  /** Virtual, µs. */
  readonly time: number
  readonly operations: number
  readonly messages: number
  readonly bytes: number
  /** The most bytes on their way in one connection. */
  readonly largestQueue: number
}

enum Kind {
  THREAD,
  SERVICE,
  ARRIVAL,
  FREE,
  FAULT,
  LOST,
  END,
}

/** What the world knows of a process. */
interface Running {
  readonly thread: SimThread
  readonly node: number
  state: 'goes' | 'rests' | 'waits' | 'ended'
  /** Stands on the agenda. */
  due: boolean
  /** Until when it is off its processor. */
  stalledUntil: number
}

export class World {
  readonly nodes: readonly SimNode[]
  readonly trace = new Trace()
  /** Hears of each message that is sent, and how many bytes its frame has. */
  sent: (message: Message, bytes: number, from: NodeId, to: NodeId) => void = nothing
  /** Hears of each event before the core of its node does. */
  comes: (node: NodeId, event: Event) => void = nothing
  private readonly agenda = new Agenda()
  private readonly network: Network
  private readonly random: Random
  private readonly heard: Observer
  private readonly processes: readonly Running[]
  /** When each node's service is free again. */
  private readonly freeAt: number[]
  /** What has come for each node's service while it was busy, oldest first. While there is any, it stands on the agenda once. */
  private readonly waiting: readonly Due[][]
  /** Until when each node stands still; infinity for a dead one. */
  private readonly stoppedUntil: number[]
  /** How threads stall in write faults; undefined when they do not. */
  private stalls: Extract<Fault, { type: 'stall' }> | undefined
  /** Something that was sent may never arrive. */
  private damaged = false
  private now = 0
  private lost: string | undefined
  private running: number

  constructor(
    private readonly shape: ClusterShape,
    private readonly plan: Plan,
    program: Program,
    observer: Observer,
  ) {
    const { nodes, threads, pages, pageBytes } = shape
    assert(program.length === nodes * threads, `a program for ${program.length} processes on ${nodes} × ${threads}`)
    this.random = new Random(plan.seed, 1)
    const bounds = { nodes, procs: nodes * threads, pages, pageBytes, heapBytes: pages * pageBytes }
    const announce = (time: number, connection: number): void => this.agenda.add(time, Kind.ARRIVAL, connection)
    this.network = new Network(bounds, plan.network, this.random, this.trace, announce)
    this.nodes = Array.from({ length: nodes }, (_, i) => this.makeNode(i))
    this.freeAt = new Array<number>(nodes).fill(0)
    this.waiting = Array.from({ length: nodes }, () => [])
    this.stoppedUntil = new Array<number>(nodes).fill(0)
    this.heard = tracing(observer, this.trace)
    this.processes = program.map((operations, proc) => {
      const node = Math.floor(proc / threads)
      const thread = new SimThread(proc, proc % threads, this.nodes[node] as SimNode, operations, this.heard)
      return { thread, node, state: 'goes', due: false, stalledUntil: 0 }
    })
    this.running = this.processes.length
  }

  /** How many operations each process has finished. */
  get progress(): readonly number[] {
    return this.processes.map(({ thread }) => thread.done)
  }

  /** Runs to the end. Throws what the observer and the core throw. */
  run(): Outcome {
    for (const proc of this.processes.keys()) this.wake(proc)
    for (const [i, fault] of this.plan.faults.entries()) this.agenda.add(fault.at, Kind.FAULT, i)
    for (let steps = 0; steps < this.plan.maxSteps; steps++) {
      const due = this.agenda.take()
      if (due === undefined) return this.outcome(this.running === 0 ? 'finished' : 'hang', this.whoWaits())
      this.now = due.time
      if (due.kind === Kind.END) return this.outcome('lost', this.lost as string)
      this.happen(due)
      this.heard.travelling?.(this.network.travelling > 0 || this.damaged)
    }
    return this.outcome('hang', `still running after ${this.plan.maxSteps} steps: ${this.whoWaits()}`)
  }

  private happen(due: Due): void {
    const { kind, which } = due
    switch (kind) {
      case Kind.THREAD:
        return this.runThread(which)
      case Kind.SERVICE:
        return this.come(Math.floor(which / (this.shape.threads + 1)), due)
      case Kind.ARRIVAL:
        return this.come(which % this.shape.nodes, due)
      case Kind.FREE:
        return this.goOn(which)
      case Kind.FAULT:
        return this.strike(this.plan.faults[which] as Fault)
      case Kind.LOST:
        return this.notice(which)
    }
  }

  private makeNode(i: number): SimNode {
    const node = new SimNode(nodeId(i), this.shape)
    node.interrupt = () => this.interrupt(i)
    node.posted = (slot) => {
      this.agenda.add(this.after(this.plan.service, i), Kind.SERVICE, i * (this.shape.threads + 1) + slot + 1)
    }
    node.memory.published = () => this.wakeNode(i)
    return node
  }

  /** Wakes the threads of a node that may have waited for a page. */
  private wakeNode(i: number): void {
    const first = i * this.shape.threads
    for (let proc = first; proc < first + this.shape.threads; proc++) {
      if (this.processes[proc]?.state === 'waits') this.wake(proc)
    }
  }

  private wake(proc: number, pause = this.plan.think): void {
    const process = this.processes[proc] as Running
    process.state = 'goes'
    if (process.due) return
    process.due = true
    this.agenda.add(this.after(pause, process.node), Kind.THREAD, proc)
  }

  private runThread(proc: number): void {
    const process = this.processes[proc] as Running
    const stopped = Math.max(this.stoppedUntil[process.node] as number, process.stalledUntil)
    if (stopped > this.now) return this.later(stopped, Kind.THREAD, proc)
    process.due = false
    this.burst(process)
    if (process.state === 'goes') this.wake(proc)
    // A poll that found nothing looks again later, and each time later.
    if (process.state === 'rests') this.wake(proc, this.plan.think * 2 ** Math.min(process.thread.polls, MAX_DOUBLINGS))
  }

  private burst(process: Running): void {
    const steps = 1 + this.random.below(this.plan.burst)
    for (let i = 0; i < steps && process.state === 'goes' && process.stalledUntil <= this.now; i++) {
      this.stepThread(process)
    }
  }

  private stepThread(process: Running): void {
    process.state = process.thread.step()
    if (this.stalls !== undefined) this.mayStall(process, this.stalls)
    if (process.state !== 'ended') return
    this.running--
    this.nodes[process.node]?.post(process.thread.slot, { type: 'ended', proc: procId(process.thread.proc) })
  }

  /** After any step of a fault, while others of its node go on. */
  private mayStall(process: Running, { chance, lasts }: { chance: number; lasts: number }): void {
    if (!this.nodes[process.node]?.memory.isFaulting(process.thread.slot)) return
    if (this.random.chance(chance)) process.stalledUntil = this.now + this.random.exponential(lasts)
  }

  /** A thread of node i goes on for some steps while its service is between two. */
  private interrupt(i: number): void {
    if (!this.random.chance(this.plan.interrupt)) return
    const process = this.processes[i * this.shape.threads + this.random.below(this.shape.threads)]
    if (process === undefined || process.stalledUntil > this.now) return
    this.burst(process)
  }

  /** Something for node i's service: it is done now, or after what waits already. */
  private come(i: number, due: Due): void {
    const waiting = this.waiting[i] as Due[]
    const free = this.serviceFree(i)
    if (free <= this.now && waiting.length === 0) return this.serve(i, due)
    waiting.push(due)
    if (waiting.length === 1) this.later(free, Kind.FREE, i)
  }

  /** Node i's service is free for the oldest that waits, unless the node has been stopped meanwhile. */
  private goOn(i: number): void {
    const waiting = this.waiting[i] as Due[]
    if (this.serviceFree(i) <= this.now) this.serve(i, waiting.shift() as Due)
    if (waiting.length > 0) this.later(this.serviceFree(i), Kind.FREE, i)
  }

  private serve(i: number, { kind, which }: Due): void {
    if (kind === Kind.ARRIVAL) return this.arrive(which)
    const event = this.nodes[i]?.take((which % (this.shape.threads + 1)) - 1)
    if (event === undefined) return
    if (event.type === 'lockAcquire') this.heard.asks?.(event.proc, event.lock)
    this.step(i, event)
  }

  private arrive(connection: number): void {
    const arrival = this.network.arrive(connection, this.now)
    if (arrival === undefined) return
    const { to } = arrival
    const from = nodeId(arrival.from)
    for (const message of arrival.messages) {
      this.trace.listener?.(`${this.clock()} ${from} → ${to} ${message.type}`)
      this.step(to, { type: 'message', from, message })
    }
  }

  private step(i: number, event: Event): void {
    const node = this.nodes[i] as SimNode
    this.trace.mix(i)
    this.freeAt[i] = this.now + this.random.exponential(this.plan.service * (this.plan.slowness[i] as number))
    this.comes(node.id, event)
    // Where messages are handed over as they are, their diffs live on in them.
    if (!this.plan.network.whole) node.memory.spoil()
    for (const action of node.core.step(event)) {
      if (action.type === 'answer') {
        this.trace.mix(action.answer.value)
        const process = this.processes[action.proc] as Running
        process.thread.answer = action.answer
        this.wake(action.proc)
        continue
      }
      const bytes = this.network.send(i, action.to, action.message, this.now)
      count(node.counters, 'messages')
      count(node.counters, 'bytes', bytes)
      this.sent(action.message, bytes, node.id, action.to)
    }
    node.postPages()
  }

  /** When the service of node i can do the next thing; never, if the node is dead. */
  private serviceFree(i: number): number {
    return Math.max(this.now, this.stoppedUntil[i] as number, this.freeAt[i] as number)
  }

  private later(time: number, kind: Kind, which: number): void {
    if (time < Number.POSITIVE_INFINITY) this.agenda.add(time, kind, which)
  }

  /** What goes wrong after the last process has ended does not matter any more. */
  private strike(fault: Fault): void {
    if (this.running === 0) return
    this.trace.listener?.(`${this.clock()} ${JSON.stringify(fault)}`)
    switch (fault.type) {
      case 'clog':
        return this.network.clog(fault.from, fault.to, this.now + fault.lasts)
      case 'pause':
        this.stoppedUntil[fault.node] = Math.max(this.stoppedUntil[fault.node] as number, this.now + fault.lasts)
        return
      case 'stall':
        this.stalls = fault
        return
      case 'cut':
        return this.cut(fault.a, fault.b)
      case 'kill':
        this.stoppedUntil[fault.node] = Number.POSITIVE_INFINITY
        for (let peer = 0; peer < this.shape.nodes; peer++) if (peer !== fault.node) this.cut(fault.node, peer)
    }
  }

  /** Each side hears of the cut once it has what still came through. */
  private cut(a: number, b: number): void {
    this.damaged = true
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const last = this.network.cut(from, to, this.now)
      this.agenda.add(last + this.random.exponential(DETECTION), Kind.LOST, from * this.shape.nodes + to)
    }
  }

  /** The first node that hears of a loss gives the run up; the others go on until they are told. */
  private notice(connection: number): void {
    const from = Math.floor(connection / this.shape.nodes)
    const to = connection % this.shape.nodes
    if (this.lost !== undefined || this.running === 0 || this.stoppedUntil[to] === Number.POSITIVE_INFINITY) return
    this.lost = `node ${to} lost its connection to node ${from}`
    this.agenda.add(this.now + this.random.exponential(DETECTION), Kind.END, 0)
  }

  private after(mean: number, node: number): number {
    return this.now + this.random.exponential(mean * (this.plan.slowness[node] as number))
  }

  private whoWaits(): string {
    return this.processes
      .filter(({ state }) => state !== 'ended')
      .map(({ thread, state }) => `process ${thread.proc} ${state} at ${JSON.stringify(thread.current)}`)
      .join('; ')
  }

  private clock(): string {
    return this.now.toFixed(1).padStart(10)
  }

  private outcome(end: Outcome['end'], why: string): Outcome {
    const { messages, bytes, largestQueue } = this.network
    const operations = this.processes.reduce((sum, { thread }) => sum + thread.done, 0)
    return { end, why, hash: this.trace.hash, time: this.now, operations, messages, bytes, largestQueue }
  }
}

const nothing = (): void => {}
/** Of the rest between two polls. */
const MAX_DOUBLINGS = 10
/** Mean time until a node sees that a connection is gone, µs. */
const DETECTION = 200
