/**
 * A simulated cluster in the middle of its work, in which one node breaks rules: it says what a forger draws, says
 * things twice, out of order, or not at all. Whatever it does, a node of the cluster may fail only with an error
 * that blames it, changes no page that was not named to it, sends nothing that cannot be sent, and answers its
 * processes with what they asked for. Everything is drawn from one generator.
 */
import assert from 'node:assert/strict'
import { decodeAllocated } from '../../../src/core/allocator.js'
import type { CoherenceFactory } from '../../../src/core/coherence.js'
import type { Action, Answer, Event } from '../../../src/core/events.js'
import { lockId, type NodeId, nodeId, pageId } from '../../../src/core/ids.js'
import { HELD } from '../../../src/core/lock-words.js'
import type { Message } from '../../../src/core/messages.js'
import { type ErrorCode, errorTable, TreadMarksError } from '../../../src/errors.js'
import { homeLrc } from '../../../src/protocols/home-lrc.js'
import { builtProtocols, protocols } from '../../../src/protocols/table.js'
import type { SoftwareMemory } from '../../../src/sim/memory.js'
import { SimNode } from '../../../src/sim/node.js'
import { type Operation, silent } from '../../../src/sim/operation.js'
import type { Random } from '../../../src/sim/random.js'
import { SimThread } from '../../../src/sim/thread.js'
import type { Bounds } from '../../../src/wire/bounds.js'
import { decode, typeByte } from '../../../src/wire/codec.js'
import { bodyOf } from '../../wire/encoded.js'
import { Forger } from './forger.js'
import { Knowledge, nodesOf, pagesNamed } from './knowledge.js'
import { typesFor } from './weights.js'

const PAGES = 8
const PAGE_BYTES = 64
const LOCKS = 4
/** Pages that the programs use; the others change only for who is told that they have. */
const USED_PAGES = 3

/** A name for what all allocate together. */
const MEETING_BLOCK = 100

/** A thread that has no program. */
const READER = 100

/** A node failed as it should: the run is over. */
export class RunOver extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message)
  }
}

/** Codes that stand for a peer's mistake although they name the program's: the peer speaks for its program. */
const asProgram: readonly ErrorCode[] = ['ERR_TM_MEETING', 'ERR_TM_MISSING']

export interface Variant {
  /** The pages that the programs use obey different protocols, and so do those of some allocations. */
  readonly mixed?: boolean
  /** Plants an error in the memory of each node. */
  readonly plant?: (memory: SoftwareMemory) => void
}

export class BrokenCluster {
  readonly bounds: Bounds
  private readonly nodes: readonly SimNode[]
  private readonly threads: readonly SimThread[]
  /** Threads whose program is over: by itself, or because it was told of an error. */
  private readonly ended = new Set<SimThread>()
  private readonly queues: readonly Message[][]
  private readonly knowledge: Knowledge
  private readonly forger: Forger
  /** Who breaks rules. */
  private readonly breaker: NodeId
  /** Its own core does nothing any more; it only breaks rules. */
  private broken = false
  /** By node: pages that were named to it. */
  private readonly named: readonly Set<number>[]

  constructor(
    private readonly random: Random,
    coherence: CoherenceFactory,
    private readonly variant: Variant,
  ) {
    const nodes = random.pick([2, 3, 4, 4])
    const threads = random.chance(0.3) ? 2 : 1
    const dealt = variant.mixed === true ? Array.from({ length: USED_PAGES }, () => random.pick(builtProtocols)) : []
    const shape = { nodes, threads, pages: PAGES, pageBytes: PAGE_BYTES, coherence, protocols, dealt }
    this.bounds = { nodes, procs: nodes * threads, pages: PAGES, pageBytes: PAGE_BYTES, heapBytes: PAGES * PAGE_BYTES }
    this.nodes = nodesOf(nodes).map((id) => new SimNode(id, shape))
    for (const { memory } of this.nodes) variant.plant?.(memory)
    const meetings = Array.from({ length: 6 }, (): Operation => this.meeting())
    this.threads = Array.from({ length: nodes * threads }, (_, proc) => {
      const node = this.nodes[Math.floor(proc / threads)] as SimNode
      return new SimThread(proc, proc % threads, node, this.program(meetings), silent)
    })
    this.queues = Array.from({ length: nodes ** 2 }, () => [])
    this.knowledge = new Knowledge(nodes)
    this.breaker = nodeId(random.below(nodes))
    const types = typesFor(variant.mixed === true ? 'mixed' : sortOf(coherence))
    this.forger = new Forger(random, this.bounds, LOCKS, this.knowledge, this.breaker, types)
    this.named = this.nodes.map(() => new Set())
  }

