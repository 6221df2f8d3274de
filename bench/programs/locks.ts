/**
 * Locks and barriers. A lock costs 0, 2 or 3 messages, by where its token is; a lock that was never taken is at its
 * manager, so each acquire is of a new one, and the counters must say that its token was asked for.
 */
import * as tm from 'treadmarks'
import { must, tell, timed, told } from './sample.js'

const me = tm.procId
const n = tm.nprocs
const COUNT = 1000

/** Locks that process 0 manages, new ones each time. */
let next = 0
function managedByFirst(count: number): number[] {
  return Array.from({ length: count }, () => n * next++)
}

function each(locks: readonly number[]): number[] {
  const before = tm.stats().remoteLockAcquires
  const times = locks.map((lock) => {
    const us = timed(() => tm.lockAcquire(lock))
    tm.lockRelease(lock)
    return us
  })
  must(tm.stats().remoteLockAcquires - before === locks.length, 'each token is asked for')
  return times
}

/** `taker` takes locks whose token is at their manager, or at process 1. */
function remote(taker: number, byWay: boolean): number {
  const locks = managedByFirst(COUNT)
  if (byWay && me === 1) for (const lock of locks) tm.withLock(lock, () => 0)
  tm.barrier()
  const times = me === taker ? each(locks).slice(COUNT / 4) : []
  tm.barrier()
  return told(taker, times)
}

function local(count: number): number {
  let us = 0
  if (me === 0) {
    tm.withLock(0, () => 0)
    us = timed(() => {
      for (let i = 0; i < count; i++) {
        tm.lockAcquire(0)
        tm.lockRelease(0)
      }
    })
  }
  tm.barrier()
  return us / count
}

/** The owners alternate: a plain message says whose turn it is, and only the taking is timed. */
function alternating(count: number): number {
  const lock = managedByFirst(1)[0] as number
  const turn = new Uint8Array(1)
  const other = 1 - me
  const times: number[] = []
  const before = tm.stats().remoteLockAcquires
  tm.barrier()
  for (let i = 0; i < count; i++) {
    if (me === 1 || i > 0) tm.recv(other)
    times.push(timed(() => tm.lockAcquire(lock)))
    tm.lockRelease(lock)
    tm.send(other, turn)
  }
  if (me === 0) tm.recv(other)
  tm.barrier()
  must(tm.stats().remoteLockAcquires - before >= count - 1, 'each token is asked for')
  return told(1, times.slice(count / 4))
}

function barriers(count: number): number {
  for (let i = 0; i < count / 4; i++) tm.barrier()
  return (
    timed(() => {
      for (let i = 0; i < count; i++) tm.barrier()
    }) / count
  )
}

if (n === 2) {
  local(200_000)
  tell('lock-local', local(1_000_000))
  tell('lock-manager', remote(1, false))
  tell('lock-alternating', alternating(2000))
}
if (n === 3) tell('lock-by-way', remote(2, true))
else tell(`barrier-${n}`, barriers(2000))
