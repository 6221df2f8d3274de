/**
 * A node's main thread: makes the heap, starts the service thread and the program threads, and speaks with
 * the launcher. It never blocks, so it can always end the process: by the native `_exit`, because Node's own
 * ways wait for threads that may be asleep in a fault.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { noTally } from '../core/tally.js'
import { type ErrorCode, errorTable, outOfDescriptors, TreadMarksError } from '../errors.js'
import { CLOSE_MS, MAPPING_RESERVE, TICK_MS } from '../limits.js'
import { protocols } from '../protocols/table.js'
import { lockAtEnd } from './backend.js'
import { type Binding, binding } from './binding.js'
import { CallRow, callBuffers, Num, Word } from './calls.js'
import type { CountersReport, FailedReport, Order, Report, StartOrder } from './control.js'
import { heapMemory, type WasmMemory } from './heap.js'
import { LastWordsHeard } from './last-words.js'
import { lockWordsBuffer } from './lock-table.js'
import { nodeCounters } from './node-counters.js'
import {
  countersBuffer,
  type NodeBuffers,
  type NodeNumbers,
  type ProgramSetup,
  type ServiceOrder,
  type ServiceReport,
  type ServiceSetup,
} from './node-setup.js'
import { calmHelpers } from './processor.js'
import { writeAll } from './stdio.js'
import { describeUncaught, type Problem, stackOf } from './uncaught.js'

/** Node's exit code for a module that never settled. */
const UNSETTLED = 13

/** What must live as long as the process: were the heap collected, its address could become somebody else's. */
const forever: unknown[] = []

class Node {
  private readonly native: Binding
  private readonly numbers: NodeNumbers
  private readonly buffers: NodeBuffers
  private readonly memory: WasmMemory
  private readonly orders: MessagePort
  private readonly programPorts: MessagePort[] = []
  private failed = false
  /** Ends of programs that the service has not told the others yet: until then the counters are not complete. */
  private untold = 0
  private finishing = false
  /** What the service has counted, once it has ended. */
  private statistics: CountersReport | undefined
  /** Whether the service can be asked to close. */
  private serving = true
  /** Ends the process; once the service has closed. */
  private go: () => void = () => {}

  constructor(private readonly order: StartOrder) {
    const { node, nodes, threads, pageBytes, heapBytes, protocol, bind, heartbeatMs, pageTraffic } = order
    this.native = loadAddon()
    this.native.dieWithParent()
    this.numbers = { node, nodes, threads, pageBytes, heapBytes, protocol, bind, heartbeatMs, pageTraffic }
    this.buffers = {
      calls: callBuffers(threads),
      lockWords: lockWordsBuffer(),
      ordersPosted: new SharedArrayBuffer(4),
      counters: countersBuffer(threads),
    }
    calmHelpers(this.native, this.numbers)
    this.memory = heapMemory(heapBytes)
    forever.push(this.memory, this.memory.buffer, this.buffers)
    this.createHeap()
    this.orders = this.startService()
    // It looks then whether it is at rest, and whether the peers are alive.
    setInterval(() => this.native.wakeService(), TICK_MS)
  }

  take(order: Order): void {
    if (order.type === 'connect') this.tellService({ type: 'connect', addresses: order.addresses })
    else if (order.type === 'probe') this.tellService(order)
    else if (order.type === 'finish') this.finish()
    else if (order.type === 'abort') this.leave(1, CLOSE_MS)
  }

  private finish(): void {
    this.finishing = true
    this.told(this.untold)
  }

  private told(untold: number): void {
    this.untold = untold
    if (this.finishing && untold === 0) this.leave(0)
  }

  fail(report: Problem & Pick<FailedReport, 'process' | 'exitCode'>): void {
    if (this.failed) return
    this.failed = true
    send({ type: 'failed', node: this.numbers.node, remedy: errorTable[report.code].remedy, ...report })
  }

