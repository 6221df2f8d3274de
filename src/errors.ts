/**
 * The table of errors: a stable code, whose fault it is, and one line on the way out. Everything that goes
 * wrong in a way we foresaw is a TreadMarksError with one of these codes.
 */

/** Whose fault: the command line, the program, another node or a stranger, the machine, or ours. */
export type Blame = 'usage' | 'program' | 'peer' | 'machine' | 'internal'

interface ErrorEntry {
  readonly blame: Blame
  /** What to do about it; one line. */
  readonly remedy: string
}

const table = {
  ERR_TM_USAGE: { blame: 'usage', remedy: 'Run `treadmarks --help` for the options.' },
  ERR_TM_PROGRAM_NOT_FOUND: { blame: 'usage', remedy: 'Give the path of a .ts, .mts, .js or .mjs file that exists.' },
  ERR_TM_NOT_YET: { blame: 'usage', remedy: 'This is planned but not built; CHANGELOG.md says what is.' },
  ERR_TM_PLATFORM: { blame: 'machine', remedy: 'treadmarks runs on Linux on x86-64.' },
  ERR_TM_ADDON: { blame: 'machine', remedy: 'Build the native part with `npm run build`; it needs a C compiler (cc).' },
  ERR_TM_HEAP_SIZE: {
    blame: 'usage',
    remedy: 'Choose a smaller --heap; it must fit the memory of this machine and 4 GiB.',
  },
  ERR_TM_MAPPINGS: {
    blame: 'machine',
    remedy: 'Use a larger --page-size, or raise vm.max_map_count (sysctl) above its present value.',
  },
  ERR_TM_TRAP: { blame: 'internal', remedy: 'Please report this with the program that shows it.' },
  ERR_TM_HANDLER_LOST: {
    blame: 'program',
    remedy: "Do not install a handler for SIGSEGV in the program: the shared memory's own stands there.",
  },

  ERR_TM_WORKER: {
    blame: 'program',
    remedy: 'Import treadmarks in the program itself, not in a worker that it starts.',
  },
  ERR_TM_ARGUMENT: { blame: 'program', remedy: 'Correct the argument; docs/api.md gives the ranges.' },
  ERR_TM_RANGE: {
    blame: 'program',
    remedy: 'Keep address and length within the heap, and the address aligned for its type.',
  },
  ERR_TM_NO_MEMORY: { blame: 'program', remedy: 'Free memory, or run with a larger --heap.' },
  ERR_TM_BAD_FREE: { blame: 'program', remedy: 'Free each address that malloc or alloc gave once, and no other.' },
  ERR_TM_LOCK_HELD: { blame: 'program', remedy: 'Release the lock before acquiring it again: locks do not nest.' },
  ERR_TM_LOCK_NOT_HELD: {
    blame: 'program',
    remedy: 'Acquire the lock first: release it, wait and signal only while this process holds it.',
  },
  ERR_TM_LOCK_AT_END: {
    blame: 'program',
    remedy: 'Release every lock before the program ends; from inside `withLock`, return before you exit.',
  },
  ERR_TM_LOCK_ASYNC: { blame: 'program', remedy: 'Give withLock a function that does its work before it returns.' },
  ERR_TM_DEADLOCK: {
    blame: 'program',
    remedy: 'Take locks in one order everywhere, and wait only for what another process will still do.',
  },
  ERR_TM_TOO_MANY_LOCKS: { blame: 'program', remedy: 'Use fewer different lock ids, for example `id % 1000`.' },
  ERR_TM_MEETING: {
    blame: 'program',
    remedy: 'Make all processes call the same collective operations in the same order.',
  },
  ERR_TM_MISSING: { blame: 'program', remedy: 'Let every process reach the barrier, or none.' },
  ERR_TM_VALUE: {
    blame: 'program',
    remedy: 'Distribute numbers, strings, booleans, null, typed arrays, and arrays and plain objects of these.',
  },
  ERR_TM_THREW: { blame: 'program', remedy: 'The stack above shows where.' },
  ERR_TM_UNSETTLED: { blame: 'program', remedy: 'A top-level await never settled; await something that does.' },

  ERR_TM_HANDSHAKE: { blame: 'peer', remedy: 'Only nodes of this run can connect; start them with `treadmarks run`.' },
  ERR_TM_PROTOCOL: {
    blame: 'peer',
    remedy: 'A node broke the wire protocol; make sure that all run the same version.',
  },
  ERR_TM_NODE_LOST: { blame: 'peer', remedy: 'See what ended that node; memory or a signal are the usual causes.' },
  ERR_TM_JOIN: {
    blame: 'machine',
    remedy: 'The nodes could not reach each other in time; look at the load and the ports.',
  },
  ERR_TM_DESCRIPTORS: {
    blame: 'machine',
    remedy: 'Allow more open files (`ulimit -n`): 64 and three for each node are enough, beside those of the program.',
  },
  ERR_TM_QUEUE: {
    blame: 'peer',
    remedy:
      'A node reads too slowly (stopped, or starved), or one page was rewritten very often between two reads: read it more often.',
  },
  ERR_TM_RECORDING: {
    blame: 'machine',
    remedy: 'Record the run again, on a disk with room; only what was written whole, by this version, can be replayed.',
  },
  ERR_TM_DIAGRAM: {
    blame: 'usage',
    remedy: 'Draw a shorter run: fewer nodes, fewer iterations, or a smaller problem.',
  },
  ERR_TM_INTERNAL: { blame: 'internal', remedy: 'Please report this with the program that shows it.' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof table
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table

export interface ErrorPlace {
  /** Process of the program, when it is known. */
  readonly process?: number | undefined
  readonly node?: number | undefined
  readonly cause?: unknown
}

export class TreadMarksError extends Error {
  override readonly name = 'TreadMarksError'
  readonly code: ErrorCode
  readonly process: number | undefined
  readonly node: number | undefined
  /** One line on what to do. */
  readonly remedy: string

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
    this.process = place.process
    this.node = place.node
    this.remedy = errorTable[code].remedy
  }
}

/** Whether a system call failed because this process, or the machine, has as many open files as it may. */
export function outOfDescriptors(error: unknown): boolean {
  const { code, errno } = (error ?? {}) as Partial<SystemError>
  return code === 'EMFILE' || code === 'ENFILE' || errno === -EMFILE || errno === -ENFILE
}

/** As Node has them, and the native part, which gives only the second, negative. */
interface SystemError {
  readonly code: unknown
  readonly errno: unknown
}
const EMFILE = 24
const ENFILE = 23

/** An assertion that stays on in production: a false one ends the run before a wrong byte is seen. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new TreadMarksError('ERR_TM_INTERNAL', `internal error: ${what}`)
}
