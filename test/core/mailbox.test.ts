/** Plain messages by single steps: each arrives once, whole and in order, and a sender waits only when the window is full. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/core/events.js'
import { nodeId, nodeOf, procId } from '../../src/core/ids.js'
import type { Message } from '../../src/core/messages.js'
import { MAILBOX_BYTES, MAX_PAYLOAD_BYTES, PARCEL_BYTES } from '../../src/limits.js'
import { Several } from './several.js'

/** Two nodes with two processes each: 0 and 1, 2 and 3. */
class Post extends Several {
  constructor() {
    super(2, 2)
  }
  sends(from: number, to: number, ...bytes: number[]): boolean {
    return this.sendsBytes(from, to, Uint8Array.from(bytes))
  }
  sendsBytes(from: number, to: number, bytes: Uint8Array): boolean {
    this.step(this.home(from), { type: 'send', proc: procId(from), to: procId(to), bytes })
    return this.answered(from) !== undefined
  }
  /** What process `to` gets, or undefined while it waits. */
  receives(to: number, from: number): number[] | undefined {
    this.step(this.home(to), { type: 'recv', proc: procId(to), from: procId(from) })
    return this.got(to)
  }
  /** The answer: 1 + the sender, or 0; undefined while it waits. */
  probes(proc: number, wait: boolean): number | undefined {
    this.step(this.home(proc), { type: 'probe', proc: procId(proc), wait })
    return this.answered(proc)?.value
  }
  private home(proc: number): number {
    return nodeOf(procId(proc), 2)
  }
  got(to: number): number[] | undefined {
    const answer = this.answered(to)
    return answer === undefined ? undefined : [...answer.payload]
  }
}

test('what is sent waits for its receiver, in order, by sender', () => {
  const post = new Post()
  assert.ok(post.sends(0, 2, 1))
  assert.ok(post.sends(0, 2, 2, 2))
  assert.ok(post.sends(1, 2, 3))
  assert.ok(post.sends(0, 3))
  post.settle()
  assert.deepEqual(post.receives(2, 1), [3])
  assert.deepEqual(post.receives(2, 0), [1])
  assert.deepEqual(post.receives(2, 0), [2, 2])
  assert.deepEqual(post.receives(3, 0), [])
})

test('a receiver waits for the sender it names', () => {
  const post = new Post()
  assert.equal(post.receives(3, 1), undefined)
  assert.ok(post.sends(0, 3, 9))
  post.settle()
  assert.equal(post.got(3), undefined)
  assert.ok(post.sends(1, 3, 8))
  post.settle()
  assert.deepEqual(post.got(3), [8])
  assert.deepEqual(post.receives(3, 0), [9])
})

test('between processes of one node, and to oneself, without a message', () => {
  const post = new Post()
  assert.ok(post.sends(0, 1, 5))
  assert.ok(post.sends(0, 0, 6))
  assert.deepEqual(post.sent, [])
  assert.deepEqual(post.receives(1, 0), [5])
  assert.deepEqual(post.receives(0, 0), [6])
})

test('a probe names the sender whose message has waited longest, and takes nothing', () => {
  const post = new Post()
  assert.equal(post.probes(2, false), 0, 'nobody')
  assert.equal(post.probes(2, true), undefined)
  assert.ok(post.sends(1, 3, 7))
  post.settle()
  assert.equal(post.answered(2), undefined, 'what is for another process')
  assert.ok(post.sends(1, 2, 8))
  post.settle()
  assert.equal(post.answered(2)?.value, 2)
  assert.ok(post.sends(0, 2, 9))
  assert.ok(post.sends(2, 2, 10))
  post.settle()
  assert.equal(post.probes(2, true), 2)
  assert.equal(post.probes(2, false), 2)
  assert.deepEqual(post.receives(2, 1), [8])
  // To itself without a message, so it was there before process 0's.
  assert.equal(post.probes(2, false), 3)
  assert.deepEqual(post.receives(2, 2), [10])
  assert.equal(post.probes(2, false), 1)
  assert.deepEqual(post.receives(2, 0), [9])
  assert.equal(post.probes(2, false), 0)
})

test('a sender waits when the window is full, and goes on when enough has been taken; nothing is lost', () => {
  const post = new Post()
  const large = (value: number): Uint8Array => new Uint8Array(MAX_PAYLOAD_BYTES - PARCEL_BYTES).fill(value)
  assert.ok(post.sendsBytes(0, 2, large(1)))
  assert.ok(post.sendsBytes(0, 2, large(2)))
  assert.ok(!post.sends(0, 2, 3))
  assert.ok(post.sends(1, 2, 4), 'another sender has a window of its own')
  post.settle()
  assert.equal(post.answered(0), undefined)
  assert.equal(post.receives(2, 0)?.[0], 1)
  post.settle()
  assert.notEqual(post.answered(0), undefined)
  assert.ok(post.sends(0, 2, 5))
  post.settle()
  assert.equal(post.receives(2, 0)?.[0], 2)
  assert.deepEqual(post.receives(2, 0), [3])
  assert.deepEqual(post.receives(2, 0), [5])
})

test('once all is taken the largest message fits, whatever was sent before', () => {
  const post = new Post()
  const sizes = [MAX_PAYLOAD_BYTES / 2 - PARCEL_BYTES - 1, 1, 0, MAX_PAYLOAD_BYTES, 77, MAX_PAYLOAD_BYTES]
  for (const size of sizes) {
    assert.ok(post.sendsBytes(0, 2, new Uint8Array(size)), `${size} bytes`)
    post.settle()
    assert.equal(post.receives(2, 0)?.length, size)
    post.settle()
  }
})

test('small messages that are taken at once cost no message back', () => {
  const post = new Post()
  for (let i = 0; i < 100; i++) {
    assert.equal(post.receives(2, 0), undefined)
    assert.ok(post.sends(0, 2, i))
    post.settle()
    assert.deepEqual(post.got(2), [i])
  }
  assert.deepEqual(new Set(post.sent.map(({ type }) => type)), new Set(['parcel']))
})

test('what no correct node sends is refused', () => {
  const refused = (message: Message, reason: RegExp, times = 1): void => {
    const post = new Post()
    const event: Event = { type: 'message', from: nodeId(1), message }
    for (let i = 1; i < times; i++) post.step(0, event)
    assert.throws(() => post.step(0, event), reason)
  }
  const bytes = new Uint8Array(MAX_PAYLOAD_BYTES)
  refused({ type: 'parcel', from: procId(0), to: procId(1), bytes }, /speaks for process 0/)
  refused({ type: 'parcel', from: procId(2), to: procId(3), bytes }, /to process 3/)
  refused({ type: 'parcel', from: procId(2), to: procId(0), bytes }, /more than it may/, MAILBOX_BYTES / bytes.length)
  refused({ type: 'parcelTaken', from: procId(0), to: procId(2), cost: 1 }, /took more than/)
  refused({ type: 'parcelTaken', from: procId(0), to: procId(1), cost: 1 }, /speaks for process 1/)
})
