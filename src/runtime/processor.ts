/**
 * Which processor the threads of a node run on. With a processor for each process of the run, a program thread
 * stays on one of its own: a kernel that wakes it where another program computes would let the two take turns.
 * The service thread shares it, unless there are twice as many.
 */
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import type { Binding } from './binding.js'
import type { NodeNumbers } from './node-setup.js'

export function bindProgram(native: Binding, { node, nodes, threads, bind }: NodeNumbers, slot: number): void {
  if (bind && native.processorCount() >= nodes * threads) native.bindProcessor(node * threads + slot)
}

export function bindService(native: Binding, numbers: NodeNumbers): void {
  if (numbers.bind && shared(native, numbers)) native.bindProcessor(numbers.node * numbers.threads)
}

/**
 * Main thread, before it starts others: V8's helpers, which compile, get a tenth of the time that a program gets. A program
 * that waits at a barrier for one that stands behind a compiler has lost as much time as that one. But one that computes
 * and never waits must be compiled, too. (With more processes than processors nobody would ever leave them any.)
 */
export function calmHelpers(native: Binding, numbers: NodeNumbers): void {
  if (!shared(native, numbers)) return
  for (const thread of readdirSync('/proc/self/task').map(Number)) {
    if (thread === process.pid) continue
    try {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
    } catch {
      // The thread has just ended, or may not be changed: then it stays as it is.
    }
  }
}

/** A processor for each process, and none to spare. */
function shared(native: Binding, { nodes, threads }: NodeNumbers): boolean {
  const processors = native.processorCount()
  return processors >= nodes * threads && processors < 2 * nodes * threads
}
