/**
 * A litmus test as data: a few processes with a few steps each, and for each consistency model what the loads may
 * have returned when all have ended. file.ts reads it from text, oracle.ts works out what it should say, and
 * schedule.ts makes programs for the simulator of it.
 */
export type Step =
  | { readonly type: 'load'; readonly register: string; readonly location: string }
  | { readonly type: 'store'; readonly location: string; readonly value: number }
  | { readonly type: 'lock' | 'unlock' | 'signal' | 'broadcast'; readonly lock: number }
  | { readonly type: 'barrier' }
  /** The lock is held: while the location is below `value`, wait on the lock's condition. */
  | { readonly type: 'wait'; readonly lock: number; readonly location: string; readonly value: number }

/** An outcome that some model allows, or that the test asks about. */
export interface Row {
  /** In the order of the columns. */
  readonly values: readonly number[]
  /** By model. */
  readonly allowed: readonly boolean[]
  /** What it would mean, where it is the outcome that the test asks about. */
  readonly asked: string | undefined
}

/** How a test's accesses are synchronised, in the order in which the tests are listed. */
export const groups = [
  'no synchronisation',
  'one lock',
  'a lock for each location',
  'partly synchronised',
  'lock chains',
  'barriers',
  'conditions',
] as const
export type Group = (typeof groups)[number]

/** A process of a test may be one of this many. */
export const MAX_PROCESSES = 8

export interface LitmusTest {
  /** As people know it, for messages, and the line where its program begins. */
  readonly path: string
  readonly line: number
  readonly name: string
  readonly title: string
  /** What it teaches. */
  readonly lesson: string
  /** Where the shape comes from. */
  readonly shape: string
  readonly group: Group
  readonly class: 'race-free' | 'racy'
  /** In the order in which they are named; all begin with 0 but those that `init` names. */
  readonly locations: readonly string[]
  readonly init: ReadonlyMap<string, number>
  readonly processes: readonly (readonly Step[])[]
  /** Registers, and locations whose final value is of interest: what a reader sees after all have met. */
  readonly columns: readonly string[]
  /** By name, as 'sc'. */
  readonly models: readonly string[]
  /** Every other outcome is forbidden in every model. */
  readonly rows: readonly Row[]
}

/** An outcome as text: its values with spaces between them. */
export const outcomeKey = (values: readonly number[]): string => values.join(' ')
export const outcomeValues = (key: string): number[] => key.split(' ').map(Number)

/** The outcomes that a model allows. Undefined when the test does not speak of the model. */
export function allowedBy({ models, rows }: LitmusTest, model: string): ReadonlySet<string> | undefined {
  const index = models.indexOf(model)
  if (index < 0) return undefined
  return new Set(rows.filter(({ allowed }) => allowed[index]).map(({ values }) => outcomeKey(values)))
}

/** The row that the test asks about. */
export const askedRow = ({ rows }: LitmusTest): Row => rows.find(({ asked }) => asked !== undefined) as Row

/** An outcome in words: `r1 = 1, r2 = 0`. */
export const outcomeText = ({ columns }: LitmusTest, values: readonly number[]): string =>
  columns.map((column, i) => `${column} = ${values[i]}`).join(', ')

export const isRegister = (column: string): boolean => /^r\d+$/.test(column)

/** The locations among the columns. */
export const finalLocations = ({ columns }: LitmusTest): string[] => columns.filter((column) => !isRegister(column))

/** How many barriers each process meets at. */
export const barriersOf = ({ processes }: LitmusTest): number =>
  (processes[0] ?? []).filter(({ type }) => type === 'barrier').length
