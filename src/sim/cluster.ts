/**
 * Simulated nodes driven by hand, one process on each: a test or a scenario says which process does what and
 * which message arrives next. The service takes what a process posts at once, and nothing else happens by
 * itself; for executions drawn from a seed see world.ts.
 */
import type { Action, Answer, Event } from '../core/events.js'
import { type NodeId, nodeId } from '../core/ids.js'
import type { Message } from '../core/messages.js'
import { assert } from '../errors.js'
import { type ClusterShape, SimNode } from './node.js'
import { type Observer, type Operation, silent } from './operation.js'
import { SimThread } from './thread.js'

export type ClusterConfig = Omit<ClusterShape, 'threads'>

interface Process {
  readonly node: SimNode
  readonly thread: SimThread
  /** Grows with each operation that is begun. */
  readonly operations: Operation[]
}

/** An operation that takes more steps than this will not end. */
const MAX_STEPS = 1_000_000

export class Cluster {
  readonly nodes: readonly SimNode[]
  /** Messages on their way, by [from × nodes + to], oldest first. */
  readonly queues: readonly Message[][]
  /** Every message that was sent, for tests that look at them. */
  readonly sent: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = []
  private readonly processes: readonly Process[]

  constructor(
    readonly config: ClusterConfig,
    observer: Observer = silent,
  ) {
    this.processes = Array.from({ length: config.nodes }, (_, i) => {
      const node = new SimNode(nodeId(i), { ...config, threads: 1 })
      const operations: Operation[] = []
      return { node, operations, thread: new SimThread(i, 0, node, operations, observer) }
    })
    this.nodes = this.processes.map(({ node }) => node)
    this.queues = Array.from({ length: config.nodes ** 2 }, () => [])
  }

  node(i: number): SimNode {
    return this.process(i).node
  }

  /** The answer to the last call of node i's process, while nobody has taken it. */
  answer(i: number): Answer | undefined {
    return this.process(i).thread.answer
  }

  /** The same, and takes it: for a call that no operation makes. */
  takeAnswer(i: number): Answer | undefined {
    const { thread } = this.process(i)
    const { answer } = thread
    thread.answer = undefined
    return answer
  }

  /** Feeds one event to a node's core and does what it says. */
  step(i: number, event: Event): void {
    for (const action of this.node(i).core.step(event)) this.perform(i, action)
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

  /**
   * Begins an operation of node i's process, or goes on with the one it is in, as far as it goes alone. What it
   * came to (a byte, an address, or 0), or undefined while it waits.
   */
  attempt(i: number, operation: Operation): number | undefined {
    const { thread, operations } = this.process(i)
    if (thread.current === undefined) operations.push(operation)
    const { done } = thread
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const progress = thread.step()
      this.serve(i)
      if (thread.done > done) return thread.result
      if (progress === 'waits' && thread.answer === undefined) return undefined
    }
    throw new Error(`node ${i} goes on for ever: ${JSON.stringify(operation)}`)
  }

  /** The service takes what the process has posted. */
  private serve(i: number): void {
    const { node } = this.process(i)
    for (const slot of [0, -1]) {
      for (let event = node.take(slot); event !== undefined; event = node.take(slot)) this.step(i, event)
    }
  }

  private perform(i: number, action: Action): void {
    if (action.type === 'answer') {
      this.process(action.proc).thread.answer = action.answer
      return
    }
    this.sent.push({ from: nodeId(i), to: action.to, message: action.message })
    this.queues[i * this.config.nodes + action.to]?.push(action.message)
  }

  private process(i: number): Process {
    const process = this.processes[i]
    assert(process !== undefined, `there is no node ${i}`)
    return process
  }
}
