/**
 * The words of one command of a scenario, taken one after the other. Whatever is missing, too much or of the
 * wrong kind becomes a CommandError that says what was expected and what stands there.
 */

/** A line that is no command. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** A byte of the heap: a number, or an offset into a block that malloc gave. */
export interface Place {
  readonly block: string | undefined
  readonly offset: number
}

export class Words {
  /** `usage` is what should follow the name, for messages. */
  constructor(
    private readonly name: string,
    private readonly usage: string,
    private readonly words: string[],
  ) {}

  word(): string {
    const word = this.words.shift()
    if (word === undefined) throw this.expected('nothing more')
    return word
  }

  number(most = 2 ** 32 - 1): number {
    const word = this.word()
    if (!/^\d+$/.test(word)) throw this.expected(`'${word}'`)
    if (Number(word) > most) throw new CommandError(`expected at most ${most}, found ${word}`)
    return Number(word)
  }

  place(): Place {
    const word = this.word()
    const [, block, offset] = /^(?:([a-z]\w*)\+)?(\d+)$/.exec(word) ?? []
    if (offset === undefined) throw this.expected(`'${word}'; an ADDRESS is a number, or an offset into a block: a+8`)
    return { block, offset: Number(offset) }
  }

  /** Takes the next word if it is this one. */
  skip(word: string): boolean {
    if (this.words[0] !== word) return false
    this.words.shift()
    return true
  }

  /** All that is left, as `name=value`; the names must be among these. */
  fields(known: readonly string[]): Map<string, string> {
    const fields = new Map<string, string>()
    for (const word of this.words.splice(0)) {
      const [, name, value] = /^([a-z-]+)=(.+)$/.exec(word) ?? []
      if (name === undefined || value === undefined || !known.includes(name)) throw this.expected(`'${word}'`)
      fields.set(name, value)
    }
    return fields
  }

  end(): void {
    const word = this.words.shift()
    if (word !== undefined) throw this.expected(`'${word}'`)
  }

  expected(found: string): CommandError {
    return new CommandError(`expected ${`${this.name} ${this.usage}`.trimEnd()}; found ${found}`)
  }
}

export function toNumber(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new CommandError(`expected ${what}, found '${text}'`)
  return Number(text)
}
