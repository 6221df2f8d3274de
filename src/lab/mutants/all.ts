/** All mutants, and how one is found by its name. */
import { usage } from '../command-line.js'
import { allocator } from './allocator.js'
import { core } from './core.js'
import { homeMutants } from './homes.js'
import { lockMutants } from './locks.js'
import { mixedMutants } from './mixed.js'
import type { Mutant } from './mutant.js'
import { native } from './native.js'
import { owned } from './owned.js'
import { pageStates } from './page-states.js'
import { protocol } from './protocol.js'
import { wire } from './wire.js'

export const mutants: readonly Mutant[] = [
  ...core,
  ...protocol,
  ...homeMutants,
  ...owned,
  ...mixedMutants,
  ...lockMutants,
  ...allocator,
  ...wire,
  ...pageStates,
  ...native,
]

/** Those of these names, separated by commas; all when there are none. */
export function named(names: string | undefined): readonly Mutant[] {
  if (names === undefined) return mutants
  return names.split(',').map((name) => {
    const mutant = mutants.find((one) => one.name === name)
    if (mutant === undefined) throw usage(`--only '${name}': known are ${mutants.map((one) => one.name).join(', ')}`)
    return mutant
  })
}
