/**
 * What the main thread of a node hands to its service thread and its program threads: the run's numbers, and
 * the shared buffers that it made and holds for as long as the process lives.
 */
import type { MessagePort } from 'node:worker_threads'
import { counterNames } from '../core/counters.js'
import type { CallBuffers } from './calls.js'
import type { CountersReport, ProbeOrder, RestReport, StillReport } from './control.js'
import type { WasmMemory } from './heap.js'

export interface NodeNumbers {
  readonly node: number
  readonly nodes: number
  readonly threads: number
  readonly pageBytes: number
  readonly heapBytes: number
  /** Of the pages of allocations that choose none. */
  readonly protocol: string
  /** Whether the threads may be bound to a processor. */
  readonly bind: boolean
  /** Time of silence after which a peer is lost, ms; 0 for never. */
  readonly heartbeatMs: number
  /** Whether somebody will look at what came for which page. */
  readonly pageTraffic: boolean
}

export interface NodeBuffers {
  readonly calls: CallBuffers
  readonly lockWords: SharedArrayBuffer
  /** One word: how many orders main has given to the service thread. */
  readonly ordersPosted: SharedArrayBuffer
  /** Rows of counters: the service's first, then one for each program thread. */
  readonly counters: SharedArrayBuffer
}

export interface ServiceSetup {
  readonly numbers: NodeNumbers
  readonly buffers: NodeBuffers
  readonly secret: Uint8Array
  readonly host: string
  readonly port: number
  /** One for each program thread. */
  readonly ports: readonly MessagePort[]
  /** File to record into, or undefined. */
  readonly recording: string | undefined
  /** Orders from main; `binding.wakeService()` makes them heard. */
  readonly orders: MessagePort
}

export interface ProgramSetup {
  readonly numbers: NodeNumbers
  readonly buffers: NodeBuffers
  /** Which of this node's program threads this is. */
  readonly slot: number
  readonly memory: WasmMemory
  readonly port: MessagePort
  /** For what the program's last error is. */
  readonly lastWords: MessagePort
  /** Absolute path. */
  readonly program: string
}

/** What main tells the service thread. */
export type ServiceOrder =
  | { readonly type: 'connect'; readonly addresses: readonly { readonly host: string; readonly port: number }[] }
  | EndedOrder
  | ProbeOrder
  /** The run is over: close the recording, hand in the statistics and end. */
  | { readonly type: 'close' }

/** The program of a process has ended; the service says it again when it has told the others. */
export interface EndedOrder {
  readonly type: 'ended'
  readonly process: number
}

/** What the service thread tells main. */
export type ServiceReport =
  | EndedOrder
  | RestReport
  | StillReport
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'joined' }
  | { readonly type: 'closed'; readonly statistics: CountersReport }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly message: string
      readonly stack: string | undefined
      readonly process: number | undefined
      /** Undefined when there is no saying. */
      readonly statistics: CountersReport | undefined
    }

export const countersBuffer = (threads: number): SharedArrayBuffer =>
  new SharedArrayBuffer((1 + threads) * counterNames.length * 8)

/** Row 0 is the service's, row 1 + slot a program thread's. */
export const counterRowOf = (counters: SharedArrayBuffer, row: number): Float64Array =>
  new Float64Array(counters, row * counterNames.length * 8, counterNames.length)
