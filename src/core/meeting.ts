/**
 * Meetings: barriers with a central manager (Keleher 1994, §3.4), and the collective calls that meet like
 * one. Each node arrives once all its processes have, with the intervals its manager may lack; when all
 * nodes are there the manager sends each what it lacks. 2(n-1) messages. The manager incorporates nothing
 * before the last arrival: until then its own processes may still be computing.
 */
import { TreadMarksError } from '../errors.js'
import { type Allocator, decodeAllocated, decodeAllocation, encodeAllocated } from './allocator.js'
import { type CounterRow, count } from './counters.js'
import { done, type Outbox } from './events.js'
import { type NodeId, nodeId, type ProcId, pageId, procId } from './ids.js'
import type { Rider } from './interval.js'
import { byTime } from './interval-log.js'
import type { PageMemory } from './memory.js'
import type { Arrive, MeetingKind } from './messages.js'
import { asciiText } from './name.js'
import type { PerPage } from './per-page.js'
import { join, type VectorTime, zeroTime } from './vector-time.js'

/** The node that manages all meetings and the allocator. */
export const MEETING_MANAGER = nodeId(0)

const nothing = new Uint8Array(0)

export interface MeetingConfig {
  readonly self: NodeId
  readonly nodes: number
  readonly threads: number
  readonly memory: Pick<PageMemory, 'pageBytes'>
  /** What the run's protocol is called. */
  readonly protocol?: string
}

interface LocalMeeting {
  readonly kind: MeetingKind
  readonly id: number
  payload: Uint8Array
  readonly procs: ProcId[]
}

/** What is met for: an event of a process, or an arrival of a node. */
type Meeting = Pick<Arrive, 'kind' | 'id' | 'payload'>

export function meetingName({ kind, id, payload }: Meeting): string {
  if (kind === 'barrier') return `barrier ${id}`
  return kind === 'phase' ? `phase ${phaseText(payload)}` : kind
}

/** A phase's name as people read it. */
function phaseText(payload: Uint8Array): string {
  const text = asciiText(payload)
  if (text === undefined) throw new TreadMarksError('ERR_TM_PROTOCOL', "a phase's name is malformed")
  return text
}

const phaseBegun = (payload: Uint8Array): string => `begins phase ${phaseText(payload)}`

export class Meetings {
  /** Processes of this node that have arrived, before all of them have. */
  private local: LocalMeeting | undefined
  /** What this node has arrived at and not departed from. */
  private waiting: LocalMeeting | undefined
  /** At the manager: who has arrived, by node. */
  private readonly arrivals = new Map<NodeId, Arrive>()
  private readonly ended = new Set<ProcId>()

  constructor(
    private readonly config: MeetingConfig,
    private readonly coherence: PerPage,
    private readonly allocator: Allocator,
    private readonly outbox: Outbox,
    private readonly counters: CounterRow,
  ) {}

  /** A process of this node arrives. */
  meet(proc: ProcId, kind: MeetingKind, id: number, payload: Uint8Array): void {
    if (kind === 'barrier') count(this.counters, 'barriers')
    this.local ??= { kind, id, payload: nothing, procs: [] }
    const { local } = this
    if (local.kind !== kind || local.id !== id) {
      throw mismatch(describe(local, local.procs), describe({ kind, id, payload }, [proc]))
    }
    local.procs.push(proc)
    // Only process 0's value is distributed; for an allocation the processes of a node must agree as nodes do.
    if (local.procs.length === 1 || proc === 0) local.payload = payload
    else this.agree(kind, local.payload, local.procs[0] as ProcId, payload, proc)
    if (local.procs.length < this.config.threads) return
    this.local = undefined
    this.waiting = local
    this.outbox.send(MEETING_MANAGER, {
      type: 'arrive',
      kind,
      id,
      rider: this.coherence.arrive(),
      payload: local.payload,
    })
  }

