/**
 * Quicksort with messages: process 0 has the array and hands out parts of it. A worker sends back what it leaves,
 * unsorted, at once, and what it has kept when that is sorted. As many numbers as it was given come back, so process 0
 * knows who is free without being told. It works too, and serves the others whenever it has split a part.
 */
import * as tm from 'treadmarks'
import { receiveInts, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { type Part, quicksort, resultOf, sortSome, start } from './quicksort.js'

const choice = chosen(quicksort, 'messages')
const { numbers: count, threshold } = choice.problem
const numbers = new Int32Array(count)
if (tm.procId === 0) start(numbers)

// A message to a worker: where the part begins in the array, and its numbers; an empty one is the end. From a worker:
// of which kind the numbers are, where they begin, and the numbers.
const UNSORTED = 0
const SORTED = 1

const message = (head: readonly number[], body: Int32Array): Int32Array => {
  const whole = new Int32Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return whole
}

const seconds = timed(() => (tm.procId === 0 ? lead() : work()))
if (tm.procId === 0) tell(quicksort, 'messages', choice, seconds, resultOf(numbers))

function lead(): void {
  const parts: Part[] = [[0, count]]
  const free = Array.from({ length: tm.nprocs - 1 }, (_, i) => i + 1)
  /** How many numbers are with each worker. */
  const away = new Int32Array(tm.nprocs)

  const give = (to: number, [first, end]: Part): void => {
    away[to] = end - first
    sendNumbers(to, message([first], numbers.subarray(first, end)))
  }
  const receive = (from: number): void => {
    const received = receiveInts(from)
    const [kind, first] = received as unknown as [number, number]
    const body = received.subarray(2)
    numbers.set(body, first)
    if (kind === UNSORTED) parts.push([first, first + body.length])
    away[from] = (away[from] as number) - body.length
    if (away[from] === 0) free.push(from)
  }
  const serve = (): void => {
    for (let from = tm.tryProbe(); from !== undefined; from = tm.tryProbe()) receive(from)
    while (parts.length > 0 && free.length > 0) give(free.pop() as number, parts.pop() as Part)
  }
  const leave = (part: Part): void => {
    parts.push(part)
    serve()
  }

  while (parts.length > 0 || free.length < tm.nprocs - 1) {
    const part = parts.pop()
    if (part === undefined) receive(tm.probe())
    else sortSome(numbers, part, threshold, leave)
    serve()
  }
  for (const worker of free) sendNumbers(worker, new Int32Array(0))
}

function work(): void {
  for (let received = receiveInts(0); received.length > 0; received = receiveInts(0)) {
    const [first] = received as unknown as [number]
    const part = received.subarray(1)
    const sendBack = (kind: number, [from, to]: Part): void =>
      sendNumbers(0, message([kind, first + from], part.subarray(from, to)))
    sendBack(
      SORTED,
      sortSome(part, [0, part.length], threshold, (rest) => sendBack(UNSORTED, rest)),
    )
  }
}
