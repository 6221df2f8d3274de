/**
 * The control channel: what launcher and node say to each other over Node's IPC. The launcher decides when a
 * run begins and ends and prints the one message about its failure; a node whose channel closes exits.
 *
 *   launcher              node
 *   start        →                     configuration and secret
 *                ←        listening    its port
 *   connect      →                     everybody's address
 *                ←        joined       connected to all, program starts
 *                ←        ended        the program of one process has ended; the node goes on serving
 *                ←        rest         all its processes wait or have ended, and nothing happens
 *   probe        →                     whether that is still so
 *                ←        still        it is
 *   finish       →                     all have ended
 *                ←        counters     then the node exits with 0
 *
 * At any time: node → `failed` (the run is over because of what it says); launcher → `abort` (the run is
 * over; answer with `counters` and exit at once).
 */
import type { PageRow } from '../core/page-traffic.js'
import type { Tally } from '../core/tally.js'
import type { ErrorCode } from '../errors.js'

export interface StartOrder {
  readonly type: 'start'
  readonly node: number
  readonly nodes: number
  readonly threads: number
  readonly heapBytes: number
  readonly pageBytes: number
  /** Of the pages of allocations that choose none. */
  readonly protocol: string
  /** 64 hex digits, made by the launcher for this run alone. */
  readonly secret: string
  /** Address to listen on, and port; 0 for any free one. */
  readonly host: string
  readonly port: number
  /** Whether the node may bind its threads to a processor. */
  readonly bind: boolean
  /** Time of silence after which a node is lost to the others, ms; 0 for never. */
  readonly heartbeatMs: number
  /** Whether somebody will look at what came for which page. */
  readonly pageTraffic: boolean
  /** Absolute path of a directory: each node records into a file of its own there. */
  readonly record?: string
  /** Absolute path of the program, and its own arguments. */
  readonly program: string
  readonly args: readonly string[]
}
export interface ConnectOrder {
  readonly type: 'connect'
  /** Indexed by node. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
}
/** Whether the node is still at rest, in the same turn. */
export interface ProbeOrder {
  readonly type: 'probe'
  readonly turn: number
  /** Comes back with the answer. */
  readonly wave: number
}
export interface FinishOrder {
  readonly type: 'finish'
}
export interface AbortOrder {
  readonly type: 'abort'
}
export type Order = StartOrder | ConnectOrder | ProbeOrder | FinishOrder | AbortOrder

export interface ListeningReport {
  readonly type: 'listening'
  readonly port: number
}
export interface JoinedReport {
  readonly type: 'joined'
}
export interface EndedReport {
  readonly type: 'ended'
  readonly process: number
  /** Exit code the program chose; 0 when it just ended. */
  readonly exitCode: number
}
/** All processes of the node wait or have ended, and for a while nothing has happened. */
export interface RestReport {
  readonly type: 'rest'
  /** Events the core has taken: while it is the same, nothing has happened. */
  readonly turn: number
  /** Messages sent to other nodes, and received from them. */
  readonly sent: number
  readonly received: number
  readonly waits: readonly WaitReport[]
  /** Locks that processes of the node hold. */
  readonly holds: readonly number[]
}
export interface WaitReport {
  readonly process: number
  /** As in "process 3 waits at barrier 0", without the process. */
  readonly what: string
  /** The lock it wants. */
  readonly lock?: number | undefined
}
/** The answer to a probe: nothing has happened since. */
export interface StillReport {
  readonly type: 'still'
  readonly wave: number
}
export interface FailedReport {
  readonly type: 'failed'
  readonly code: ErrorCode
  /** What happened, without process and node: the launcher names those. */
  readonly message: string
  readonly process?: number
  readonly node: number
  /** Stack of an exception of the program. */
  readonly stack?: string
  readonly remedy: string
  /** Exit code of the run; 1 unless the program chose one. */
  readonly exitCode: number
}
export interface CountersReport {
  readonly type: 'counters'
  readonly total: Tally
  /** By name of phase. */
  readonly phases: Readonly<Record<string, Tally>>
  /** By name of phase, the most bytes first; under '' what came before the first phase. */
  readonly pages: Readonly<Record<string, readonly PageReport[]>>
}
export interface PageReport extends PageRow {
  /** The name under which its cost counts. */
  readonly allocation: string
}
export type Report =
  | ListeningReport
  | JoinedReport
  | EndedReport
  | RestReport
  | StillReport
  | FailedReport
  | CountersReport
