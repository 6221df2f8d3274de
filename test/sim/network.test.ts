/** The simulated network: order inside a connection, no promise between connections, and cuts at any byte. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockId, nodeId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { Network, type NetworkPlan } from '../../src/sim/network.js'
import { Random } from '../../src/sim/random.js'
import { Trace } from '../../src/sim/trace.js'

const bounds = { nodes: 3, procs: 3, pages: 4, pageBytes: 64, heapBytes: 256 }
const plain: NetworkPlan = { delay: 'heavy', meanDelay: 10, pieces: false, whole: false }

class Wire {
  readonly due: { time: number; connection: number }[] = []
  readonly network: Network

  constructor(plan: Partial<NetworkPlan>, seed: number) {
    const announce = (time: number, connection: number): void => {
      this.due.push({ time, connection })
    }
    this.network = new Network(bounds, { ...plain, ...plan }, new Random(seed), new Trace(), announce)
  }

  send(from: number, to: number, lock: number): void {
    this.network.send(from, to, request(lock, to), 0)
  }

  /** Everything that arrives, in time order: "from→to lock". */
  drain(): string[] {
    const arrived: string[] = []
    for (;;) {
      this.due.sort((a, b) => a.time - b.time)
      const next = this.due.shift()
      if (next === undefined) return arrived
      const arrival = this.network.arrive(next.connection, next.time)
      for (const message of arrival?.messages ?? []) {
        arrived.push(`${arrival?.from}→${arrival?.to} ${(message as { lock: number }).lock}`)
      }
    }
  }
}

const request = (lock: number, requester: number): Message => ({
  type: 'lockRequest',
  lock: lockId(lock),
  requester: nodeId(requester),
  time: new Uint32Array(3),
})

test('messages of a connection arrive whole and in order, whatever the delays and the pieces', () => {
  for (let seed = 0; seed < 50; seed++) {
    const wire = new Wire({ pieces: seed % 2 === 0 }, seed)
    for (let lock = 0; lock < 20; lock++) wire.send(0, 1, lock)
    assert.deepEqual(
      wire.drain(),
      Array.from({ length: 20 }, (_, lock) => `0→1 ${lock}`),
      `seed ${seed}`,
    )
  }
})

test('a piece may end in one message and begin in another; nothing is on its way when all have come', () => {
  const glued = new Set<number>()
  for (let seed = 0; seed < 50; seed++) {
    const wire = new Wire({ pieces: true, delay: 'same' }, seed)
    for (let lock = 0; lock < 4; lock++) wire.send(0, 1, lock)
    assert.equal(wire.network.travelling, 4)
    glued.add([...(wire.network.arrive(1, 10)?.messages ?? [])].length)
    wire.drain()
    assert.equal(wire.network.travelling, 0)
  }
  assert.deepEqual([...glued].sort(), [0, 1, 2, 3, 4])
})

test('between connections nothing is promised: some seed turns two messages round', () => {
  const orders = new Set<string>()
  for (let seed = 0; seed < 50; seed++) {
    const wire = new Wire({}, seed)
    wire.send(0, 2, 1)
    wire.send(1, 2, 2)
    orders.add(wire.drain().join())
  }
  assert.deepEqual([...orders].sort(), ['0→2 1,1→2 2', '1→2 2,0→2 1'])
})

test('a clogged connection holds everything until its time, and loses nothing', () => {
  const wire = new Wire({}, 1)
  wire.send(0, 1, 1)
  wire.network.clog(0, 1, 10_000)
  wire.send(0, 1, 2)
  wire.send(2, 1, 3)
  assert.deepEqual(wire.drain(), ['2→1 3', '0→1 1', '0→1 2'])
})

test('a cut lets through the beginning of what is on its way, and nothing later', () => {
  const kept = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const wire = new Wire({ pieces: seed % 2 === 0, whole: seed % 3 === 0 }, seed)
    for (let lock = 0; lock < 5; lock++) wire.send(0, 1, lock)
    wire.network.cut(0, 1, 0)
    wire.send(0, 1, 99)
    const arrived = wire.drain()
    assert.deepEqual(
      arrived,
      Array.from({ length: arrived.length }, (_, lock) => `0→1 ${lock}`),
      `seed ${seed}`,
    )
    kept.add(arrived.length)
  }
  assert.deepEqual([...kept].sort(), [0, 1, 2, 3, 4, 5])
})

for (const whole of [false, true]) {
  const as = whole ? 'messages' : 'bytes'
  test(`the largest queue is the most bytes that were on their way at once: they travel as ${as}`, () => {
    const wire = new Wire({ whole }, 1)
    const frame = wire.network.send(0, 1, request(1, 1), 0)
    wire.send(0, 1, 2)
    wire.send(0, 2, 3)
    assert.equal(wire.network.largestQueue, 2 * frame)
    assert.equal(wire.drain().length, 3)
    wire.send(0, 1, 4)
    assert.equal(wire.network.largestQueue, 2 * frame)
  })
}
