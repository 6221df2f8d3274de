/** Turns what the trap could not do into the error that ends the run: the thread it happened to waits for ever. */
import { TreadMarksError } from '../errors.js'
import type { Binding } from './binding.js'

export function checkTrap(native: Binding): void {
  const trouble = native.trapTrouble()
  if (trouble === 0) return
  const kind = trouble & 0xff
  if (kind === 1) {
    const counters = new Float64Array(6)
    native.trapCounters(counters)
    throw new TreadMarksError(
      'ERR_TM_MAPPINGS',
      `the heap's pages need more than ${counters[5]} mappings: too many neighbours have different protections`,
    )
  }
  if (kind === 2) throw new TreadMarksError('ERR_TM_TRAP', `mprotect failed (errno ${trouble >> 8})`)
  throw new TreadMarksError('ERR_TM_TRAP', `a page faults again and again (trouble ${trouble})`)
}
