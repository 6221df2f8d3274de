/**
 * N nodes of the real core in one process, with software memory and a network of one queue per pair of
 * nodes. Programs are generators that yield operations; `run` picks the next thing to do with the random
 * function it is given, so one seed is one execution. Single steps are open to tests as well.
 */
import type { CoherenceFactory } from '../core/coherence.js'
import { type CounterRow, count, counterRow } from '../core/counters.js'
import type { Action, Answer, Event } from '../core/events.js'
import { type LockId, lockId, type NodeId, nodeId, type ProcId, procId } from '../core/ids.js'
import { managerOf } from '../core/lock.js'
import { ABSENT, ArrayLockWords, acquireWord, FREE, releaseWord } from '../core/lock-words.js'
import type { MeetingKind, Message } from '../core/messages.js'
import { DsmNode } from '../core/node.js'
import { assert } from '../errors.js'
import { pageOf, SoftwareMemory } from './memory.js'

/** What a simulated program does next; `yield` gives back what it read, or the answer's value. */
export type Operation =
  | { readonly type: 'load'; readonly address: number }
  | { readonly type: 'store'; readonly address: number; readonly value: number }
  | { readonly type: 'acquire'; readonly lock: number }
  | { readonly type: 'release'; readonly lock: number }
  | { readonly type: 'barrier'; readonly id: number }
  | { readonly type: 'malloc'; readonly bytes: number }
  | { readonly type: 'free'; readonly address: number }
export type Program = Generator<Operation, void, number>

export interface ClusterConfig {
  readonly nodes: number
  readonly pages: number
  readonly pageBytes: number
  readonly coherence: CoherenceFactory
}

const nothing = new Uint8Array(0)
/** A run that takes longer than this will not end. */
const MAX_STEPS = 10_000_000

export class SimNode {
  readonly memory: SoftwareMemory
  readonly counters: CounterRow = counterRow()
  readonly core: DsmNode
  readonly words = new Int32Array(256)
  /** The answer to the process's last call, while nobody has taken it. */
  answer: Answer | undefined
  private readonly indices = new Map<LockId, number>()

  constructor(
    readonly id: NodeId,
    private readonly nodes: number,
    config: ClusterConfig,
  ) {
    this.memory = new SoftwareMemory(config.pages, config.pageBytes)
    this.core = new DsmNode({
      self: id,
      nodes: config.nodes,
      threads: 1,
      memory: this.memory,
      words: new ArrayLockWords(this.words, (lock) => this.wordOf(lock)),
      coherence: config.coherence,
      counters: this.counters,
    })
  }

  wordOf(lock: LockId): number {
    let index = this.indices.get(lock)
    if (index === undefined) {
      index = this.indices.size
      this.indices.set(lock, index)
      this.words[index] = managerOf(lock, this.nodes) === this.id ? FREE : ABSENT
    }
    return index
  }
}

export class Cluster {
  readonly nodes: SimNode[]
  /** Messages on their way, by [from × nodes + to], oldest first. */
  readonly queues: Message[][]
  /** Every message that was sent, for tests that look at them. */
  readonly sent: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = []
  private readonly programs: (Program | undefined)[]
  private readonly current: (Operation | undefined)[]
  private readonly asked: boolean[]

  constructor(readonly config: ClusterConfig) {
    this.nodes = Array.from({ length: config.nodes }, (_, i) => new SimNode(nodeId(i), config.nodes, config))
    this.queues = Array.from({ length: config.nodes ** 2 }, () => [])
    this.programs = new Array<undefined>(config.nodes).fill(undefined)
    this.current = new Array<undefined>(config.nodes).fill(undefined)
    this.asked = new Array<boolean>(config.nodes).fill(false)
  }

  node(i: number): SimNode {
    const node = this.nodes[i]
    assert(node !== undefined, `there is no node ${i}`)
    return node
  }

  /** Feeds one event to a node's core and does what it says. */
  step(i: number, event: Event): void {
    this.perform(i, this.node(i).core.step(event))
    this.postMisses(i)
  }

  /** Delivers the oldest message from one node to another. False when there is none. */
  deliver(from: number, to: number): boolean {
    const message = this.queues[from * this.config.nodes + to]?.shift()
    if (message === undefined) return false
    this.step(to, { type: 'message', from: nodeId(from), message })
    return true
  }

