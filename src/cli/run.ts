/**
 * One run, as a state machine over what nodes report, how their processes end, signals and time limits. It leads the nodes
 * through the control protocol and decides how the run ends: well when every program has ended, badly by the first failure
 * that is believed or by a signal. Then all nodes are told to abort, and those that do not are killed.
 */
import { availableParallelism } from 'node:os'
import { errorTable } from '../errors.js'
import { ABORT_MS, JOIN_MS, LOST_PEER_MS } from '../limits.js'
import type { CountersReport, Order, Report } from '../runtime/control.js'
import { describeFailure, type Failure, failureOfEnd, failureOfReport, signalExitCode, Weight } from './failure.js'
import { nodeFlags } from './node-flags.js'
import { type NodeEnd, type NodeEvents, NodeProcess } from './node-process.js'
import type { RunOptions } from './options.js'
import { Patience } from './patience.js'
import { processesOf } from './places.js'
import { makeSecret } from './secret.js'
import { Standstill } from './standstill.js'
import { gatherStatistics, type Statistics } from './statistics.js'

export interface RunIo {
  /** Where labelled output of the program goes; otherwise the nodes inherit descriptor 1. */
  readonly stdout: NodeJS.WritableStream
  /** Where our own words go, and labelled errors of the program. */
  readonly stderr: NodeJS.WritableStream
  /** Script that a node runs. */
  readonly nodeMain: string
  readonly env: NodeJS.ProcessEnv
  /** Time all nodes have to join, ms, and time they have to leave when all programs have ended. */
  readonly joinMs?: number
}

/** Nodes run on this machine, over loopback. */
const HOST = '127.0.0.1'
/** A second signal this soon after the first, ms, is its echo: npx passes on what the terminal has sent to all. */
const ECHO_MS = 100

type Stage =
  /** Until all nodes have joined. */
  | 'joining'
  | 'running'
  /** All programs have ended; the nodes report their counters and leave. */
  | 'finishing'
  /** Something went wrong; the nodes are to leave at once. */
  | 'aborting'

export class Run implements NodeEvents {
  /** Resolves when no process of the run is left. */
  readonly over: Promise<void>
  readonly #options: RunOptions
  readonly #io: RunIo
  readonly #nodes: NodeProcess[] = []
  #stage: Stage = 'joining'
  readonly #ports = new Map<number, number>()
  readonly #joined = new Set<number>()
  /** Processes of the program that have ended. */
  readonly #ended = new Set<number>()
  /** Nodes that have reported a failure. */
  readonly #failed = new Set<number>()
  readonly #counters = new Map<number, CountersReport>()
  readonly #standstill: Standstill
  #tellOver: () => void = () => {}

  /** Exit code of the first program that ended with one of its own, in time. */
  #firstBadExit = 0
  #failure: Failure | undefined
  #interruption: NodeJS.Signals | undefined
  #interruptedAt = 0
  /** The best explanation so far of a failure that may have a better one. */
  #suspicion: { failure: Failure; readonly timer: NodeJS.Timeout } | undefined
  #patience: Patience | undefined
  #abortTimer: NodeJS.Timeout | undefined
  #joinedAt = 0
  #stoppedAt = 0

