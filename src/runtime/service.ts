/**
 * The service thread: one synchronous loop that owns the sockets and the core. poll → what happened becomes
 * an event → `step` → its actions are done → again. It blocks only in poll; requests of peers are therefore
 * served while this node's program computes. Main is told what it must know by messages, which arrive there
 * although this thread never returns to its event loop.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type CounterRow, count } from '../core/counters.js'
import { type Answer, done, type Event } from '../core/events.js'
import { condId, lockId, type NodeId, nodeId, pageId, procId } from '../core/ids.js'
import { ArrayLockWords } from '../core/lock-words.js'
import { DsmNode, type NodeConfig } from '../core/node.js'
import { PageCounters } from '../core/page-counters.js'
import { PageTraffic } from '../core/page-traffic.js'
import { assert, outOfDescriptors, TreadMarksError } from '../errors.js'
import { FLUSH_BYTES } from '../limits.js'
import { protocols } from '../protocols/table.js'
import { AllocationCounters } from './allocation-counters.js'
import { binding } from './binding.js'
import { CallRow, Num, Op, Word } from './calls.js'
import { Connection } from './connection.js'
import type { CountersReport } from './control.js'
import { Heartbeat } from './heartbeat.js'
import { Holds } from './holds.js'
import { LockTable } from './lock-table.js'
import type { PostedAnswer } from './member.js'
import { Mesh, POLLIN, POLLOUT } from './mesh.js'
import { NativeMemory } from './native-memory.js'
import { nodeCounters } from './node-counters.js'
import { counterRowOf, type ServiceOrder, type ServiceReport, type ServiceSetup } from './node-setup.js'
import { NodeStatistics } from './node-statistics.js'
import { bindService } from './processor.js'
import { RecordingFile } from './recording-file.js'
import { Rest } from './rest.js'
import { checkTrap } from './trap-trouble.js'

const RECEIVE_BYTES = 256 * 1024
/** Shorter than a computing thread's slice, so that we wake before it; longer than a turn of ours, so that it does not interrupt us. µs. */
const SLICE_US = 300

class Service {
  private readonly native = binding()
  private readonly counters: CounterRow
  private readonly locks: LockTable
  private readonly memory: NativeMemory
  private readonly core: Pick<DsmNode, 'step' | 'waits'>
  private readonly rest: Rest
  private readonly holds: Holds
  private readonly heartbeat: Heartbeat
  /** When the last wait ended, ms. */
  private now = performance.now()
  readonly statistics: NodeStatistics
  private readonly recording: RecordingFile | undefined
  private readonly mesh: Mesh
  private readonly peers: (Connection | undefined)[]
  private readonly byFd = new Map<number, Connection>()
  private readonly rows: CallRow[]
  private readonly buffer = new Uint8Array(RECEIVE_BYTES)
  /** Triples [descriptor, wanted, ready] for poll. */
  private fds = new Int32Array(3 * 16)
  private readonly trapped: boolean
  private closed = false
  private over = false
  private readonly ordersPosted: Int32Array
  private ordersTaken = 0

  constructor(private readonly setup: ServiceSetup) {
    const { numbers, buffers } = setup
    const { node, nodes, threads, pageBytes, heapBytes, protocol, heartbeatMs } = numbers
    const coherence = protocols[protocol]
    assert(coherence !== undefined, `there is no protocol ${protocol}`)
    const self = nodeId(node)
    this.trapped = nodes > 1
    this.ordersPosted = new Int32Array(buffers.ordersPosted)
    this.counters = counterRowOf(buffers.counters, 0)
    this.rows = Array.from({ length: threads }, (_, slot) => new CallRow(buffers.calls, slot))
    const words = new Int32Array(buffers.lockWords)
    this.locks = new LockTable(words, self, nodes)
    const pageCount = heapBytes / pageBytes
    this.holds = new Holds(this.native.pageHeld, () => performance.now())
    const pageCounters = new PageCounters(pageCount)
    this.memory = new NativeMemory(this.native, this.holds, pageBytes, pageCount)
    const pageTraffic = numbers.pageTraffic ? new PageTraffic(pageBytes) : undefined
    const config: NodeConfig = {
      self,
      nodes,
      threads,
      memory: this.memory,
      words: new ArrayLockWords(words, this.locks.indexOf),
      coherence,
      protocols,
      protocol,
      counters: this.counters,
      pageCounters,
      pageTraffic,
    }
    this.recording =
      setup.recording === undefined
        ? undefined
        : new RecordingFile(setup.recording, { self, nodes, threads, pageBytes, heapBytes, protocol })
    this.core = this.recording?.around(config) ?? new DsmNode(config)
    this.heartbeat = new Heartbeat(heartbeatMs, nodes)
    this.rest = new Rest(
      threads,
      () => this.core.waits(),
      () => this.locks.held(),
      () => this.now,
    )
    this.statistics = new NodeStatistics(
      () => nodeCounters(this.native, buffers.counters, threads),
      new AllocationCounters(pageCount, pageBytes, pageCounters, this.native.pageCounters),
      pageTraffic,
    )
    this.peers = new Array<undefined>(nodes).fill(undefined)
    const onPeer = (fd: number, peer: NodeId, rest: Uint8Array): void => this.joined(fd, peer, rest)
    const mine = { node: self, nodes, threads, pageBytes, heapBytes }
    this.mesh = new Mesh(this.native, mine, setup.secret, setup.host, setup.port, onPeer)
  }

