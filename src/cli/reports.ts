/**
 * What a node says, checked. A node runs a stranger's program, and other code in it (a loader, say) may use the IPC
 * channel too; what is not a report in good form is ignored here and never reaches the launcher's decisions.
 */
import type { Counters, Tally } from '../core/tally.js'
import { type ErrorCode, errorTable } from '../errors.js'
import type { PageReport, Report, WaitReport } from '../runtime/control.js'

/** The report in a message, or undefined when it is none. `node` is the sender, whatever it says of itself. */
export function asReport(message: unknown, node: number): Report | undefined {
  if (!isObject(message)) return undefined
  switch (message.type) {
    case 'listening':
      return isWhole(message.port, 1, 65_535) ? { type: 'listening', port: message.port } : undefined
    case 'joined':
      return { type: 'joined' }
    case 'ended':
      if (!isWhole(message.process, 0, Number.MAX_SAFE_INTEGER)) return undefined
      return { type: 'ended', process: message.process, exitCode: asExitCode(message.exitCode) }
    case 'rest':
      return asRest(message)
    case 'still':
      return isCount(message.wave) ? { type: 'still', wave: message.wave } : undefined
    case 'failed':
      return asFailed(message, node)
    case 'counters':
      return {
        type: 'counters',
        total: asTally(message.total),
        phases: mapObject(message.phases, asTally),
        pages: mapObject(message.pages, asPages),
      }
    default:
      return undefined
  }
}

function asRest({ turn, sent, received, waits, holds }: Record<string, unknown>): Report | undefined {
  if (!isCount(turn) || !isCount(sent) || !isCount(received)) return undefined
  if (!Array.isArray(waits) || !Array.isArray(holds)) return undefined
  return { type: 'rest', turn, sent, received, waits: waits.filter(isWait), holds: holds.filter(isCount) }
}

function isWait(value: unknown): value is WaitReport {
  return isObject(value) && isCount(value.process) && typeof value.what === 'string'
}

function asFailed(message: Record<string, unknown>, node: number): Report {
  const code: ErrorCode = isErrorCode(message.code) ? message.code : 'ERR_TM_INTERNAL'
  return {
    type: 'failed',
    code,
    message: typeof message.message === 'string' ? message.message : 'failed without saying why',
    node,
    ...(isWhole(message.process, 0, Number.MAX_SAFE_INTEGER) && { process: message.process }),
    ...(typeof message.stack === 'string' && { stack: message.stack }),
    remedy: typeof message.remedy === 'string' ? message.remedy : errorTable[code].remedy,
    // A failed run never ends with success.
    exitCode: asExitCode(message.exitCode) || 1,
  }
}

/** As the operating system would cut it, except that no failure is cut to 0. */
function asExitCode(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return value === undefined ? 0 : 1
  return value === 0 ? 0 : value & 0xff || 1
}

function asTally(value: unknown): Tally {
  const { counters, kinds, allocations } = isObject(value) ? value : {}
  return {
    counters: asCounters(counters),
    kinds: mapObject(kinds, asCounters),
    allocations: mapObject(allocations, asCounters),
  }
}

const asPages = (value: unknown): PageReport[] => (Array.isArray(value) ? value.filter(isPage) : [])

function isPage(value: unknown): value is PageReport {
  if (!isObject(value)) return false
  const { page, bytes, transfers, writers, overlap, allocation } = value
  const numbers = isCount(page) && isCount(bytes) && isCount(transfers)
  return numbers && Array.isArray(writers) && writers.every(isCount) && isBoolean(overlap) && isString(allocation)
}

function mapObject<T>(value: unknown, map: (value: unknown) => T): Record<string, T> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, map(one)])) : {}
}

function asCounters(value: unknown): Counters {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  )
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value)
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
}

const isCount = (value: unknown): value is number => isWhole(value, 0, Number.MAX_SAFE_INTEGER)

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isString = (value: unknown): value is string => typeof value === 'string'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
