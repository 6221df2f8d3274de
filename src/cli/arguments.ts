/**
 * A command line, taken apart: options with their values, flags, and from the first other word on the program and what is
 * its own. A command says which options it has in a `Vocabulary`; whether a value makes sense is not looked at here.
 */
import { TreadMarksError } from '../errors.js'
import { nearest } from './suggest.js'

/** The options of one command. */
export interface Vocabulary<Valued extends string, Flag extends string> {
  readonly valued: readonly Valued[]
  readonly flags: readonly Flag[]
  /** One letter with its dash, to the whole name. */
  readonly aliases: Readonly<Record<string, Valued | Flag>>
}

/** What was given, still as text. The last one counts when an option is repeated. */
export interface Given<Valued extends string, Flag extends string> {
  readonly values: ReadonlyMap<Valued, string>
  readonly flags: ReadonlySet<Flag>
  readonly program: string | undefined
  readonly args: readonly string[]
}

/** Throws a usage error for what is no option of this command. Asked for help, it does not first complain about the rest. */
export function collect<Valued extends string, Flag extends string>(
  argv: readonly string[],
  vocabulary: Vocabulary<Valued, Flag>,
): Given<Valued, Flag> | 'help' | 'version' {
  const { valued, flags, aliases } = vocabulary
  const given = { values: new Map<Valued, string>(), flags: new Set<Flag>() }
  let at = 0
  for (;;) {
    const argument = argv[at]
    // A dash alone is a file name by custom, and `--` says that what follows is one.
    if (argument === undefined || !argument.startsWith('-') || argument === '-') break
    at++
    if (argument === '--') break
    const [written, attached] = split(argument, aliases)
    const name = Object.hasOwn(aliases, written) ? (aliases[written] as string) : written
    if (isOneOf(flags, name)) {
      if (attached !== undefined) throw usage(`${written} takes no value`)
      if (name === '--help') return 'help'
      if (name === '--version') return 'version'
      given.flags.add(name)
    } else if (isOneOf(valued, name)) {
      const value = attached ?? argv[at++]
      // A negative number is a wrong value, which deserves its own message; any other dash is the next option.
      if (value === undefined || value === '' || (attached === undefined && /^-(?!\d)/.test(value)))
        throw usage(`${written} needs a value`)
      given.values.set(name, value)
    } else throw usage(unknownOption(written, vocabulary))
  }
  return { ...given, program: argv[at], args: argv.slice(at + 1) }
}

/** Whether a word, with or without a value, is an option of the command. */
export function isOption(word: string, vocabulary: Vocabulary<string, string>): boolean {
  return names(vocabulary).includes(split(word, vocabulary.aliases)[0])
}

export function unknownOption(word: string, vocabulary: Vocabulary<string, string>): string {
  const [option] = split(word, vocabulary.aliases)
  const known = names(vocabulary)
  return `unknown option ${option}${didYouMean(option, known)}; known are ${known.join(', ')}`
}

export function didYouMean(word: string, words: readonly string[]): string {
  const near = nearest(word, words)
  return near === undefined ? '' : `, did you mean ${near}?`
}

export function usage(message: string): TreadMarksError {
  return new TreadMarksError('ERR_TM_USAGE', message)
}

/** As a list of what is known has them: `-h` is not worth a place in it. */
function names({ valued, flags, aliases }: Vocabulary<string, string>): string[] {
  return [...Object.keys(aliases).filter((letter) => letter !== '-h'), ...valued, ...flags]
}

/** `--nodes=4` and `-n4` into name and value. */
function split(
  argument: string,
  aliases: Readonly<Record<string, string>>,
): readonly [name: string, value: string | undefined] {
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=')
    return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)]
  }
  const short = argument.slice(0, 2)
  if (argument.length > 2 && Object.hasOwn(aliases, short)) return [short, argument.slice(argument[2] === '=' ? 3 : 2)]
  return [argument, undefined]
}

function isOneOf<T extends string>(words: readonly T[], name: string): name is T {
  return (words as readonly string[]).includes(name)
}