  run(): void {
    // A wish: without it a peer's request may wait for the slice of a thread that computes.
    this.native.askUrgency(SLICE_US)
    bindService(this.native, this.setup.numbers)
    this.report({ type: 'listening', port: this.mesh.port })
    try {
      while (!this.over) {
        this.takeCalls()
        this.takeMisses()
        this.takeHolds()
        this.poll()
      }
    } catch (error) {
      this.recording?.abandon()
      throw error
    }
  }

  private poll(): void {
    const count = this.watch()
    // Without a time limit of its own: arming a timer for each wait costs as much as the wait. Main wakes us now and then.
    const ready = this.native.poll(this.fds, count, this.holds.any ? 0 : this.closed ? -1 : this.mesh.timeout())
    const now = performance.now()
    this.heartbeat.passes(now - this.now)
    this.now = now
    // Before the peers: one that leaves was told to after our last order was posted.
    this.takeOrders()
    if (this.over) return
    if (ready > 0) {
      // Copied first: what one descriptor brings may change what is watched.
      const events = this.fds.slice(0, 3 * count)
      for (let i = 0; i < events.length; i += 3) {
        if (events[i + 2] !== 0) this.ready(events[i] as number, events[i + 2] as number)
      }
    }
    if (!this.closed) this.mesh.expire()
    this.beat()
    const rest = this.rest.report()
    if (rest !== undefined) this.report(rest)
    if (this.trapped) checkTrap(this.native)
  }

  /** The peers that have said something have been heard by now. */
  private beat(): void {
    const look = this.heartbeat.look()
    if (look === undefined) return
    // A program whose own handler does nothing faults for ever and never comes to a barrier.
    if (this.trapped) this.checkHandler()
    for (const peer of look.quiet) {
      this.peers[peer]?.beat()
      this.heartbeat.says(peer)
    }
    if (look.lost === undefined) return
    const seconds = this.setup.numbers.heartbeatMs / 1000
    throw new TreadMarksError('ERR_TM_NODE_LOST', `node ${look.lost} has not been heard of for ${seconds} s`)
  }

  private watch(): number {
    let at = 0
    const add = (fd: number, events: number): void => {
      if (at + 3 > this.fds.length) {
        const larger = new Int32Array(this.fds.length * 2)
        larger.set(this.fds)
        this.fds = larger
      }
      this.fds[at++] = fd
      this.fds[at++] = events
      this.fds[at++] = 0
    }
    for (const peer of this.byFd.values()) add(peer.fd, peer.blocked ? POLLIN | POLLOUT : POLLIN)
    if (!this.closed) for (const [fd, events] of this.mesh.watched()) add(fd, events)
    return at / 3
  }

  private ready(fd: number, events: number): void {
    const peer = this.byFd.get(fd)
    if (peer === undefined) return this.mesh.ready(fd)
    if ((events & POLLOUT) !== 0) peer.flush()
    if ((events & ~POLLOUT) === 0) return
    this.heartbeat.hears(peer.peer)
    peer.receive(this.buffer, (message) => this.step({ type: 'message', from: peer.peer, message }))
    this.flush()
  }