  private createHeap(): void {
    const { heapBytes, pageBytes, nodes } = this.numbers
    try {
      this.native.heapCreate(new Uint8Array(this.memory.buffer), pageBytes, nodes > 1, mappingBudget())
      if (protocols[this.numbers.protocol]?.startsClosed === true) this.native.heapClose()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const code = outOfDescriptors(cause) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_HEAP_SIZE'
      throw new TreadMarksError(code, `a heap of ${heapBytes} bytes cannot be made: ${why}`, { cause })
    }
  }

  private startService(): MessagePort {
    const { order, numbers, buffers } = this
    const orders = new MessageChannel()
    const programs = Array.from({ length: numbers.threads }, () => new MessageChannel())
    this.programPorts.push(...programs.map(({ port2 }) => port2))
    const ports = programs.map(({ port1 }) => port1)
    const setup: ServiceSetup = {
      numbers,
      buffers,
      secret: Uint8Array.from(Buffer.from(order.secret, 'hex')),
      host: order.host,
      port: order.port,
      ports,
      recording: order.record === undefined ? undefined : join(order.record, `node-${order.node}.tmrec`),
      orders: orders.port1,
    }
    const service = new Worker(new URL('./service.js', import.meta.url), {
      workerData: setup,
      transferList: [...ports, orders.port1],
      execArgv: [],
    })
    service.on('message', (report: ServiceReport) => this.hear(report))
    service.on('error', (error) => {
      this.serving = false
      this.fail(internal('service', error))
    })
    return orders.port2
  }

  private hear(report: ServiceReport): void {
    if (report.type === 'listening' || report.type === 'rest' || report.type === 'still') send(report)
    else if (report.type === 'ended') this.told(this.untold - 1)
    else if (report.type === 'closed') {
      this.statistics = report.statistics
      this.go()
    } else if (report.type === 'joined') {
      send(report)
      this.startPrograms()
    } else {
      this.serving = false
      this.statistics = report.statistics
      // When all are to leave, those that go before us are no loss.
      if (report.code === 'ERR_TM_NODE_LOST' && this.finishing) return this.told(0)
      // The service tells of ends no more. And it serves nobody: that is a failure even if our own programs have ended.
      this.untold = 0
      this.fail({
        code: report.code as ErrorCode,
        message: report.message,
        exitCode: 1,
        ...(report.process === undefined ? {} : { process: report.process }),
        ...(report.stack === undefined ? {} : { stack: report.stack }),
      })
    }
  }

  private startPrograms(): void {
    for (const [slot, port] of this.programPorts.entries()) {
      const process = this.numbers.node * this.numbers.threads + slot
      const threw = (problem: Problem): void => this.fail({ process, exitCode: 1, ...problem })
      const words = new MessageChannel()
      const heard = new LastWordsHeard(words.port1, threw)
      const setup: ProgramSetup = {
        numbers: this.numbers,
        buffers: this.buffers,
        slot,
        memory: this.memory,
        port,
        lastWords: words.port2,
        program: this.order.program,
      }
      const worker = new Worker(new URL('./program.js', import.meta.url), {
        workerData: setup,
        transferList: [port, words.port2],
        argv: [...this.order.args],
        execArgv: [],
        stdin: false,
      })
      let failed = false
      worker.on('error', (error: unknown) => {
        failed = true
        threw(heard.words() ?? describeUncaught(error))
      })
      worker.on('exit', (exitCode) => {
        const problem = heard.words()
        if (problem !== undefined) threw(problem)
        else if (!failed) this.ended(slot, process, exitCode)
      })
    }
  }

  private ended(slot: number, process: number, exitCode: number): void {
    const row = new CallRow(this.buffers.calls, slot)
    const held = row.number(Num.HOLDING)
    if (held > 0) {
      const message = lockAtEnd(held, row.number(Num.HELD_LOCK))
      this.fail({ code: 'ERR_TM_LOCK_AT_END', message, process, exitCode: exitCode === 0 ? 1 : exitCode })
      return
    }
    if (row.get(Word.SETTLED) === 0 && row.get(Word.EXITS) === 0) {
      this.fail({
        code: 'ERR_TM_UNSETTLED',
        message: 'the program ended before its module had settled',
        process,
        exitCode: exitCode || UNSETTLED,
      })
      return
    }
    this.untold++
    // Posted before the launcher can tell anybody to leave, and heard after it knows the exit code: should another
    // process now wait in vain, that code is the run's.
    this.postOrder({ type: 'ended', process })
    send({ type: 'ended', process, exitCode })
    this.native.wakeService()
  }

