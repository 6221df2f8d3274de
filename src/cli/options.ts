/**
 * The command line, parsed and checked. Our own options stand only before the program; from the program's path on
 * nothing is looked at, so a program may have any options it likes. Every fault is a TreadMarksError whose message
 * says what was given and what would be right, and it is found before a single process is started.
 */
import { totalmem } from 'node:os'
import { resolve } from 'node:path'
import { TreadMarksError } from '../errors.js'
import {
  DEFAULT_HEAP_BYTES,
  DEFAULT_HEARTBEAT_S,
  DEFAULT_PAGE_BYTES,
  MAX_HEAP_BYTES,
  MAX_HEARTBEAT_S,
  MAX_PAGE_BYTES,
  MAX_PROCS,
  MIN_HEAP_BYTES,
} from '../limits.js'
import { builtProtocols, knownProtocols } from '../protocols/table.js'
import { collect, didYouMean, type Given, isOption, unknownOption, usage } from './arguments.js'
import { findProgram } from './program.js'
import { formatSize, parseSize } from './size.js'
import { nearest } from './suggest.js'

export interface RunOptions {
  readonly nodes: number
  readonly threads: number
  /** A multiple of the page and of 64 KiB, the unit in which WebAssembly memories come. */
  readonly heapBytes: number
  readonly pageBytes: number
  readonly protocol: string
  readonly trap: string
  readonly stats: boolean
  readonly statsFile: string | undefined
  /** Directory for a recording of each node. */
  readonly record: string | undefined
  /** File for a space-time diagram of the run. */
  readonly diagram: string | undefined
  /** First port, or 0 for any free ones. */
  readonly port: number
  readonly label: boolean
  /** Whether each process may be bound to a processor of its own. */
  readonly bind: boolean
  /** Time of silence after which a node is lost, ms; 0 for never. */
  readonly heartbeatMs: number
  /** Absolute path. */
  readonly program: string
  readonly args: readonly string[]
}

/** One program under several protocols, in turn. */
export interface CompareOptions {
  /** Each once, all of them built; the others are measured by the first. */
  readonly protocols: readonly string[]
  readonly nodes: number
  /** For `treadmarks run`, the same for each. */
  readonly runOptions: readonly string[]
  /** Absolute path. */
  readonly program: string
  readonly args: readonly string[]
  /** Files for the numbers and for the chart. */
  readonly json: string | undefined
  readonly chart: string | undefined
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** `treadmarks` alone: the help is shown, but as an error. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'compare'; readonly options: CompareOptions }

/** What of the machine the limits depend on. */
export interface Machine {
  readonly pageBytes: number
  readonly memoryBytes: number
}

export const knownTraps: readonly string[] = ['auto', 'mprotect', 'userfaultfd']

export function thisMachine(): Machine {
  // A container may have less memory than the machine; without a limit Node reports 0 or an absurdly large number.
  const limit = process.constrainedMemory()
  const memoryBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return { pageBytes: 4096, memoryBytes }
}

/** Parses what follows `treadmarks` on the command line. Throws a TreadMarksError for anything that is wrong. */
export function parseCommand(argv: readonly string[], machine: Machine = thisMachine()): Command {
  const [command, ...rest] = argv
  if (command === undefined) return { kind: 'nothing' }
  if (command === '--help' || command === '-h') return { kind: 'help' }
  if (command === '--version') return { kind: 'version' }
  if (command === 'run') {
    const given = collect(rest, runWords)
    return typeof given === 'string' ? { kind: given } : { kind: 'run', options: check(given, machine) }
  }
  if (command === 'compare') {
    const given = collect(rest, compareWords)
    return typeof given === 'string' ? { kind: given } : { kind: 'compare', options: checkComparison(given, machine) }
  }
  throw usage(unknownCommand(command))
}

const runWords = {
  valued: [
    '--nodes',
    '--threads',
    '--heap',
    '--page-size',
    '--protocol',
    '--stats-file',
    '--record',
    '--diagram',
    '--trap',
    '--port',
    '--heartbeat',
  ],
  flags: ['--stats', '--label', '--no-bind', '--help', '--version'],
  aliases: { '-n': '--nodes', '-t': '--threads', '-h': '--help' },
} as const
type RunGiven = Given<(typeof runWords.valued)[number], (typeof runWords.flags)[number]>

/** What each run of a comparison is given as it stands, and what is the comparison's own. */
const passedOn = ['--nodes', '--threads', '--heap', '--page-size', '--trap', '--port', '--heartbeat'] as const
const compareWords = {
  valued: ['--protocols', '--json', '--chart', ...passedOn],
  flags: ['--no-bind', '--help', '--version'],
  aliases: runWords.aliases,
} as const
type CompareGiven = Given<(typeof compareWords.valued)[number], (typeof compareWords.flags)[number]>