  /** At the manager: a node arrives. */
  arrived(from: NodeId, arrival: Arrive): void {
    if (this.config.self !== MEETING_MANAGER || this.arrivals.has(from)) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} arrived at a meeting out of turn`)
    }
    const [first] = this.arrivals
    if (first !== undefined) {
      const [node, { kind, id, payload }] = first
      if (kind !== arrival.kind || id !== arrival.id) {
        throw mismatch(
          describe(
            first[1],
            [...this.arrivals.keys()].flatMap((n) => this.procsOf(n)),
          ),
          describe(arrival, this.procsOf(from)),
        )
      }
      this.agree(kind, payload, this.firstProc(node), arrival.payload, this.firstProc(from))
    }
    this.arrivals.set(from, arrival)
    if (this.arrivals.size === this.config.nodes) this.depart(arrival.kind)
    else this.checkMissing()
  }

  /** At the manager: a process has ended; a meeting that others wait for may have become impossible. */
  hasEnded(proc: ProcId): void {
    this.ended.add(proc)
    this.checkMissing()
  }

  /** The meeting is over; go on. */
  departed(rider: Rider, payload: Uint8Array): void {
    const { waiting } = this
    if (waiting === undefined) throw new TreadMarksError('ERR_TM_PROTOCOL', 'a departure from no meeting')
    if (!this.couldDecide(waiting, payload)) {
      const what = describe(waiting, waiting.procs)
      throw new TreadMarksError('ERR_TM_PROTOCOL', `${what}: the departure decides what nobody asked for`)
    }
    if (this.config.self !== MEETING_MANAGER) this.coherence.acquire(MEETING_MANAGER, rider)
    this.waiting = undefined
    this.choose(waiting, payload)
    this.coherence.departed()
    for (const proc of waiting.procs) this.outbox.answer(proc, { ...done, payload })
  }

  private depart(kind: MeetingKind): void {
    const arrivals = new Map(this.arrivals)
    this.arrivals.clear()
    this.incorporate([...arrivals.values()].map((arrival) => arrival.rider))
    const payload = this.decide(kind, arrivals)
    for (const [node, { rider }] of arrivals) {
      if (node !== this.config.self) {
        this.outbox.send(node, { type: 'depart', rider: this.coherence.release(rider.time), payload })
      }
    }
    this.departed({ time: zeroTime(this.config.nodes), intervals: [] }, payload)
  }

  /** All arrivals as one acquire: their intervals depend on each other, so the union is put in order first. */
  private incorporate(riders: readonly Rider[]): void {
    const time: VectorTime = zeroTime(this.config.nodes)
    for (const rider of riders) join(time, rider.time)
    const intervals = byTime(riders.flatMap((rider) => rider.intervals))
    this.coherence.acquire(MEETING_MANAGER, { time, intervals })
  }

  private decide(kind: MeetingKind, arrivals: ReadonlyMap<NodeId, Arrive>): Uint8Array {
    const payload = (arrivals.get(nodeId(0)) as Arrive).payload
    if (kind === 'distribute') return payload
    if (kind === 'alloc' && payload.length > 0) {
      const { bytes, align, protocol } = decodeAllocation(payload)
      return encodeAllocated(this.allocator.malloc(bytes, align, protocol))
    }
    return nothing
  }

  /** An allocation may have chosen a protocol for its pages; now all nodes come to know which pages these are. */
  private choose({ kind, payload: asked }: LocalMeeting, payload: Uint8Array): void {
    if (kind !== 'alloc' || asked.length === 0) return
    const { bytes, protocol } = decodeAllocation(asked)
    const { address } = decodeAllocated(payload)
    if (protocol === undefined || address === 0) return
    const { pageBytes } = this.config.memory
    this.coherence.choose(protocol, pageId(address / pageBytes), Math.ceil((address + bytes) / pageBytes))
  }

  /** Whether a manager could have decided this: what it gives to an allocation must be a block that was asked for. */
  private couldDecide({ kind, payload: asked }: LocalMeeting, payload: Uint8Array): boolean {
    if (kind === 'distribute') return true
    if (kind !== 'alloc' || asked.length === 0) return payload.length === 0
    const { bytes, align, protocol } = decodeAllocation(asked)
    return this.allocator.couldGive(decodeAllocated(payload).address, bytes, align, protocol)
  }

  private checkMissing(): void {
    if (this.arrivals.size === 0 || this.ended.size === 0) return
    const [[, arrival]] = this.arrivals as unknown as [[NodeId, Arrive]]
    const there = [...this.arrivals.keys()].flatMap((node) => this.procsOf(node))
    throw new TreadMarksError(
      'ERR_TM_MISSING',
      `${describe(arrival, there)}, but ${list([...this.ended])} ${this.ended.size === 1 ? 'has' : 'have'} ended and will not come`,
    )
  }

  /** For an allocation and a phase all must give the same; a barrier's id has been compared, and values may differ. */
  private agree(kind: MeetingKind, first: Uint8Array, firstProc: ProcId, second: Uint8Array, secondProc: ProcId): void {
    if (kind !== 'alloc' && kind !== 'phase') return
    if (first.length === second.length && first.every((byte, i) => byte === second[i])) return
    const what = kind === 'phase' ? [first, second].map(phaseBegun) : this.allocated([first, second])
    throw new TreadMarksError('ERR_TM_MEETING', `process ${firstProc} ${what[0]}, but process ${secondProc} ${what[1]}`)
  }

  /** What each of them allocates; with the protocols, where these are not the same. */
  private allocated(payloads: readonly Uint8Array[]): string[] {
    const asked = payloads.map((payload) => (payload.length === 0 ? undefined : decodeAllocation(payload)))
    const own = this.config.protocol ?? "the run's protocol"
    const differ = new Set(asked.flatMap((one) => (one === undefined ? [] : [one.protocol ?? own]))).size > 1
    return asked.map((one) => {
      if (one === undefined) return 'allocates nothing'
      return `allocates ${one.label}${differ ? ` under ${one.protocol ?? own}` : ''}`
    })
  }

  private firstProc = (node: NodeId): ProcId => procId(node * this.config.threads)

  private procsOf(node: NodeId): ProcId[] {
    return Array.from({ length: this.config.threads }, (_, i) => procId(node * this.config.threads + i))
  }
}

const list = (procs: readonly ProcId[]): string =>
  `${procs.length === 1 ? 'process' : 'processes'} ${[...procs].sort((a, b) => a - b).join(', ')}`

function describe(meeting: Meeting, procs: readonly ProcId[]): string {
  return `${list(procs)} ${procs.length === 1 ? 'waits' : 'wait'} at ${meetingName(meeting)}`
}

const mismatch = (there: string, here: string): TreadMarksError =>
  new TreadMarksError('ERR_TM_MEETING', `${there}, but ${here}: they can never meet`)
