/**
 * The options of a laboratory command: a table of them gives the parser, the help and the list that an unknown
 * option gets as its answer. Throws ERR_TM_USAGE.
 */
import { parseArgs } from 'node:util'
import { errorTable, TreadMarksError } from '../errors.js'

export interface Option {
  /** What stands for its value in the help, such as `N`; none for a flag. */
  readonly value?: string
  readonly help: string
  /** A number takes this range; anything else is text. */
  readonly least?: number
  readonly most?: number
}
export type OptionTable = Readonly<Record<string, Option>>

export interface Given {
  has(name: string): boolean
  text(name: string): string | undefined
  number(name: string, otherwise: number): number
  readonly rest: readonly string[]
}

/** `rest`: what else the command takes, for the help; undefined for nothing. */
export interface Command {
  readonly name: string
  readonly about: string
  readonly options: OptionTable
  readonly rest?: string
}

const help: Option = { help: 'this' }

export function parse(command: Command, argv: readonly string[]): Given {
  const table: OptionTable = { ...command.options, help }
  for (const word of argv) {
    const name = /^--?(?!\d)([^=]*)/.exec(word)?.[1]
    if (name !== undefined && name !== '' && table[name] === undefined) {
      const known = Object.keys(table).map((one) => `--${one}`)
      throw usage(`unknown option ${word.replace(/=.*/, '')}; known are ${known.join(', ')}`)
    }
  }
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
  ) as Record<string, { type: 'boolean' | 'string' }>
  const { values, positionals } = parsed(argv, options)
  if (command.rest === undefined && positionals.length > 0) throw usage(`'${positionals[0]}' is not expected here`)
  return {
    rest: positionals,
    has: (name) => values[name] !== undefined,
    text: (name) => values[name] as string | undefined,
    number: (name, otherwise) =>
      values[name] === undefined ? otherwise : toNumber(name, values[name] as string, table[name] as Option),
  }
}

/** Runs a command to its exit code: 2, with the help, for a wrong command line. */
export async function run(
  command: Command,
  argv: readonly string[],
  work: (given: Given) => number | Promise<number>,
): Promise<void> {
  // Whoever reads us may have seen enough.
  process.stdout.on('error', () => process.exit(1))
  try {
    const given = parse(command, argv)
    if (given.has('help')) console.log(helpOf(command))
    process.exitCode = given.has('help') ? 0 : await work(given)
  } catch (error) {
    if (!(error instanceof TreadMarksError)) throw error
    const misused = error.code === 'ERR_TM_USAGE'
    console.error(`${command.name}: ${error.message}`)
    console.error(misused ? `\n${helpOf(command)}` : `  ${error.code}: ${errorTable[error.code].remedy}`)
    process.exitCode = misused ? 2 : 1
  }
}

export function helpOf({ name, about, options, rest }: Command): string {
  const rows = Object.entries({ ...options, help }).map(([option, { value, help: text }]) => {
    return `  ${`--${option}${value === undefined ? '' : ` ${value}`}`.padEnd(24)}${text}`
  })
  return `usage: npm run ${name} -- [options]${rest === undefined ? '' : ` ${rest}`}\n${about}\n\n${rows.join('\n')}`
}

export const usage = (message: string): TreadMarksError => new TreadMarksError('ERR_TM_USAGE', message)

function parsed(argv: readonly string[], options: Record<string, { type: 'boolean' | 'string' }>) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function toNumber(name: string, text: string, { least = 0, most = Number.MAX_SAFE_INTEGER }: Option): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${least}` : `${least} to ${most}`
  throw usage(`--${name} '${text}': expected ${range}`)
}
