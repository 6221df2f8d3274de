/** A node's counters: the rows that its threads keep, and what the trap counts in native memory. */
import { type CounterName, totals } from '../core/counters.js'
import type { Binding } from './binding.js'
import { counterRowOf } from './node-setup.js'

/** The sum of all rows and of the trap's counts. Any thread may ask. */
export function nodeCounters(
  native: Binding,
  counters: SharedArrayBuffer,
  threads: number,
): Record<CounterName, number> {
  const rows = Array.from({ length: 1 + threads }, (_, row) => counterRowOf(counters, row))
  const trap = new Float64Array(6)
  native.trapCounters(trap)
  const [readFaults = 0, writeFaults = 0, twins = 0] = trap
  return { ...totals(rows), readFaults, writeFaults, twins }
}