  constructor(options: RunOptions, io: RunIo) {
    this.#options = options
    this.#io = io
    this.#standstill = new Standstill(options.nodes, options.threads, {
      probe: (node, turn, wave) => this.#nodes[node]?.send({ type: 'probe', turn, wave }),
      found: (deadlock) => this.#deadlocked(deadlock),
    })
    this.over = new Promise((resolve) => {
      this.#tellOver = resolve
    })
  }

  start(): void {
    const { nodes, threads, heapBytes, pageBytes, protocol, program, args, label, bind, heartbeatMs, port, record } =
      this.#options
    const pageTraffic = this.#options.stats || this.#options.statsFile !== undefined
    const { nodeMain, env, stdout, stderr, joinMs } = this.#io
    const secret = makeSecret()
    this.#patience = new Patience(joinMs ?? JOIN_MS, () => this.#joinedTooSlowly())
    // All stand in the list before the first event, which comes on a later turn.
    for (let node = 0; node < nodes; node++) {
      const labelled = label ? { prefix: `[${processesOf(node, threads)}] `, stdout, stderr } : undefined
      const child = new NodeProcess(
        node,
        { nodeMain, nodeFlags: nodeFlags(availableParallelism(), nodes * threads), env, labelled },
        this,
      )
      this.#nodes.push(child)
      const common = {
        nodes,
        threads,
        heapBytes,
        pageBytes,
        protocol,
        secret,
        host: HOST,
        bind,
        heartbeatMs,
        pageTraffic,
        program,
        args,
      }
      const recording = record === undefined ? {} : { record }
      child.send({ type: 'start', node, port: port === 0 ? 0 : port + node, ...recording, ...common })
    }
  }

  /** A report of a node, checked for its form. */
  report(node: number, report: Report): void {
    switch (report.type) {
      case 'listening':
        this.#listening(node, report.port)
        break
      case 'joined':
        this.#joined.add(node)
        this.#proceed()
        break
      case 'ended':
        if (this.#stage === 'aborting') break
        this.#firstBadExit ||= report.exitCode
        this.#ended.add(report.process)
        this.#standstill.ended(report.process)
        this.#proceed()
        break
      case 'rest':
        this.#standstill.rests(node, report)
        break
      case 'still':
        this.#standstill.still(node, report.wave)
        break
      case 'failed':
        // Told to leave, nodes go one after the other: those still there see the connections of the others end.
        if (this.#stage === 'finishing' && report.code === 'ERR_TM_NODE_LOST') break
        this.#failed.add(node)
        this.#fail(failureOfReport(report))
        break
      case 'counters':
        this.#counters.set(node, report)
        break
    }
  }

  /** The process of a node is gone; no report of it will follow. */
  gone(node: number, end: NodeEnd): void {
    const asItShould = this.#stage === 'finishing' && end.code === 0 && this.#counters.has(node)
    // A node that has reported its failure may leave as it likes.
    if (!asItShould && !this.#failed.has(node)) this.#fail(failureOfEnd(node, end, this.#when(node)))
    if (this.#nodes.some((other) => !other.gone)) return
    // No better explanation can come any more. A run that nobody ended has been left by nodes that reported a failure.
    if (this.#suspicion !== undefined) this.#believe(this.#suspicion.failure)
    this.#patience?.stop()
    clearTimeout(this.#abortTimer)
    this.#tellOver()
  }

  /** SIGINT, SIGTERM or SIGHUP has reached the launcher, or something that counts as one. The second time nobody is asked any more. */
  interrupt(signal: NodeJS.Signals, why: string = signal): void {
    if (this.#stage !== 'aborting') {
      this.#interruption = signal
      this.#interruptedAt = performance.now()
      this.#abort()
      this.#io.stderr.write(`treadmarks: interrupted (${why})\n`)
    } else if (performance.now() - this.#interruptedAt > ECHO_MS) this.killAll()
  }

  killAll(): void {
    for (const node of this.#nodes) if (!node.gone) node.kill()
  }

  /** Resolves when all that the nodes have printed has been passed on. */
  async drained(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.drained()))
  }

  get interrupted(): boolean {
    return this.#interruption !== undefined
  }

  get exitCode(): number {
    if (this.#interruption !== undefined) return signalExitCode(this.#interruption)
    return this.#firstBadExit || (this.#failure?.exitCode ?? 0)
  }

  get statistics(): Statistics {
    const wallMs = this.#joinedAt === 0 ? 0 : this.#stoppedAt - this.#joinedAt
    return gatherStatistics(this.#options.nodes, this.#options.threads, wallMs, this.#counters)
  }

  #listening(node: number, port: number): void {
    if (this.#ports.has(node) || this.#stage !== 'joining') return
    this.#ports.set(node, port)
    if (this.#ports.size < this.#nodes.length) return
    const addresses = this.#nodes.map((_, index) => ({ host: HOST, port: this.#ports.get(index) ?? 0 }))
    this.#sendAll({ type: 'connect', addresses })
  }

  #proceed(): void {
    if (this.#stage === 'joining' && this.#joined.size === this.#nodes.length) {
      this.#stage = 'running'
      this.#patience?.stop()
      this.#joinedAt = performance.now()
    }
    if (this.#stage === 'running' && this.#ended.size === this.#options.nodes * this.#options.threads) {
      this.#stage = 'finishing'
      this.#stoppedAt = performance.now()
      this.#patience = new Patience(this.#io.joinMs ?? JOIN_MS, () => this.#leftTooSlowly())
      this.#sendAll({ type: 'finish' })
    }
  }

  #fail(failure: Failure): void {
    if (this.#stage === 'aborting') return
    if (failure.weight === Weight.Certain) this.#believe(failure)
    else if (this.#suspicion === undefined) {
      const timer = setTimeout(() => this.#believe(this.#suspicion?.failure ?? failure), LOST_PEER_MS)
      this.#suspicion = { failure, timer }
    } else if (failure.weight > this.#suspicion.failure.weight) this.#suspicion.failure = failure
  }

  #believe(failure: Failure): void {
    if (this.#stage === 'aborting') return
    this.#failure = failure
    this.#abort()
    this.#io.stderr.write(describeFailure(failure, this.#options.threads))
  }

  #abort(): void {
    this.#stage = 'aborting'
    this.#stoppedAt ||= performance.now()
    this.#patience?.stop()
    clearTimeout(this.#suspicion?.timer)
    this.#suspicion = undefined
    this.#abortTimer = setTimeout(() => this.killAll(), ABORT_MS)
    this.#sendAll({ type: 'abort' })
  }

  #sendAll(order: Order): void {
    for (const node of this.#nodes) node.send(order)
  }

  #joinedTooSlowly(): void {
    // Nobody can connect before all have started, so only those that have not are to blame.
    const started = this.#ports.size === this.#nodes.length
    const { list, first } = this.#without(({ node }) => (started ? this.#joined : this.#ports).has(node))
    const step = started ? 'connect to the others' : 'start'
    this.#tooSlow('ERR_TM_JOIN', first, `did not ${step} in time; missing: ${list}`)
  }

  #leftTooSlowly(): void {
    const { list, first } = this.#without((node) => node.gone)
    this.#tooSlow('ERR_TM_NODE_LOST', first, `did not leave after all programs had ended; still there: ${list}`)
  }

  #tooSlow(code: 'ERR_TM_JOIN' | 'ERR_TM_NODE_LOST', node: number, message: string): void {
    this.#believe({ code, message, node, remedy: errorTable[code].remedy, exitCode: 1, weight: Weight.Certain })
  }

  #deadlocked(deadlock: string): void {
    if (this.#stage !== 'running') return
    const code = 'ERR_TM_DEADLOCK'
    this.#believe({ code, message: deadlock, remedy: errorTable[code].remedy, exitCode: 1, weight: Weight.Certain })
  }

  /** The nodes that have not done something, for a message. */
  #without(done: (node: NodeProcess) => boolean): { readonly list: string; readonly first: number } {
    const names = this.#nodes.filter((node) => !done(node)).map(({ node }) => node)
    const shown = names.slice(0, 16).join(', ') + (names.length > 16 ? ', …' : '')
    return { list: `${names.length} of ${this.#nodes.length} nodes (${shown})`, first: names[0] ?? 0 }
  }

  #when(node: number): string {
    if (this.#stage === 'finishing') return 'while the run was ending'
    return this.#joined.has(node) ? '' : 'before it joined the run'
  }
}
