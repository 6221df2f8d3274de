/**
 * Locks and conditions with several processes on a node: the orders of steps in which one process's release, or
 * its wait, comes late to the service, and whole executions from a seed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ABSENT, HELD, WANTED } from '../../src/core/lock-words.js'
import { amount } from '../proof/amount.js'
import { randomFrom } from './cluster-helpers.js'
import { Several } from './several.js'

const LOCK = 0

/** Who has got the lock since the last look. */
const holders = (s: Several): number[] => s.procs.filter((proc) => s.has(proc))

test('a release that comes after the lock has been passed on passes nothing on', () => {
  const s = new Several(2, 3)
  assert.ok(s.acquire(0, LOCK))
  s.acquire(1, LOCK)
  s.serve(1)
  s.release(0, LOCK)
  // The word is free when process 2 asks, so process 1, who came first, has the lock before the release is told.
  s.acquire(2, LOCK)
  s.serve(2)
  assert.deepEqual(holders(s), [1])
  s.serve(0)
  assert.deepEqual(holders(s), [])
  s.release(1, LOCK)
  s.serve(1)
  assert.deepEqual(holders(s), [2])
})

test('a release that comes after the token has gone changes nothing, and who waits here gets it back', () => {
  const s = new Several(2, 2)
  assert.ok(s.acquire(0, LOCK))
  s.acquire(1, LOCK)
  s.serve(1)
  s.acquire(2, LOCK)
  s.serve(2)
  s.release(0, LOCK)
  s.deliver(1, 0)
  assert.equal(s.word(0, LOCK), ABSENT)
  assert.deepEqual(s.underWay(), ['lockGrant 0→1', 'lockForward 0→1'])
  s.serve(0)
  s.settle()
  assert.deepEqual(holders(s), [2])
  assert.equal(s.word(1, LOCK), HELD | WANTED)
  s.release(2, LOCK)
  s.settle()
  assert.deepEqual(holders(s), [1])
})

test('however the lock changes hands while the service looks at its word, a token that is here is not asked for', () => {
  for (let changes = 0; changes < 64; changes++) {
    const s = new Several(2, 3)
    assert.ok(s.acquire(0, LOCK))
    let holder: 0 | 2 | undefined = 0
    let look = 0
    s.acquire(1, LOCK)
    const [node] = s.nodes
    assert.ok(node !== undefined)
    node.interrupt = () => {
      if (((changes >> look++) & 1) === 0) return
      if (holder !== undefined) s.release(holder, LOCK)
      holder = holder === undefined && s.acquire(2, LOCK) ? 2 : undefined
    }
    s.serve(1)
    node.interrupt = () => {}
    assert.deepEqual(s.underWay(), [], `changes ${changes.toString(2)}`)
    if (holder !== undefined) s.release(holder, LOCK)
    s.settle()
    assert.deepEqual(holders(s), [1])
  }
})

/** What a process does next. */
type Intent = 'begin' | 'acquire' | 'acquiring' | 'inside' | 'waiting' | 'signalling' | 'leave'

/**
 * A buffer with room for CAPACITY things: each process puts one in and takes one out, ROUNDS times. `queues` is
 * what a correct implementation has asleep, in order.
 */
class Buffer {
  holder: number | undefined
  things = 0
  readonly queues: [number[], number[]] = [[], []]
  readonly woken = new Set<number>()
}
const CAPACITY = 2
const ROUNDS = 4
const NOT_FULL = 0
const NOT_EMPTY = 1

class Process {
  intent: Intent = 'begin'
  private puts = true
  private left = 2 * ROUNDS

  constructor(
    private readonly s: Several,
    readonly proc: number,
    private readonly lock: number,
    private readonly buffer: Buffer,
    private readonly random: (n: number) => number,
  ) {}

  get ended(): boolean {
    return this.left === 0
  }

  get movable(): boolean {
    if (this.intent === 'acquiring' || this.intent === 'waiting' || this.intent === 'signalling')
      return this.s.mayGoOn(this.proc)
    return !this.ended
  }

  turn(): void {
    const { s, proc, lock, buffer } = this
    switch (this.intent) {
      case 'begin':
        this.intent = s.acquire(proc, lock) ? 'acquire' : 'acquiring'
        return this.intent === 'acquire' ? this.enter() : undefined
      case 'acquiring':
        s.has(proc)
        return this.enter()
      case 'waiting':
        s.has(proc)
        assert.ok(buffer.woken.delete(proc), `process ${proc} went on, and nobody had woken it`)
        return this.enter()
      case 'signalling':
        s.has(proc)
        this.intent = 'leave'
        return
      case 'inside':
        return this.work()
      default:
        assert.equal(buffer.holder, proc)
        buffer.holder = undefined
        this.left--
        this.puts = !this.puts
        this.intent = 'begin'
        s.release(proc, lock)
    }
  }

  private enter(): void {
    assert.equal(this.buffer.holder, undefined, `process ${this.proc} has lock ${this.lock}, which another holds`)
    this.buffer.holder = this.proc
    this.intent = 'inside'
  }

  private work(): void {
    const { s, proc, lock, buffer, puts } = this
    if (buffer.things === (puts ? CAPACITY : 0)) {
      const cond = puts ? NOT_FULL : NOT_EMPTY
      buffer.queues[cond].push(proc)
      buffer.holder = undefined
      this.intent = 'waiting'
      return s.wait(proc, lock, cond)
    }
    buffer.things += puts ? 1 : -1
    const cond = puts ? NOT_EMPTY : NOT_FULL
    const all = this.random(4) === 0
    for (const sleeper of buffer.queues[cond].splice(0, all ? Number.POSITIVE_INFINITY : 1)) buffer.woken.add(sleeper)
    this.intent = 'signalling'
    s.signal(proc, lock, cond, all)
  }
}

function execution(seed: number): void {
  const random = randomFrom(seed)
  const nodes = 1 + random(4)
  const threads = 1 + random(3)
  const s = new Several(nodes, threads)
  const buffers = new Map<number, Buffer>()
  const processes = s.procs.map((proc) => {
    const lock = random(2) * 5
    const buffer = buffers.get(lock) ?? new Buffer()
    buffers.set(lock, buffer)
    return new Process(s, proc, lock, buffer, random)
  })
  const turn = (some: readonly Process[]): boolean => {
    const movable = some.filter((process) => process.movable)
    if (movable.length > 0) movable[random(movable.length)]?.turn()
    return movable.length > 0
  }
  for (const node of s.nodes) {
    const here = processes.slice(node.id * threads, (node.id + 1) * threads)
    // While the service is at work its processes go on beside it.
    node.interrupt = () => random(3) === 0 && turn(here)
  }
  const serve = (): boolean => {
    const first = random(s.procs.length)
    return s.procs.some((_, i) => s.serve((first + i) % s.procs.length))
  }
  const deliver = (): boolean => {
    const first = random(nodes * nodes)
    return s.queues.some((_, i) => {
      const q = (first + i) % (nodes * nodes)
      return s.deliver(Math.floor(q / nodes), q % nodes)
    })
  }
  const moves = [() => turn(processes), serve, deliver]
  for (;;) {
    const first = random(3)
    if (![0, 1, 2].some((i) => moves[(first + i) % 3]?.())) break
  }
  const stuck = processes.filter((process) => !process.ended).map(({ proc, intent }) => `${proc} ${intent}`)
  assert.deepEqual(stuck, [], 'nothing can move')
}

test('a bounded buffer loses no wake-up, wakes in order and excludes, with several processes on a node', () => {
  for (let seed = 1; seed <= amount(400, 10_000); seed++) {
    try {
      execution(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
})