  /** Something happens that may: a thread goes a step, a service takes something, a message arrives. */
  move(): void {
    const { random } = this
    switch (random.below(3)) {
      case 0:
        return this.goOn(random.pick(this.threads))
      case 1:
        return this.serve(random.below(this.nodes.length))
      default:
        return this.deliver(random.below(this.queues.length))
    }
  }

  /** From now on rules are broken, by a node that is itself otherwise, or by one that does nothing else. */
  beginBreaking(): void {
    this.broken = this.random.chance(0.5)
  }

  /** The breaker says something, or does not say something, to another. What was said. */
  breakRule(): Message | undefined {
    const { random, breaker } = this
    const to = nodeId((breaker + random.between(1, this.nodes.length - 1)) % this.nodes.length)
    const queue = this.queues[breaker * this.nodes.length + to] as Message[]
    if (queue.length > 0 && random.chance(0.1)) queue.shift()
    if (queue.length > 1 && random.chance(0.1)) queue.push(queue.shift() as Message)
    const said = this.throughTheWire(this.forger.draw(to, queue[0]))
    if (said === undefined) return undefined
    if (random.chance(0.5)) queue.shift()
    this.step(to, { type: 'message', from: breaker, message: said })
    this.knowledge.hear(breaker, to, said)
    this.knowledge.believed(to, said)
    return said
  }

  /** On each node a thread reads all pages: what was believed shows now, if it has not before. */
  readAll(): void {
    for (const node of this.nodes) {
      for (let page = 0; page < PAGES; page++) node.memory.access(READER, pageId(page), false)
      node.postPages()
    }
  }

  /** What of it the other side would get: nothing, where our encoder or its decoder refuse it. */
  private throughTheWire(message: Message): Message | undefined {
    try {
      return decode(typeByte(message), bodyOf(message), this.bounds)
    } catch (error) {
      assert.ok(error instanceof TreadMarksError, String(error))
      return undefined
    }
  }

  private goOn(thread: SimThread): void {
    if (this.ended.has(thread)) return
    let progress: string
    try {
      progress = thread.step()
    } catch (error) {
      // A simulated program ends at an answer that is an error.
      const text = error instanceof TreadMarksError ? error.message : String(error)
      assert.match(text, /^internal error: (process \d+: |the simulated heap is too small)/)
      progress = 'ended'
    }
    if (progress === 'ended') this.ended.add(thread)
  }

  private serve(i: number): void {
    const node = this.nodes[i] as SimNode
    const event = node.take(this.random.between(-1, this.bounds.procs / this.bounds.nodes - 1))
    if (event !== undefined) this.step(i, event)
  }

  private deliver(connection: number): void {
    const message = this.queues[connection]?.shift()
    if (message === undefined) return
    const from = nodeId(Math.floor(connection / this.nodes.length))
    this.step(connection % this.nodes.length, { type: 'message', from, message })
  }

  private step(i: number, event: Event): void {
    if (i !== this.breaker) return this.stepNode(i, event)
    try {
      if (!this.broken) this.stepNode(i, event)
    } catch (error) {
      if (!(error instanceof RunOver)) throw error
      this.broken = true
    }
  }

  private stepNode(i: number, event: Event): void {
    const node = this.nodes[i] as SimNode
    const named = this.named[i] as Set<number>
    if (event.type === 'message') for (const page of pagesNamed(event.message)) named.add(page)
    const before = node.memory.bytes.slice()
    const actions = this.blaming(() => node.core.step(event))
    for (let page = 0; page < PAGES; page++) {
      const [from, to] = [page * PAGE_BYTES, (page + 1) * PAGE_BYTES]
      const same = Buffer.compare(node.memory.bytes.subarray(from, to), before.subarray(from, to)) === 0
      assert.ok(same || named.has(page), `page ${page} of node ${i} has changed, and nobody named it`)
    }
    for (const action of actions) this.perform(i, action)
    node.postPages()
  }

