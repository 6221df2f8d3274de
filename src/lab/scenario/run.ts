/**
 * Runs a scenario on simulated nodes and gives what each block prints. Processes go on by themselves as soon as
 * what they wait for is there; messages move only when a command delivers them. A rule that a peer or the program
 * breaks in the core's eyes is part of the output, and the end of that node; a command that makes no sense is
 * the scenario's mistake.
 */
import { procId } from '../../core/ids.js'
import type { Message } from '../../core/messages.js'
import { TreadMarksError } from '../../errors.js'
import { Cluster } from '../../sim/cluster.js'
import { protocolNamed } from '../protocols.js'
import { type Act, type Command, parseCommand } from './command.js'
import { type Scenario, ScenarioError } from './file.js'
import { messageText } from './notation.js'
import { type Attempt, Processes } from './processes.js'
import { countersText, intervalsLines, lockText, messagesLines, pagesLines, sentText } from './state.js'
import { Watch } from './watch.js'
import { CommandError } from './words.js'

/** What each block prints, in their order. */
export function runScenario({ path, blocks }: Scenario): string[][] {
  let lines: string[] = []
  let stage: Stage | undefined
  return blocks.map(({ commands }) => {
    lines = []
    for (const { number, text } of commands) {
      try {
        const command = parseCommand(text)
        if (command.type === 'cluster') stage = new Stage(command, (line) => lines.push(line))
        else if (stage === undefined) throw new CommandError('expected cluster nodes=N as the first command')
        else stage.obey(command)
      } catch (error) {
        if (error instanceof CommandError) throw new ScenarioError(path, number, error.message)
        throw error
      }
    }
    return lines
  })
}

type Shape = Extract<Command, { type: 'cluster' }>

/** `deliver all` ends when nothing is on its way; a protocol that never stops talking ends here. */
const MAX_DELIVERIES = 100_000

/** One cluster, from its command to the next. */
class Stage {
  private readonly cluster: Cluster
  private readonly watch: Watch
  private readonly processes: Processes
  /** Nodes whose run has ended with an error. */
  private readonly over = new Set<number>()
  /** Messages sent before the last `count`. */
  private counted = 0

  constructor(
    private readonly shape: Shape,
    private readonly tell: (line: string) => void,
  ) {
    const { nodes, pages, pageBytes, protocol } = shape
    this.watch = new Watch(tell)
    this.cluster = new Cluster({ nodes, pages, pageBytes, coherence: this.watch.around(protocolNamed(protocol)) })
    this.watch.follow(this.cluster)
    this.processes = new Processes(nodes, pageBytes, pages * pageBytes, this.attempt, tell)
    const under = protocol === 'treadmarks' ? '' : `, ${protocol}`
    tell(
      `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${pages} ${pages === 1 ? 'page' : 'pages'} of ${pageBytes} bytes${under}`,
    )
  }

  obey(command: Exclude<Command, Shape>): void {
    switch (command.type) {
      case 'act':
        return this.act(command.process, command.act)
      case 'deliver':
        return this.deliver(this.known(command.from), this.known(command.to))
      case 'deliverAll':
        return this.deliverAll()
      case 'forge':
        return this.forge(this.known(command.from), this.known(command.to), command.message)
      case 'messages':
        return this.print(messagesLines(this.cluster))
      case 'count':
        this.tell(sentText(this.cluster, this.counted))
        this.counted = this.cluster.sent.length
        return
      case 'pages':
        return this.print(pagesLines(this.cluster, this.watch, this.known(command.node)))
      case 'intervals':
        return this.print(intervalsLines(this.watch, this.known(command.node)))
      case 'counters':
        return this.tell(countersText(this.cluster, this.known(command.node)))
      case 'lock':
        return this.tell(lockText(this.cluster, command.lock))
    }
  }

  private act(process: number | 'all', act: Act): void {
    const all = Array.from({ length: this.shape.nodes }, (_, i) => i)
    for (const each of process === 'all' ? all : [this.living(process)]) {
      if (act.type === 'end') this.end(each)
      else this.processes.begin(each, act)
    }
    this.processes.resume()
  }

  private end(process: number): void {
    this.tell(`${process}: ends`)
    this.guarded(process, () => this.cluster.step(process, { type: 'ended', proc: procId(process) }))
  }

  private deliver(from: number, to: number): void {
    const [message] = this.queue(from, to)
    if (message === undefined) throw new CommandError(`nothing is on its way from ${from} to ${to}`)
    this.tell(`${this.living(to)} ← ${from} ${message.type}`)
    this.guarded(to, () => this.cluster.deliver(from, to))
    this.processes.resume()
  }

  private deliverAll(): void {
    for (let i = 0; i < MAX_DELIVERIES; i++) {
      const { nodes } = this.shape
      const next = this.cluster.queues.findIndex((queue, at) => queue.length > 0 && !this.over.has(at % nodes))
      if (next < 0) return
      this.deliver(Math.floor(next / nodes), next % nodes)
    }
    throw new CommandError(`messages are still on their way after ${MAX_DELIVERIES}`)
  }

  /** Behind what is on its way already. */
  private forge(from: number, to: number, message: Message): void {
    for (const time of timesOf(message)) {
      if (time.length === this.shape.nodes) continue
      throw new CommandError(`expected ${this.shape.nodes} entries in a time, found ${time.length}`)
    }
    this.tell(`${from} → ${to} ${messageText(message, this.shape.pageBytes)}, forged`)
    this.queue(from, to).push(message)
  }

  private readonly attempt: Attempt = (process, operation) => {
    const result = this.over.has(process)
      ? undefined
      : this.guarded(process, () => this.cluster.attempt(process, operation))
    return this.over.has(process) ? 'over' : result
  }

  /** Does something at a node; a broken rule is told, and ends the node's run. */
  private guarded<T>(node: number, what: () => T): T | undefined {
    try {
      return what()
    } catch (error) {
      if (!(error instanceof TreadMarksError) || error.code === 'ERR_TM_INTERNAL') throw error
      this.watch.look()
      this.tell(`${node}: the run ends: ${error.code}: ${error.message}`)
      this.over.add(node)
      return undefined
    } finally {
      this.watch.look()
    }
  }

  private print(lines: readonly string[]): void {
    for (const line of lines) this.tell(line)
  }

  private queue(from: number, to: number): Message[] {
    return this.cluster.queues[from * this.shape.nodes + to] as Message[]
  }

  private living(node: number): number {
    if (this.over.has(this.known(node))) throw new CommandError(`the run of node ${node} is over`)
    return node
  }

  private known(node: number): number {
    if (node < this.shape.nodes) return node
    throw new CommandError(`expected a node below ${this.shape.nodes}, found ${node}`)
  }
}

const timesOf = (message: Message): Uint32Array[] => [
  ...('time' in message ? [message.time] : []),
  ...('rider' in message ? [message.rider.time, ...message.rider.intervals.map(({ time }) => time)] : []),
]
