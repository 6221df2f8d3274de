/**
 * What a checker found to be wrong with a run. `race` is a fault of the program that was run, not of the memory:
 * a program that was said to be free of races is not.
 */
export type ViolationKind =
  | 'wrong value'
  | 'lock held twice'
  | 'lock passed over'
  | 'barrier opened early'
  | 'memory given twice'
  | 'wrong message'
  | 'race'

export class Violation extends Error {
  override readonly name = 'Violation'

  /** `message` is one line; `details` say what was allowed and why, a line each. */
  constructor(
    readonly kind: ViolationKind,
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message)
  }
}