  /** An error must blame somebody else. */
  private blaming<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      const fair =
        error instanceof TreadMarksError && (errorTable[error.code].blame === 'peer' || asProgram.includes(error.code))
      if (!fair) throw new Error(`an error that blames nobody else: ${(error as Error).stack}`, { cause: error })
      throw new RunOver(error.code, error.message)
    }
  }

  private perform(i: number, action: Action): void {
    if (action.type === 'answer') {
      const thread = this.threads[action.proc] as SimThread
      if (!thread.flushing) this.checkAnswer(thread, action.answer)
      thread.answer = action.answer
      return
    }
    const message = this.throughTheWire(action.message)
    assert.ok(message !== undefined, `node ${i} sends a ${action.message.type} that cannot be sent`)
    this.knowledge.hear(nodeId(i), action.to, message)
    this.queues[i * this.nodes.length + action.to]?.push(message)
  }

  /** Whether it is an answer to what the thread has asked. */
  private checkAnswer({ current, proc }: SimThread, { value, payload, error }: Answer): void {
    const { heapBytes } = this.bounds
    const what = `process ${proc} at ${JSON.stringify(current)} was answered with ${value}`
    const node = this.nodes[Math.floor((proc * this.nodes.length) / this.bounds.procs)] as SimNode
    switch (current?.type) {
      case 'malloc':
        if (error?.code === 'ERR_TM_NO_MEMORY') return
        assert.ok(value > 0 && value % 8 === 0 && value + current.bytes <= heapBytes, what)
        break
      case 'allocUnder': {
        // Without one all have met again.
        const { address } = payload.length === 0 ? { address: 0 } : decodeAllocated(payload)
        assert.ok(address % PAGE_BYTES === 0 && address + current.bytes <= heapBytes, what)
        break
      }
      case 'alloc': {
        const { address } = decodeAllocated(payload)
        assert.ok(address === 0 || (address > 0 && address % 8 === 0 && address + current.bytes <= heapBytes), what)
        break
      }
      case 'acquire':
      case 'wait':
        assert.ok(this.holds(node, current.lock), `${what}, without the lock`)
        break
      case 'tryAcquire':
        assert.ok(value === 0 || value === 1, what)
        if (value === 1) assert.ok(this.holds(node, current.lock), `${what}, without the lock`)
        break
      case 'free':
        if (error?.code === 'ERR_TM_BAD_FREE') return
        break
      case 'barrier':
      case 'signal':
      case 'send':
      case 'recv':
        break
      default:
        assert.fail(`${what}, and had not asked`)
    }
    assert.equal(error, undefined, `${what}: ${error?.message}`)
    if (current.type !== 'malloc' && current.type !== 'tryAcquire') assert.equal(value, 0, what)
  }

  private holds(node: SimNode, lock: number): boolean {
    return ((node.words[node.wordOf(lockId(lock))] as number) & HELD) !== 0
  }

  /** What all processes do together, in the same order. */
  private meeting(): Operation {
    const { random } = this
    if (this.variant.mixed === true && random.chance(0.2)) {
      const protocol = random.pick(builtProtocols)
      return { type: 'allocUnder', block: MEETING_BLOCK, bytes: random.pick([8, 64, 80]), protocol }
    }
    return random.chance(0.7)
      ? { type: 'barrier', id: random.below(2) }
      : { type: 'alloc', bytes: random.pick([8, 24, 64]) }
  }

  private program(meetings: readonly Operation[]): Operation[] {
    return meetings.flatMap((meeting) => {
      const blocks = Array.from({ length: this.random.between(0, 3) }, (_, i) => this.block(i))
      return [...blocks.flat(), meeting]
    })
  }

  private block(i: number): Operation[] {
    const { random } = this
    const lock = random.below(LOCKS)
    const accesses = Array.from({ length: random.between(2, 6) }, () => this.access())
    switch (random.below(7)) {
      case 0:
        return accesses
      case 1: {
        const bytes = random.pick([8, 24, 40])
        const allocate: Operation[] = [
          { type: 'malloc', block: i, bytes },
          { type: 'storeBlock', block: i, offset: 0, value: 1 },
        ]
        return random.chance(0.7) ? [...allocate, { type: 'free', block: i }] : allocate
      }
      case 2: {
        const type = random.pick(['signal', 'signal', 'wait'] as const)
        return [
          { type: 'acquire', lock },
          { type, lock, cond: random.below(2) },
          { type: 'release', lock },
        ]
      }
      case 3:
        return [{ type: 'tryAcquire', lock, skip: accesses.length + 1 }, ...accesses, { type: 'release', lock }]
      case 4: {
        const other = random.below(this.bounds.procs)
        return random.chance(0.7) ? [{ type: 'send', to: other, value: i }] : [{ type: 'recv', from: other }]
      }
      default:
        return [{ type: 'acquire', lock }, ...accesses, { type: 'release', lock }]
    }
  }

  private access(): Operation {
    const { random } = this
    const address = random.below(USED_PAGES * PAGE_BYTES)
    return random.chance(0.6) ? { type: 'store', address, value: random.below(256) } : { type: 'load', address }
  }
}

/** Which messages a protocol has. */
function sortOf(coherence: CoherenceFactory): string {
  if (coherence === homeLrc) return 'home-lrc'
  if (coherence.flushes) return 'eager'
  return coherence.startsClosed ? 'ivy' : 'treadmarks'
}