  private joined(fd: number, peer: NodeId, rest: Uint8Array): void {
    const { nodes, threads, pageBytes, heapBytes } = this.setup.numbers
    const bounds = { nodes, procs: nodes * threads, pages: heapBytes / pageBytes, pageBytes, heapBytes }
    const connection = new Connection(this.native, fd, peer, bounds)
    this.peers[peer] = connection
    this.byFd.set(fd, connection)
    this.heartbeat.joins(peer)
    this.complete()
    connection.feed(rest, (message) => this.step({ type: 'message', from: peer, message }))
    this.flush()
  }

  private complete(): void {
    if (this.closed || !this.mesh.complete) return
    this.mesh.close()
    this.closed = true
    this.report({ type: 'joined' })
  }

  /** Main counts its orders: looking into the port costs more than everything else in an idle turn. */
  private takeOrders(): void {
    const posted = Atomics.load(this.ordersPosted, 0)
    if (posted === this.ordersTaken) return
    this.ordersTaken = posted
    for (let got = receiveMessageOnPort(this.setup.orders); got; got = receiveMessageOnPort(this.setup.orders)) {
      const order = got.message as ServiceOrder
      if (order.type === 'connect') {
        this.mesh.dial(order.addresses)
        this.complete()
      } else if (order.type === 'probe') {
        const still = this.rest.answer(order)
        if (still !== undefined) this.report(still)
      } else if (order.type === 'close') {
        this.recording?.close()
        this.over = true
        this.report({ type: 'closed', statistics: this.statistics.report() })
      } else {
        this.step({ type: 'ended', proc: procId(order.process) })
        this.flush()
        this.report(order)
      }
    }
  }

  private takeCalls(): void {
    for (const [slot, row] of this.rows.entries()) {
      if (row.get(Word.CALL) === 1 && row.get(Word.OP) !== 0) this.takeCall(slot, row)
      else this.takeRelease(slot, row)
    }
  }

  /** A release that its thread did not wait for; it was made before whatever the thread calls next. */
  private takeRelease(slot: number, row: CallRow): void {
    if (row.get(Word.RELEASE) === 0) return
    const lock = lockId(row.number(Num.RELEASED_LOCK))
    row.set(Word.RELEASE, 0)
    this.step({ type: 'lockRelease', proc: this.proc(slot), lock })
    this.flush()
  }

  private takeCall(slot: number, row: CallRow): void {
    this.takeRelease(slot, row)
    const proc = this.proc(slot)
    const op = row.get(Word.OP)
    // The call stays open until its answer; without the operation it is not taken twice.
    row.set(Word.OP, 0)
    const a = row.number(Num.A)
    switch (op) {
      case Op.LOCK_ACQUIRE:
        row.setNumber(Num.LOCK_INDEX, this.locks.indexOf(lockId(a)))
        this.step({ type: 'lockAcquire', proc, lock: lockId(a) })
        break
      case Op.LOCK_TRY:
        row.setNumber(Num.LOCK_INDEX, this.locks.indexOf(lockId(a)))
        this.step({ type: 'lockTry', proc, lock: lockId(a) })
        break
      case Op.LOCK_RELEASE:
        this.step({ type: 'lockRelease', proc, lock: lockId(a) })
        this.answer(slot, done)
        break
      case Op.COND_WAIT:
        this.step({ type: 'condWait', proc, lock: lockId(a), cond: condId(row.number(Num.B)) })
        break
      case Op.COND_SIGNAL:
      case Op.COND_BROADCAST: {
        const all = op === Op.COND_BROADCAST
        this.step({ type: 'condSignal', proc, lock: lockId(a), cond: condId(row.number(Num.B)), all })
        break
      }
      case Op.BARRIER:
        if (this.trapped) this.checkHandler()
        this.step({ type: 'meet', proc, kind: 'barrier', id: a, payload: nothing })
        break
      case Op.ALLOC:
        this.step({ type: 'meet', proc, kind: 'alloc', id: 0, payload: this.payload(slot) })
        break
      case Op.DISTRIBUTE:
        this.step({ type: 'meet', proc, kind: 'distribute', id: 0, payload: this.payload(slot) })
        break
      case Op.PHASE:
        this.step({ type: 'meet', proc, kind: 'phase', id: 0, payload: this.payload(slot) })
        break
      case Op.SEND:
        this.step({ type: 'send', proc, to: procId(a), bytes: this.payload(slot) })
        break
      case Op.RECV:
        this.step({ type: 'recv', proc, from: procId(a) })
        break
      case Op.PROBE:
        this.step({ type: 'probe', proc, wait: a === 1 })
        break
      case Op.FLUSH:
        this.step({ type: 'flush', proc })
        break
      case Op.MALLOC:
        this.step({ type: 'malloc', proc, bytes: a, align: row.number(Num.B) })
        break
      case Op.FREE:
        this.step({ type: 'free', proc, address: a })
        break
      default:
        assert(false, `a call of operation ${op}`)
    }
    this.flush()
  }

