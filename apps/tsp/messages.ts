/**
 * The travelling salesman with messages: process 0 keeps the queue, and works too. The others ask it for a partial
 * tour, and with the question tell what has come of the one before; it answers between two pieces of its own work, and
 * in the middle of long ones. Who finds a shorter tour tells process 0 at once, which tells the others.
 */
import * as tm from 'treadmarks'
import { type PartialTour, partialTourLength, Search } from '../../examples/lib/tour.js'
import { receiveInts, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import {
  bestWords,
  distancesOf,
  improve,
  pursue,
  put,
  queueIn,
  queueWords,
  resultOf,
  start,
  takePromising,
  tsp,
} from './tsp.js'

const choice = chosen(tsp, 'messages')
const { problem } = choice
const distances = distancesOf(problem)
const tourWords = partialTourLength(problem.cities)
const best = new Int32Array(bestWords(problem))
start(best, distances, problem)

// A message has a kind, the shortest tour that the sender knows, and partial tours.
/** That tour is news, and there is nothing else. */
const NEWS = 0
/** To process 0 what goes into the queue, and a question; from it the answer, one partial tour. */
const WORK = 1
const END = 2

const seconds = timed(() => (tm.procId === 0 ? lead() : work()))
if (tm.procId === 0) tell(tsp, 'messages', choice, seconds, resultOf(best, distances))

function lead(): void {
  const queue = queueIn(new Int32Array(queueWords(problem)), problem)
  const waiting: number[] = []

  const publish = (source: number): void => {
    for (let proc = 1; proc < tm.nprocs; proc++) if (proc !== source) send(proc, NEWS)
  }
  const hear = (from: number): void => {
    const { kind, isNews, tours } = receive(from)
    if (isNews) publish(from)
    if (kind !== WORK) return
    put(queue, tours)
    waiting.push(from)
  }
  const take = (): PartialTour | undefined => takePromising(queue, best[0] as number)
  const serve = (): void => {
    for (let from = tm.tryProbe(); from !== undefined; from = tm.tryProbe()) hear(from)
    while (waiting.length > 0) {
      const tour = take()
      if (tour === undefined) return
      send(waiting.shift() as number, WORK, [tour])
    }
  }

  queue.clear()
  const search = searchWith(serve, () => publish(0))
  put(queue, [search.root()])
  for (;;) {
    search.refresh()
    const tour = take()
    if (tour !== undefined) put(queue, pursue(search, tour, problem))
    else if (waiting.length < tm.nprocs - 1) hear(tm.probe())
    else break
  }
  for (const worker of waiting) send(worker, END)
}

function work(): void {
  // In the middle of a piece of work there is no answer to come, so all that is here is news.
  const listen = (): void => {
    while (tm.tryProbe() !== undefined) receive(0)
  }
  const search = searchWith(listen, () => send(0, NEWS))
  send(0, WORK)
  for (;;) {
    const { kind, tours } = receive(0)
    if (kind === END) return
    for (const tour of tours) {
      search.refresh()
      send(0, WORK, pursue(search, tour, problem))
    }
  }
}

/** `listen` is called from time to time, `publish` when there is a shorter tour. */
function searchWith(listen: () => void, publish: () => void): Search {
  return new Search(distances, problem.cities, {
    found: (tour, length) => {
      improve(best, tour, length)
      publish()
      return best[0] as number
    },
    refresh: () => {
      listen()
      return best[0] as number
    },
  })
}

function send(to: number, kind: number, tours: readonly PartialTour[] = []): void {
  const message = new Int32Array(1 + best.length + tours.length * tourWords)
  message[0] = kind
  message.set(best, 1)
  tours.forEach((tour, i) => {
    message.set(tour, 1 + best.length + i * tourWords)
  })
  sendNumbers(to, message)
}

/** Keeps the tour if it is shorter. */
function receive(from: number): { kind: number; isNews: boolean; tours: PartialTour[] } {
  const message = receiveInts(from)
  const [kind, length] = message as unknown as [number, number]
  const isNews = length < (best[0] as number)
  improve(best, message.subarray(2, 1 + best.length), length)
  const tours: PartialTour[] = []
  for (let at = 1 + best.length; at < message.length; at += tourWords) tours.push(message.subarray(at, at + tourWords))
  return { kind, isNews, tours }
}
