/**
 * Simulated nodes with several processes each, driven one small step at a time: what a process does to a lock's
 * word, what the service then takes of it, and each message on its way are steps of their own, in the order
 * that a test chooses.
 */
import type { Answer, Event } from '../../src/core/events.js'
import { condId, lockId, nodeId, nodeOf, procId } from '../../src/core/ids.js'
import { acquireWord, releaseWord } from '../../src/core/lock-words.js'
import type { Message } from '../../src/core/messages.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { SimNode } from '../../src/sim/node.js'
import { PAGE } from './cluster-helpers.js'

export class Several {
  readonly nodes: readonly SimNode[]
  /** Messages on their way, by [from × nodes + to], oldest first. */
  readonly queues: readonly Message[][]
  readonly procs: readonly number[]
  /** Every message that was sent. */
  readonly sent: Message[] = []
  private readonly answers = new Map<number, Answer>()

  constructor(
    nodes: number,
    private readonly threads: number,
  ) {
    const shape = { nodes, threads, pages: 4, pageBytes: PAGE, coherence: treadmarks }
    this.nodes = Array.from({ length: nodes }, (_, i) => new SimNode(nodeId(i), shape))
    this.queues = Array.from({ length: nodes ** 2 }, () => [])
    this.procs = Array.from({ length: nodes * threads }, (_, p) => p)
  }

  /** True when the word gave the lock; else it is asked for, and `has` tells when it is there. */
  acquire(proc: number, lock: number): boolean {
    const node = this.nodeOf(proc)
    if (acquireWord(node.words, node.wordOf(lockId(lock)))) return true
    this.post(proc, { type: 'lockAcquire', proc: procId(proc), lock: lockId(lock) })
    return false
  }

  release(proc: number, lock: number): void {
    const node = this.nodeOf(proc)
    if (releaseWord(node.words, node.wordOf(lockId(lock)))) return
    this.post(proc, { type: 'lockRelease', proc: procId(proc), lock: lockId(lock) })
  }

  wait(proc: number, lock: number, cond: number): void {
    this.post(proc, { type: 'condWait', proc: procId(proc), lock: lockId(lock), cond: condId(cond) })
  }

  signal(proc: number, lock: number, cond: number, all = false): void {
    this.post(proc, { type: 'condSignal', proc: procId(proc), lock: lockId(lock), cond: condId(cond), all })
  }

  /** Whether the last call of the process has been answered; tells so once. */
  has(proc: number): boolean {
    return this.answers.delete(proc)
  }

  /** The answer to the last call of the process; taken once. */
  answered(proc: number): Answer | undefined {
    const answer = this.answers.get(proc)
    this.answers.delete(proc)
    return answer
  }

  /** Whether it would. */
  mayGoOn(proc: number): boolean {
    return this.answers.has(proc)
  }

  /** The service takes the oldest thing that the process posted. False when there is none. */
  serve(proc: number): boolean {
    const event = this.nodeOf(proc).take(proc % this.threads)
    if (event === undefined) return false
    this.step(nodeOf(procId(proc), this.threads), event)
    return true
  }

  /** Delivers the oldest message from one node to another. False when there is none. */
  deliver(from: number, to: number): boolean {
    const message = this.queues[from * this.nodes.length + to]?.shift()
    if (message === undefined) return false
    this.step(to, { type: 'message', from: nodeId(from), message })
    return true
  }

  /** Serves and delivers until nothing moves. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const proc of this.procs) moved = this.serve(proc) || moved
      for (const from of this.nodes) for (const to of this.nodes) moved = this.deliver(from.id, to.id) || moved
    }
  }

  /** Types of the messages on their way, with their ends: "condWake 1→0". */
  underWay(): string[] {
    const { length } = this.nodes
    return this.queues.flatMap((queue, q) => queue.map(({ type }) => `${type} ${Math.floor(q / length)}→${q % length}`))
  }

  word(node: number, lock: number): number {
    const { words, wordOf } = this.nodes[node] as SimNode
    return words[wordOf(lockId(lock))] as number
  }

  step(node: number, event: Event): void {
    for (const action of (this.nodes[node] as SimNode).core.step(event)) {
      if (action.type === 'answer') {
        this.answers.set(action.proc, action.answer)
        continue
      }
      this.sent.push(action.message)
      this.queues[node * this.nodes.length + action.to]?.push(action.message)
    }
  }

  private nodeOf(proc: number): SimNode {
    return this.nodes[nodeOf(procId(proc), this.threads)] as SimNode
  }

  private post(proc: number, event: Event): void {
    this.nodeOf(proc).post(proc % this.threads, event)
  }
}