function check(given: RunGiven, machine: Machine, command = 'run'): RunOptions {
  const { values } = given
  const nodes = whole(values.get('--nodes') ?? '1', 'nodes (-n)', 1, MAX_PROCS)
  const threads = whole(values.get('--threads') ?? '1', 'threads (-t)', 1, MAX_PROCS)
  if (nodes * threads > MAX_PROCS)
    throw usage(
      `${nodes} nodes × ${threads} threads are ${nodes * threads} processes; at most ${MAX_PROCS} are possible`,
    )
  if (threads > 1) throw notYet(`threads (-t) ${threads}: more than one thread in a node is not built yet`)

  const pageBytes = pageSize(values.get('--page-size'), machine)
  const heapBytes = heapSize(values.get('--heap'), pageBytes, machine)

  const protocol = builtProtocol(values.get('--protocol') ?? 'treadmarks', '--protocol')
  const trap = named(values.get('--trap') ?? 'auto', '--trap', knownTraps)
  if (trap === 'userfaultfd') throw notYet('--trap userfaultfd is not built yet; only mprotect is')

  const port = whole(values.get('--port') ?? '0', '--port', 0, 65_535)
  if (port > 0 && port + nodes - 1 > 65_535)
    throw usage(`--port ${port} leaves no room for ${nodes} nodes: the last port would be ${port + nodes - 1}`)

  if (given.program === undefined || given.program === '')
    throw usage(`there is no program: treadmarks ${command} [options] program.ts [arguments]`)
  return {
    nodes,
    threads,
    heapBytes,
    pageBytes,
    protocol,
    trap,
    stats: given.flags.has('--stats'),
    statsFile: values.get('--stats-file'),
    record: values.get('--record'),
    diagram: values.get('--diagram'),
    port,
    label: given.flags.has('--label'),
    bind: !given.flags.has('--no-bind'),
    heartbeatMs:
      1000 * whole(values.get('--heartbeat') ?? String(DEFAULT_HEARTBEAT_S), '--heartbeat', 0, MAX_HEARTBEAT_S),
    program: findProgram(given.program),
    args: given.args,
  }
}

/** All that a run would refuse is refused here, once, and not by each of the runs. */
function checkComparison(given: CompareGiven, machine: Machine): CompareOptions {
  const { values, program, args } = given
  const protocols = (values.get('--protocols') ?? builtProtocols.join(',')).split(',').map((name) => name.trim())
  for (const [i, name] of protocols.entries()) {
    if (name === '') throw usage(`--protocols '${values.get('--protocols')}' has an empty name; give A,B`)
    builtProtocol(name, '--protocols')
    if (protocols.indexOf(name) < i) throw usage(`--protocols names ${name} twice`)
  }
  const valued = new Map(passedOn.flatMap((name) => (values.has(name) ? [[name, values.get(name) as string]] : [])))
  const run = check({ values: valued, flags: given.flags, program, args }, machine, 'compare')
  const [json, chart] = [values.get('--json'), values.get('--chart')]
  if (json !== undefined && chart !== undefined && resolve(json) === resolve(chart))
    throw usage(`--json and --chart are both ${json}; give each a file of its own`)
  return {
    protocols,
    nodes: run.nodes,
    runOptions: [...[...valued].map(([name, value]) => `${name}=${value}`), ...(run.bind ? [] : ['--no-bind'])],
    program: run.program,
    args,
    json,
    chart,
  }
}

function whole(text: string, what: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  const wrong = Number.isNaN(value) && !/^-?\d+$/.test(text) ? 'is not a whole number' : 'is out of range'
  const range = `it must be from ${least} to ${most}`
  const product = most === MAX_PROCS ? `, and nodes × threads at most ${MAX_PROCS}` : ''
  throw usage(`${what} '${text}' ${wrong}: ${range}${product}`)
}

function named(text: string, option: string, names: readonly string[]): string {
  if (names.includes(text)) return text
  throw usage(`${option} '${text}' is not known${didYouMean(text, names)}; known are ${names.join(', ')}`)
}

function builtProtocol(text: string, option: string): string {
  const protocol = named(text, option, knownProtocols)
  if (builtProtocols.includes(protocol)) return protocol
  throw notYet(`${option} ${protocol} is not built yet; ${builtProtocols.join(', ')} are`)
}

function pageSize(text: string | undefined, machine: Machine): number {
  if (text === undefined) return Math.max(DEFAULT_PAGE_BYTES, machine.pageBytes)
  const bytes = parseSize(text)
  if (bytes === undefined || bytes < 1 || bytes % machine.pageBytes !== 0 || bytes > MAX_PAGE_BYTES)
    throw usage(
      `--page-size '${text}': it must be a multiple of the machine's page, ${machine.pageBytes} bytes, ` +
        `and at most ${formatSize(MAX_PAGE_BYTES)}`,
    )
  return bytes
}

function heapSize(text: string | undefined, pageBytes: number, machine: Machine): number {
  const asked = text === undefined ? DEFAULT_HEAP_BYTES : parseSize(text)
  const name = `--heap '${text ?? formatSize(DEFAULT_HEAP_BYTES)}'`
  if (asked === undefined) throw usage(`${name} is not a size: give bytes, or a number with KiB, MiB or GiB`)
  if (asked < MIN_HEAP_BYTES) throw usage(`${name} is too small: at least ${formatSize(MIN_HEAP_BYTES)} are needed`)
  const unit = leastCommonMultiple(pageBytes, 64 * 1024)
  const bytes = Math.ceil(asked / unit) * unit
  if (bytes > MAX_HEAP_BYTES) throw tooLarge(`${name} is larger than ${formatSize(MAX_HEAP_BYTES)}`)
  if (bytes > machine.memoryBytes)
    throw tooLarge(`${name} is larger than the memory of this machine, ${formatSize(machine.memoryBytes)}`)
  return bytes
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b]
  while (rest > 0) [divisor, rest] = [rest, divisor % rest]
  return (a / divisor) * b
}

function unknownCommand(command: string): string {
  if (command.startsWith('-') && command !== '-')
    return isOption(command, runWords)
      ? `the option ${command} belongs after the command: treadmarks run ${command} …`
      : unknownOption(command, runWords)
  const near = nearest(command, ['run', 'compare']) ?? 'run'
  const meant = /\.m?[jt]s$/.test(command) ? `treadmarks run ${command}` : `treadmarks ${near} program.ts`
  return `unknown command '${command}'; did you mean: ${meant}?`
}

function notYet(message: string): TreadMarksError {
  return new TreadMarksError('ERR_TM_NOT_YET', message)
}

function tooLarge(message: string): TreadMarksError {
  return new TreadMarksError('ERR_TM_HEAP_SIZE', message)
}