  private takeMisses(): void {
    for (let page = this.native.takeMiss(); page >= 0; page = this.native.takeMiss()) {
      this.step({ type: 'miss', page: pageId(page) })
      this.flush()
    }
  }

  /** The poll after this one does not sleep: peers are heard between two looks. */
  private takeHolds(): void {
    for (const page of this.holds.over()) {
      this.step({ type: 'holdOver', page })
      this.flush()
    }
  }

  private step(event: Event): void {
    this.rest.turns(event.type === 'message' || event.type === 'ended' ? event.type : 'other')
    this.statistics.hears(event)
    this.memory.forgetDiffs()
    for (const action of this.core.step(event)) {
      if (action.type === 'answer') {
        this.statistics.answers(action.proc, action.answer)
        // Sent first: the thread that is woken may take this processor, and others wait for what is queued.
        this.flush()
        this.answer(action.proc - this.proc(0), action.answer)
        continue
      }
      const peer = this.peers[action.to]
      assert(peer !== undefined, `there is no connection to node ${action.to}`)
      const bytes = peer.write(action.message)
      this.rest.sends()
      this.heartbeat.says(action.to)
      count(this.counters, 'messages')
      count(this.counters, 'bytes', bytes)
      this.statistics.sent(action.message.type, bytes)
      if (bytes > FLUSH_BYTES) this.flush()
    }
  }

  /** Recorded first: what has left this node is in its recording. */
  private flush(): void {
    this.recording?.flush()
    for (const peer of this.byFd.values()) if (peer.blocked) peer.flush()
  }

  private answer(slot: number, { value, used, payload, error }: Answer): void {
    const row = this.rows[slot] as CallRow
    const posted: PostedAnswer | undefined = error ?? (payload.length > 0 ? { payload } : undefined)
    if (posted !== undefined) (this.setup.ports[slot] as MessagePort).postMessage(posted)
    row.set(Word.POSTED, posted === undefined ? 0 : 1)
    row.set(Word.USED, used ? 1 : 0)
    row.setNumber(Num.RESULT, value)
    this.native.answer(row.words, row.callIndex)
  }

  private payload(slot: number): Uint8Array {
    const got = receiveMessageOnPort(this.setup.ports[slot] as MessagePort)
    assert(got !== undefined, 'a call without its bytes')
    return got.message as Uint8Array
  }

  private checkHandler(): void {
    if (this.native.handlerInstalled()) return
    throw new TreadMarksError('ERR_TM_HANDLER_LOST', "the handler for SIGSEGV is no longer the shared memory's own")
  }

  private proc(slot: number) {
    return procId(this.setup.numbers.node * this.setup.numbers.threads + slot)
  }

  private report(report: ServiceReport): void {
    parentPort?.postMessage(report)
  }
}

const nothing = new Uint8Array(0)

/** An operation that the trap refuses says only that; the trap knows why. */
function troubleOr(error: unknown): unknown {
  try {
    checkTrap(binding())
  } catch (trouble) {
    return trouble
  }
  return error
}

/** Counted until the failure, if that can still be said. */
function statisticsOf(service: Service | undefined): CountersReport | undefined {
  try {
    return service?.statistics.report()
  } catch {
    return undefined
  }
}

/** The thread stops with its first error, or when its recording is closed; main hears of it and the run is over. */
function main(): void {
  let service: Service | undefined
  try {
    service = new Service(workerData as ServiceSetup)
    service.run()
  } catch (caught) {
    const error = troubleOr(caught)
    const known = error instanceof TreadMarksError
    const report: ServiceReport = {
      type: 'failed',
      code: known ? error.code : outOfDescriptors(error) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_INTERNAL',
      message: error instanceof Error ? error.message : String(error),
      stack: known && error.code !== 'ERR_TM_INTERNAL' ? undefined : (error as Error).stack,
      process: known ? error.process : undefined,
      statistics: statisticsOf(service),
    }
    parentPort?.postMessage(report)
  }
  // It stays, asleep: its ports would go with it, and main may yet have to start the programs at their other ends.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

main()
