/**
 * A mutant is a bug that somebody might have written, kept as data: which text of which file is replaced by what.
 * Production code knows nothing of it; the text is replaced in a copy. A mutant that no test finds shows what the
 * tests do not see.
 */

/** The C tests that may find a native mutant, each driven step by step. */
export type NativeTest = 'diff_test' | 'notices_test' | 'owned_test' | 'pages_test' | 'wake_test' | 'watch_test'

/** A bug, as the tables have it. */
export interface Bug {
  readonly name: string
  /** What is wrong, and why somebody might write it so. */
  readonly about: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Bug {
  /** From the root of the repository. */
  readonly file: string
  /** Who must find it: simulated runs drawn from seeds, or one of the C tests. */
  readonly finder: 'seeds' | NativeTest
  /** Under which these runs are. */
  readonly protocol: string
}

/** Bugs of one file. */
export const mutantsOf = (file: string, finder: Mutant['finder'], bugs: readonly Bug[]): readonly Mutant[] =>
  bugs.map((bug) => ({ file, finder, protocol: 'treadmarks', ...bug }))

/** Bugs of one file that simulated runs find. */
export const simulated = (file: string, bugs: readonly Bug[], protocol = 'treadmarks'): readonly Mutant[] =>
  bugs.map((bug) => ({ file, finder: 'seeds', protocol, ...bug }))

/** `text` with the bug in it. Throws an Error when the text to replace is not there exactly once. */
export function plant({ name, file, find, replace }: Mutant, text: string): string {
  const times = text.split(find).length - 1
  if (times === 1) return text.replace(find, () => replace)
  throw new Error(
    `the mutant ${name} no longer applies: its text stands ${times} times in ${file}, not once. ` +
      'The code has changed: change the mutant with it, or drop it if its bug has become impossible',
  )
}
