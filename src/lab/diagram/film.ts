/**
 * A simulated run as a timeline for a diagram. It sees what a recording does not have: every fault, every state of
 * every page at its moment, loads and stores, and locks that a process takes and gives back without the core.
 */
import type { Event } from '../../core/events.js'
import { type NodeId, nodeId, nodeOf, procId } from '../../core/ids.js'
import { askMark, type CallEvent, type CallMark } from '../../diagram/call-marks.js'
import { type Timeline, TimelineWriter } from '../../diagram/timeline.js'
import { initialStateOf } from '../../protocols/table.js'
import type { Observer } from '../../sim/operation.js'
import type { World } from '../../sim/world.js'

interface Shape {
  readonly nodes: number
  readonly threads: number
  readonly protocol: string
}

export class Film {
  private readonly writer: TimelineWriter
  private readonly threads: number
  /** Of each node the loads and stores since anything else happened there. */
  private readonly accesses: Access[][]

  constructor(title: string, { nodes, threads, protocol }: Shape) {
    this.threads = threads
    this.writer = new TimelineWriter({ title, nodes, threads, initial: initialStateOf(protocol) })
    this.accesses = Array.from({ length: nodes }, () => [])
  }

  /** Throws ERR_TM_DIAGRAM when the run was too long to be drawn. */
  timeline(): Timeline {
    for (const node of this.accesses.keys()) this.at(nodeId(node))
    return this.writer.finish()
  }

  watch(world: World): void {
    world.comes = (node, event) => this.comes(node, event)
    world.sent = (message, _, from, to) => this.at(from).sent(from, to, message)
    for (const { id, memory } of world.nodes) {
      memory.changed = (page, state) => this.at(id).state(id, { page, state, sure: true })
      memory.faulted = (page, write) => this.at(id).mark(id, 'fault', `${write ? 'write' : 'read'} fault p${page}`)
    }
  }

  /** Hears what the program does, and passes it on. */
  beside(observer: Observer): Observer {
    return {
      ...passedOn(observer),
      loaded: (proc, address, value) => {
        this.access(proc, 'load', `[${address}] = ${value}`)
        observer.loaded(proc, address, value)
      },
      stored: (proc, address, value) => {
        this.access(proc, 'store', `[${address}] = ${value}`)
        observer.stored(proc, address, value)
      },
      acquired: (proc, lock) => {
        this.mark(proc, { mark: 'acquire', text: `acquires lock ${lock}` })
        observer.acquired(proc, lock)
      },
      releases: (proc, lock) => {
        this.mark(proc, { mark: 'release', text: `releases lock ${lock}` })
        observer.releases(proc, lock)
      },
      departs: (proc) => {
        this.mark(proc, { mark: 'depart', text: 'departs' })
        observer.departs(proc)
      },
    }
  }

  /** Of what a process asks, that which it has not shown itself. */
  private comes(node: NodeId, event: Event): void {
    if (event.type === 'message') return this.at(node).received(node, event.from, event.message)
    if (event.type === 'miss' || event.type === 'holdOver' || event.type === 'lockRelease') return
    this.mark(event.proc, wordsOf(event))
  }

  private access(proc: number, type: Access['type'], text: string): void {
    this.accesses[nodeOf(procId(proc), this.threads)]?.push({ proc, type, text })
  }

  private mark(proc: number, { mark, text }: CallMark): void {
    const node = nodeOf(procId(proc), this.threads)
    this.at(node).mark(node, mark, this.worded(proc, text))
  }

  /** The writer, for something that happens on a node after its loads and stores so far: many of them are one mark. */
  private at(node: NodeId): TimelineWriter {
    const { writer } = this
    const accesses = this.accesses[node]?.splice(0) ?? []
    if (accesses.length > MAX_EACH) writer.mark(node, 'access', summed(accesses))
    else for (const { proc, type, text } of accesses) writer.mark(node, 'access', this.worded(proc, `${type} ${text}`))
    return writer
  }

  private worded(proc: number, text: string): string {
    return this.threads === 1 ? text : `process ${proc} ${text}`
  }
}

interface Access {
  readonly proc: number
  readonly type: 'load' | 'store'
  readonly text: string
}

/** How many loads and stores in a row are shown each. */
const MAX_EACH = 5

const summed = (accesses: readonly Access[]): string =>
  (['load', 'store'] as const)
    .map((type) => [accesses.filter((access) => access.type === type).length, type] as const)
    .filter(([count]) => count > 0)
    .map(([count, type]) => (count === 1 ? `1 ${type}` : `${count} ${type}s`))
    .join(', ')

/** A wait for a condition releases its lock by a mark of its own. */
const wordsOf = (event: CallEvent): CallMark =>
  event.type === 'condWait' ? { mark: 'other', text: `waits for condition ${event.cond}` } : askMark(event)

function passedOn(observer: Observer): Observer {
  return {
    loaded: (...given) => observer.loaded(...given),
    stored: (...given) => observer.stored(...given),
    acquired: (...given) => observer.acquired(...given),
    releases: (...given) => observer.releases(...given),
    arrives: (...given) => observer.arrives(...given),
    departs: (...given) => observer.departs(...given),
    allocated: (...given) => observer.allocated(...given),
    frees: (...given) => observer.frees(...given),
    sends: (...given) => observer.sends?.(...given),
    receives: (...given) => observer.receives?.(...given),
    asks: (...given) => observer.asks?.(...given),
    travelling: (...given) => observer.travelling?.(...given),
  }
}
