/**
 * A mutant is a bug that somebody might have written, kept as data: which text of which file is replaced by what.
 * Production code knows nothing of it; the text is replaced in a copy. A mutant that no test finds shows what the
 * tests do not see.
 */

/** The C tests that may find a native mutant; `stress_test` goes by seeds. */
export type NativeTest = 'diff_test' | 'notices_test' | 'pages_test' | 'stress_test' | 'wake_test'

export interface Mutant {
  readonly name: string
  /** What is wrong, and why somebody might write it so. */
  readonly about: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Who must find it: simulated runs drawn from seeds, or one of the C tests. */
  readonly finder: 'seeds' | NativeTest
}

/** A table of mutants that share a finder. `file`: for those that name none. */
export const simulated = (file: string, mutants: readonly Planted[]): readonly Mutant[] =>
  mutants.map((mutant) => ({ file, ...mutant, finder: 'seeds' }))

/** A mutant as a table has it. */
export interface Planted {
  readonly name: string
  readonly about: string
  readonly find: string
  readonly replace: string
}

/** `text` with the bug in it. Throws an Error when the text to replace is not there exactly once. */
export function plant({ name, file, find, replace }: Mutant, text: string): string {
  const times = text.split(find).length - 1
  if (times === 1) return text.replace(find, () => replace)
  throw new Error(
    `the mutant ${name} no longer applies: its text stands ${times} times in ${file}, not once. ` +
      'The code has changed: change the mutant with it, or drop it if its bug has become impossible',
  )
}