  /** Delivers everything, in node order, until no message is on its way. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (let from = 0; from < this.config.nodes; from++) {
        for (let to = 0; to < this.config.nodes; to++) moved = this.deliver(from, to) || moved
      }
    }
  }

  /** Runs one operation of node i's process as far as it goes alone; its result, or undefined while it waits. */
  attempt(i: number, operation: Operation): number | undefined {
    const node = this.node(i)
    switch (operation.type) {
      case 'load':
        return this.access(i, operation.address, false) ? (node.memory.bytes[operation.address] as number) : undefined
      case 'store':
        if (!this.access(i, operation.address, true)) return undefined
        node.memory.bytes[operation.address] = operation.value
        return 0
      case 'acquire':
        return this.acquire(i, lockId(operation.lock))
      case 'release':
        if (!releaseWord(node.words, node.wordOf(lockId(operation.lock)))) {
          this.step(i, { type: 'lockRelease', proc: procId(i), lock: lockId(operation.lock) })
        }
        return 0
      case 'barrier':
        return this.call(i, meet(procId(i), 'barrier', operation.id))
      case 'malloc':
        return this.call(i, { type: 'malloc', proc: procId(i), bytes: operation.bytes, align: 0 })
      case 'free':
        return this.call(i, { type: 'free', proc: procId(i), address: operation.address })
    }
  }

  /** Runs a program on each node to its end, choosing by `random(n)` in 0 … n-1. Throws when nothing can move any more. */
  run(programs: readonly Program[], random: (n: number) => number): void {
    for (const [i, program] of programs.entries()) {
      this.programs[i] = program
      this.advance(i, 0)
    }
    for (let steps = 0; ; steps++) {
      const choices = this.choices()
      if (choices.length === 0) break
      assert(steps < MAX_STEPS, `still running after ${steps} steps`)
      const choice = choices[random(choices.length)] as number
      if (choice < this.config.nodes) this.turn(choice)
      else this.deliver(Math.floor((choice - this.config.nodes) / this.config.nodes), choice % this.config.nodes)
    }
    const stuck = this.current.flatMap((operation, i) => (operation ? [`node ${i}: ${JSON.stringify(operation)}`] : []))
    assert(stuck.length === 0, `nothing can move: ${stuck.join('; ')}`)
  }

  private turn(i: number): void {
    const result = this.attempt(i, this.current[i] as Operation)
    if (result !== undefined) this.advance(i, result)
  }

  private advance(i: number, result: number): void {
    const next = this.programs[i]?.next(result)
    this.current[i] = next === undefined || next.done ? undefined : next.value
  }

  /** Nodes whose process can go on, and (offset by the node count) queues with a message. */
  private choices(): number[] {
    const choices: number[] = []
    for (let i = 0; i < this.config.nodes; i++) if (this.movable(i)) choices.push(i)
    for (const [q, queue] of this.queues.entries()) if (queue.length > 0) choices.push(this.config.nodes + q)
    return choices
  }

  private movable(i: number): boolean {
    const operation = this.current[i]
    if (operation === undefined) return false
    if (operation.type === 'load' || operation.type === 'store') {
      const page = pageOf(operation.address, this.config.pageBytes)
      return !this.asked[i] || this.node(i).memory.state(page) !== 1
    }
    return !this.asked[i] || this.node(i).answer !== undefined
  }

  private access(i: number, address: number, write: boolean): boolean {
    assert(Number.isInteger(address), `${address} is no address`)
    const ready = this.node(i).memory.ready(pageOf(address, this.config.pageBytes), write)
    this.asked[i] = !ready
    this.postMisses(i)
    return ready
  }

  private acquire(i: number, lock: LockId): number | undefined {
    const node = this.node(i)
    if (!this.asked[i] && acquireWord(node.words, node.wordOf(lock))) {
      count(node.counters, 'lockAcquires')
      return 0
    }
    const result = this.call(i, { type: 'lockAcquire', proc: procId(i), lock })
    if (result !== undefined) count(node.counters, 'lockAcquires')
    return result
  }

  private call(i: number, event: Event): number | undefined {
    const node = this.node(i)
    if (!this.asked[i]) {
      this.asked[i] = true
      this.step(i, event)
    }
    const { answer } = node
    if (answer === undefined) return undefined
    node.answer = undefined
    this.asked[i] = false
    return answer.value
  }

  private postMisses(i: number): void {
    const { misses } = this.node(i).memory
    for (let page = misses.shift(); page !== undefined; page = misses.shift()) this.step(i, { type: 'miss', page })
  }

  private perform(i: number, actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === 'answer') {
        this.node(i).answer = action.answer
        continue
      }
      count(this.node(i).counters, 'messages')
      this.sent.push({ from: nodeId(i), to: action.to, message: action.message })
      this.queues[i * this.config.nodes + action.to]?.push(action.message)
    }
  }
}

const meet = (proc: ProcId, kind: MeetingKind, id: number): Event => ({
  type: 'meet',
  proc,
  kind,
  id,
  payload: nothing,
})
