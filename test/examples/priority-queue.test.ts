/** The queue of the travelling salesman, on private memory, against a sorted list. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PriorityQueue } from '../../examples/lib/priority-queue.js'

function emptyQueue(capacity: number, recordLength = 3): PriorityQueue {
  const queue = new PriorityQueue(
    new Int32Array(PriorityQueue.words(capacity, recordLength)).fill(-1),
    capacity,
    recordLength,
  )
  queue.clear()
  return queue
}

const byPriority = (a: number[], b: number[]): number =>
  (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number)

test('records come out by their first number, then by their second', () => {
  const queue = emptyQueue(8)
  for (const record of [
    [5, 1, 10],
    [3, 9, 11],
    [3, 2, 12],
    [7, 0, 13],
  ])
    assert.equal(queue.push(Int32Array.from(record)), true)
  const out = Array.from({ length: 4 }, () => queue.pop()?.[2])
  assert.deepEqual(out, [12, 11, 10, 13])
  assert.equal(queue.pop(), undefined)
})

test('a full queue refuses a record and keeps the others', () => {
  const queue = emptyQueue(2)
  assert.equal(queue.push(Int32Array.of(2, 0, 0)), true)
  assert.equal(queue.push(Int32Array.of(1, 0, 0)), true)
  assert.equal(queue.push(Int32Array.of(0, 0, 0)), false)
  assert.equal(queue.size, 2)
  assert.deepEqual(queue.pop(), Int32Array.of(1, 0, 0))
  assert.equal(queue.push(Int32Array.of(0, 0, 5)), true)
  assert.deepEqual(queue.pop(), Int32Array.of(0, 0, 5))
})

test('what was popped is a copy, which later records do not change', () => {
  const queue = emptyQueue(1)
  queue.push(Int32Array.of(1, 2, 3))
  const popped = queue.pop()
  queue.push(Int32Array.of(4, 5, 6))
  assert.deepEqual(popped, Int32Array.of(1, 2, 3))
})

test('any sequence of pushes and pops does what a sorted list does', () => {
  const record = fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 2 }))
  const operation = fc.oneof(record, fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (operations, capacity) => {
      const queue = emptyQueue(capacity)
      const list: number[][] = []
      for (const [i, now] of operations.entries()) {
        if (now === 'pop') {
          const popped = queue.pop()
          const expected = list.sort(byPriority).shift()
          assert.deepEqual(popped && Array.from(popped.subarray(0, 2)), expected?.slice(0, 2))
        } else {
          const fits = list.length < capacity
          assert.equal(queue.push(Int32Array.from([...now, i])), fits)
          if (fits) list.push([...now, i])
        }
        assert.equal(queue.size, list.length)
      }
    }),
  )
})
