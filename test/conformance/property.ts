/** What the conformance suite asks of a protocol: a sentence, and an experiment on simulated nodes that shows whether it is so. */
import type { CoherenceFactory } from '../../src/core/coherence.js'

/** What a property is about; the table in the documents goes by it. */
export const subjects = ['what a program reads', 'how a miss ends', 'what is sent', 'what is kept'] as const
export type Subject = (typeof subjects)[number]

export interface Property {
  /** A sentence about any protocol that has it. */
  readonly name: string
  readonly subject: Subject
  /** Throws when it is not so: an AssertionError, or a Violation that the checker found. Anything else is a crash. */
  readonly experiment: (protocol: CoherenceFactory) => void
}