  private tellService(order: ServiceOrder): void {
    this.postOrder(order)
    this.native.wakeService()
  }

  private postOrder(order: ServiceOrder): void {
    this.orders.postMessage(order)
    Atomics.add(new Int32Array(this.buffers.ordersPosted), 0, 1)
  }

  /** The run is over: hand in the counters and go, once the service has closed, or after so many ms. */
  private leave(code: number, patience?: number): void {
    this.go = () => {
      send(this.statistics ?? this.countersAlone(), () => this.native.exitNow(code))
    }
    // Told a second time it waits no longer.
    if (!this.serving) return this.go()
    this.serving = false
    this.tellService({ type: 'close' })
    if (patience !== undefined) setTimeout(() => this.go(), patience)
  }

  /** For a service that cannot say what it has counted. */
  private countersAlone(): CountersReport {
    const counters = nodeCounters(this.native, this.buffers.counters, this.numbers.threads)
    return { type: 'counters', total: { ...noTally, counters }, phases: {}, pages: {} }
  }
}

/** The addon must be loaded by the main thread first, or it would go with the last worker. */
function loadAddon(): Binding {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new TreadMarksError('ERR_TM_PLATFORM', `this is ${process.platform} on ${process.arch}`)
  }
  try {
    return binding()
  } catch (cause) {
    throw new TreadMarksError('ERR_TM_ADDON', `the native part cannot be loaded: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** At the kernel's limit of mappings Node itself would abort before any error of ours shows. */
function mappingBudget(): number {
  try {
    const limit = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'))
    return Math.max(1024, limit - MAPPING_RESERVE)
  } catch {
    return 65_530 - MAPPING_RESERVE
  }
}

function internal(thread: string, error: unknown): Problem & { exitCode: 1 } {
  const message = `the ${thread} thread failed: ${error instanceof Error ? error.message : String(error)}`
  if (outOfDescriptors(error)) return { code: 'ERR_TM_DESCRIPTORS', message, exitCode: 1 }
  return { code: 'ERR_TM_INTERNAL', message, exitCode: 1, ...stackOf(error) }
}

function send(report: Report, sent: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) return sent()
  process.send(report, undefined, undefined, () => sent())
}

function main(): void {
  if (process.send === undefined) {
    writeAll(2, Buffer.from('treadmarks: a node is started by `treadmarks run`, not by hand\n'))
    process.exit(2)
  }
  // The launcher decides what a signal means; a terminal sends Ctrl-C to everybody.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  let node: Node | undefined
  process.on('message', (order: Order) => {
    try {
      if (order.type === 'start') node = new Node(order)
      else if (node !== undefined) node.take(order)
      else if (order.type !== 'connect') process.exit(0)
    } catch (error) {
      const { code = 'ERR_TM_INTERNAL', message = String(error) } = error as Partial<TreadMarksError>
      const known = outOfDescriptors(error) ? 'ERR_TM_DESCRIPTORS' : code in errorTable ? code : 'ERR_TM_INTERNAL'
      const place = order.type === 'start' ? order.node : 0
      send({
        type: 'failed',
        node: place,
        code: known,
        message,
        remedy: errorTable[known].remedy,
        exitCode: 1,
        ...stackOf(known === 'ERR_TM_INTERNAL' ? error : undefined),
      })
    }
  })
  // Node's own way out of an error would wait for threads that may be asleep for ever.
  process.on('uncaughtException', (error) => {
    if (node === undefined) throw error
    node.fail(internal('main', error))
  })
  // Without its launcher a node has no purpose; whatever its threads do, it goes.
  process.on('disconnect', () => (node === undefined ? process.exit(1) : binding().exitNow(1)))
}

main()
