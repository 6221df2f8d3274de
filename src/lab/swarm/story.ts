/**
 * A program with its structure: phases, between which all processes meet, and in each phase a list of sections
 * for each process. A section stands for itself — it releases what it acquires — so a story can be made
 * smaller by leaving sections out.
 */
import type { Operation, Program } from '../../sim/operation.js'

export type Section = readonly Operation[]
/** By process. */
export type Phase = readonly (readonly Section[])[]

export interface Story {
  /** What each process does first, all of them together. */
  readonly prologue: Section
  readonly phases: readonly Phase[]
}

/** The operations of each process, with a barrier after each phase but the last. */
export function tell({ prologue, phases }: Story, procs: number): Program {
  return Array.from({ length: procs }, (_, proc) => {
    const operations: Operation[] = [...prologue]
    for (const [i, phase] of phases.entries()) {
      for (const section of phase[proc] ?? []) operations.push(...section)
      if (i < phases.length - 1) operations.push({ type: 'barrier', id: i })
    }
    return operations
  })
}
