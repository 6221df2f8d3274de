/**
 * What every program of this folder tells of itself: its name, the sizes it comes in, what it needs. And how a size is
 * chosen on a command line: `--preset NAME`, with single numbers of it changed by options of the same names. Nothing here
 * knows of shared memory, so the sequential versions use it too.
 */
import { parseArgs } from 'node:util'

/** Numbers that describe a size, and words that choose a variant, by name. */
export type Problem = Readonly<Record<string, number | string>>

export interface App<P extends Problem> {
  readonly name: string
  /** By name; the first is taken when none is named. */
  readonly presets: Readonly<Record<string, P>>
  /** Numbers of the result agree to this relative bound; without it bit for bit. */
  readonly bound?: number
  /** Shared memory that the shared version takes, bytes, at most. */
  bytes(problem: P, processes: number): number
  /** Why this many processes cannot work on the problem, or why nobody can, and what would do; undefined when they can. */
  unfit(problem: P, processes: number): string | undefined
}

/** What a version found out: numbers, and digests of more numbers than one wants to see. */
export type Result = Readonly<Record<string, number | string>>

export type Version = 'sequential' | 'shared' | 'messages'

export interface Choice<P extends Problem> {
  readonly preset: string
  readonly problem: P
  /** The outcome is wanted as a line of JSON. */
  readonly json: boolean
}

/** A mistake on the command line; its message says what would work. */
export class Mistake extends Error {}

/** Throws Mistake. */
export function choose<P extends Problem>(app: App<P>, argv: readonly string[], processes: number): Choice<P> {
  const { preset, json, changes } = read(app, argv)
  const chosen = app.presets[preset]
  if (chosen === undefined) {
    throw new Mistake(`unknown preset '${preset}'; ${app.name} has ${Object.keys(app.presets).join(', ')}`)
  }
  const problem = { ...chosen, ...changes } as P
  const unfit = app.unfit(problem, processes)
  if (unfit !== undefined) throw new Mistake(unfit)
  const changed = Object.entries(changes).map(([name, value]) => `${name} ${value}`)
  return { preset: [preset, ...changed].join(', '), problem, json }
}

/** One line for people, or one of JSON for programs. */
export function outcome<P extends Problem>(
  app: App<P>,
  version: Version,
  processes: number,
  { preset, json }: Choice<P>,
  seconds: number,
  result: Result,
): string {
  if (json) return JSON.stringify({ app: app.name, preset, version, processes, seconds, result })
  const found = Object.entries(result).map(([name, value]) => `${name} ${value}`)
  const on = version === 'sequential' ? '' : ` on ${processes === 1 ? '1 process' : `${processes} processes`}`
  return `${app.name} ${preset}, ${version}${on}: ${seconds.toFixed(3)} s; ${found.join(', ')}`
}

export function usageOf<P extends Problem>(app: App<P>): string {
  const sizes = Object.entries(app.presets).map(([name, problem]) => {
    const words = Object.entries(problem).map(([field, value]) => `${field} ${value}`)
    return `  --preset ${name.padEnd(10)} ${words.join(', ')}`
  })
  return `${app.name} takes a preset, and options that change single numbers of it:\n${sizes.join('\n')}`
}

function read<P extends Problem>(app: App<P>, argv: readonly string[]) {
  const [first = ''] = Object.keys(app.presets)
  const numbers = numbersOf(app)
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    preset: { type: 'string' },
    json: { type: 'boolean' },
    ...Object.fromEntries(numbers.map((name) => [name, { type: 'string' as const }])),
  }
  const { preset = first, json = false, ...changed } = parsed(argv, options)
  const changes = Object.entries(changed).map(([name, text]) => [name, whole(name, String(text))] as const)
  return { preset: String(preset), json: json === true, changes: Object.fromEntries(changes) }
}

function parsed(argv: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new Mistake((error as Error).message)
  }
}

/** Names of the numbers that all presets have. */
function numbersOf<P extends Problem>({ presets }: App<P>): string[] {
  const [one] = Object.values<Problem>(presets)
  return Object.entries(one ?? {}).flatMap(([name, value]) => (typeof value === 'number' ? [name] : []))
}

function whole(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0 && text.trim() !== '') return value
  throw new Mistake(`--${option} '${text}': expected a whole number`)
}
