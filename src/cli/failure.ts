/**
 * Why a run ended badly, and the one message about it. A failure comes from a node's own report, from the way a node
 * process died, or from a time limit; each knows how far it can be believed, because when one node dies the others
 * complain of it, and the complaint often arrives before the death.
 */
import { constants } from 'node:os'
import { type ErrorCode, errorTable, outOfDescriptors } from '../errors.js'
import type { FailedReport } from '../runtime/control.js'
import type { NodeEnd } from './node-process.js'
import { placeName } from './places.js'

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  /** Undefined when it is nobody's in particular. */
  readonly node?: number | undefined
  readonly process?: number | undefined
  readonly stack?: string | undefined
  readonly remedy: string
  readonly exitCode: number
  readonly weight: Weight
}

/** A heavier explanation within `LOST_PEER_MS` replaces a lighter one; with the heaviest nobody waits. */
export enum Weight {
  /** A node complains of another, which may yet give its own account. */
  Complaint = 0,
  /** Death by a signal that a terminal or a shell sends to the whole group: ours may be about to arrive. */
  GroupSignal = 1,
  Certain = 2,
}

const groupSignals: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

export function failureOfReport(report: FailedReport): Failure {
  const complaint = errorTable[report.code].blame === 'peer' || report.code === 'ERR_TM_JOIN'
  const { code, message, node, process, stack, remedy, exitCode } = report
  const weight = complaint ? Weight.Complaint : Weight.Certain
  return { code, message, node, process, stack, remedy, exitCode, weight }
}

/** `when` completes the sentence: "before it joined the run", or nothing. */
export function failureOfEnd(node: number, end: NodeEnd, when: string): Failure {
  const place = { node, remedy: errorTable.ERR_TM_NODE_LOST.remedy, code: 'ERR_TM_NODE_LOST' } as const
  if (end.error !== undefined) {
    const code = outOfDescriptors(end.error) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_JOIN'
    const { remedy } = errorTable[code]
    const message = `could not be started: ${end.error.message}`
    return { ...place, code, remedy, message, exitCode: 1, weight: Weight.Certain }
  }
  const suffix = when === '' ? '' : ` ${when}`
  if (end.signal !== null) {
    const weight = groupSignals.includes(end.signal) ? Weight.GroupSignal : Weight.Certain
    return { ...place, message: `killed by ${end.signal}${suffix}`, exitCode: signalExitCode(end.signal), weight }
  }
  const message = `its process ended unexpectedly${suffix}, with exit code ${end.code ?? 'unknown'}`
  return { ...place, message, exitCode: end.code || 1, weight: Weight.Certain }
}

/** What a shell reports for a process that a signal ended. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** The message, several lines with the last one ended. */
export function describeFailure(failure: Failure, threads: number): string {
  const place = failure.node === undefined ? '' : `${placeName(failure.node, failure.process, threads)}: `
  const [headline = '', ...rest] = failure.message.trimEnd().split('\n')
  const stack = failure.stack === undefined ? [] : failure.stack.trimEnd().split('\n')
  const lines = [...rest, ...stack, `${failure.code}: ${failure.remedy}`]
  return `treadmarks: ${place}${headline}\n${lines.map((line) => `  ${line}\n`).join('')}`
}
