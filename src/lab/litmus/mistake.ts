/** A mistake in a litmus file; the message begins with `path:line:` and says what was expected. */
export class LitmusError extends Error {
  override readonly name = 'LitmusError'

  constructor(path: string, line: number, what: string) {
    super(`${path}:${line}: ${what}`)
  }
}

/** A line of a file, numbered from 1; what is wrong with it is said by its place. */
export class Line {
  constructor(
    readonly path: string,
    readonly number: number,
    readonly text: string,
  ) {}

  /** `found`: by default the whole line. */
  expected(what: string, found = this.text): LitmusError {
    return new LitmusError(this.path, this.number, `expected ${what}; found ${found === '' ? 'nothing' : `'${found}'`}`)
  }
}
