/**
 * Quicksort with shared memory: the array is shared, and a stack of the parts that are still to be sorted, under a
 * lock. Who finds it empty sleeps until somebody leaves a part; it is over when all have come to that.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { mostParts, type Part, quicksort, resultOf, sortSome, start } from './quicksort.js'

const choice = chosen(quicksort, 'shared')
const { problem } = choice
const numbers = tm.alloc(Int32Array, problem.numbers, { name: 'numbers' })

// Under the lock: how many processes are at work, how many parts are on the stack, and the parts.
const STACK = 0
const CHANGED = 0
const BUSY = 0
const DEPTH = 1
const stack = tm.alloc(Int32Array, 2 + 2 * mostParts(problem), { name: 'stack' })
const parts = stack.subarray(2)

if (tm.procId === 0) {
  start(numbers)
  parts.set([0, numbers.length])
  stack[DEPTH] = 1
  // All begin with the look for work that follows work.
  stack[BUSY] = tm.nprocs
}
tm.barrier()

const add = (field: number, amount: number): number => {
  stack[field] = (stack[field] as number) + amount
  return stack[field] as number
}

function leave(part: Part): void {
  tm.withLock(STACK, () => {
    parts.set(part, 2 * (add(DEPTH, 1) - 1))
    tm.condSignal(STACK, CHANGED)
  })
}

/** Undefined when all is sorted. */
function take(): Part | undefined {
  return tm.withLock(STACK, () => {
    add(BUSY, -1)
    while (stack[DEPTH] === 0 && (stack[BUSY] as number) > 0) tm.condWait(STACK, CHANGED)
    if (stack[DEPTH] === 0) {
      // Nobody is left who could leave a part: those who sleep are to see it too.
      tm.condBroadcast(STACK, CHANGED)
      return undefined
    }
    add(BUSY, 1)
    const at = 2 * add(DEPTH, -1)
    return [parts[at] as number, parts[at + 1] as number]
  })
}

const seconds = timed(() => {
  for (let part = take(); part !== undefined; part = take()) sortSome(numbers, part, problem.threshold, leave)
})
if (tm.procId === 0) tell(quicksort, 'shared', choice, seconds, resultOf(numbers))
