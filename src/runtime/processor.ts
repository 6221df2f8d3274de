/**
 * Which processor the threads of a node run on. With a processor for each process of the run, a program thread
 * stays on one of its own: a kernel that wakes it where another program computes would let the two take turns.
 * The service thread shares it, unless there are twice as many.
 */
import type { Binding } from './binding.js'
import type { NodeNumbers } from './node-setup.js'

export function bindProgram(native: Binding, { node, nodes, threads, bind }: NodeNumbers, slot: number): void {
  if (bind && native.processorCount() >= nodes * threads) native.bindProcessor(node * threads + slot)
}

export function bindService(native: Binding, { node, nodes, threads, bind }: NodeNumbers): void {
  const processors = native.processorCount()
  if (bind && processors >= nodes * threads && processors < 2 * nodes * threads) native.bindProcessor(node * threads)
}
