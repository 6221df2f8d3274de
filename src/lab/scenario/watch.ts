/**
 * What a scenario sees of its nodes. The watch stands between the protocol and each node's memory, and between
 * the core and the protocol, passes everything on unchanged, and tells each thing as a line: a page changes its
 * state, an interval ends, notices are learned, a diff is made or applied. What happens beside the core, which
 * is faults and messages, it finds by looking.
 */
import type { Coherence, CoherenceContext, CoherenceFactory, Footprint } from '../../core/coherence.js'
import { intervalIndex, type NodeId, type PageId, type ProcId, pageId } from '../../core/ids.js'
import type { Interval, Rider } from '../../core/interval.js'
import { type Invalidated, type PageMemory, PageState } from '../../core/memory.js'
import type { CoherenceMessage } from '../../core/messages.js'
import { covers, type VectorTime } from '../../core/vector-time.js'
import { assert } from '../../errors.js'
import type { Cluster } from '../../sim/cluster.js'
import { diffText, intervalsText, intervalText, messageText, nameText, timeText } from './notation.js'

export class Watch {
  private readonly nodes: NodeWatch[] = []
  private cluster: Cluster | undefined
  private messagesTold = 0

  constructor(readonly tell: (line: string) => void) {}

  /** The protocol with the watch around it. */
  around(protocol: CoherenceFactory): CoherenceFactory {
    const around: CoherenceFactory = (context) => {
      const watch = new NodeWatch(this, context)
      this.nodes[context.self] = watch
      const memory = new WatchedMemory(context.memory, watch)
      return new WatchedCoherence(protocol({ ...context, memory }), watch)
    }
    // What the factory says of itself besides.
    return Object.assign(around, protocol)
  }

  follow(cluster: Cluster): void {
    this.cluster = cluster
  }

  /** Tells what has happened beside the protocol since the last look: messages sent, and faults. */
  look(): void {
    const { cluster } = this
    if (cluster === undefined) return
    for (const { from, to, message } of cluster.sent.slice(this.messagesTold)) {
      this.tell(`${from} → ${to} ${messageText(message, cluster.config.pageBytes)}`)
    }
    this.messagesTold = cluster.sent.length
    for (const node of this.nodes) node.look(cluster)
  }

  /** The intervals that a node knows, by creator and then in order. */
  intervals(node: number): readonly Interval[] {
    return [...this.node(node).known.values()].sort((a, b) => a.node - b.node || a.index - b.index)
  }

  time(node: number): VectorTime {
    return this.node(node).time()
  }

  /** The intervals whose diffs a closed page lacks. */
  lacking(node: number, page: PageId): readonly Interval[] {
    return this.node(node).lacking.get(page) ?? []
  }

  private node(node: number): NodeWatch {
    const watch = this.nodes[node]
    assert(watch !== undefined, `there is no node ${node}`)
    return watch
  }
}

/** What is told and kept of one node. */
class NodeWatch {
  /** By name. */
  readonly known = new Map<string, Interval>()
  readonly lacking = new Map<PageId, Interval[]>()
  /** The vector time now; set when the protocol is there. */
  time: () => VectorTime = () => new Uint32Array(0)
  private readonly states: PageState[]
  private readFaults = 0
  /** A line that goes before the next one, if there is one. */
  private heading: string | undefined
  /** The intervals whose diffs came as these bytes, by page and bytes: whoever holds a diff has a copy of it. */
  private readonly names = new Map<string, string[]>()
  /** Page and name of what was applied. */
  private readonly applied = new Set<string>()
  /** The own interval whose notice names a page, while its diff is not made. */
  private readonly noted = new Map<PageId, string>()
  /** Notices whose diffs were written in place, so that the page lacks nothing: page and name. */
  private readonly patched = new Set<string>()

  constructor(
    private readonly watch: Watch,
    private readonly context: CoherenceContext,
  ) {
    const { memory } = context
    this.states = Array.from({ length: memory.pageCount }, (_, page) => memory.state(pageId(page)))
  }

  tell(line: string): void {
    this.head()
    this.watch.tell(`${this.context.self}: ${line}`)
  }

  lookAround(): void {
    this.watch.look()
  }

  /** Faults, and pages that were watched in vain: what changes a page without the protocol. */
  look(cluster: Cluster): void {
    const { readFaults } = cluster.node(this.context.self).memory
    const kind = readFaults > this.readFaults ? 'read fault' : 'write fault'
    this.readFaults = readFaults
    for (const page of this.states.keys()) {
      const watched = this.states[page] === PageState.WATCHED
      const move = this.move(pageId(page))
      if (move === undefined) continue
      this.tell(watched ? `page ${page}: ${move}, unchanged` : `${kind}, page ${page}: ${move}`)
    }
  }

  /** `CLEAN → DIRTY, twin made`, or undefined when the page is as it was. */
  move(page: PageId): string | undefined {
    const before = this.states[page] as PageState
    const after = this.context.memory.state(page)
    if (before === after) return undefined
    this.states[page] = after
    const twin = after === PageState.DIRTY ? ', twin made' : ''
    return `${PageState[before]} → ${PageState[after]}${twin}`
  }

  ended(pages: readonly PageId[]): void {
    const time = this.time()
    const index = intervalIndex((time[this.context.self] as number) + 1)
    time[this.context.self] = index
    const interval: Interval = { node: this.context.self, index, time, pages }
    this.known.set(nameText(interval), interval)
    this.tell(`interval ${intervalText(interval)} ends at ${timeText(time)}`)
    for (const page of pages) {
      this.noted.set(page, nameText(interval))
      this.tell(`page ${page}: ${this.move(page)}`)
    }
  }

  /** An own diff. */
  made(page: PageId, diff: Uint8Array): void {
    const twin = this.context.memory.state(page) === PageState.WATCHED ? 'twin renewed' : 'twin dropped'
    this.tell(`page ${page}: ${this.move(page)}, ${this.diff(this.noted.get(page), diff)} made, ${twin}`)
  }

  /** Intervals of others come with a synchronisation message; `take` takes them in. */
  learn({ intervals }: Rider, take: () => void): void {
    const time = this.time()
    const fresh = intervals.filter(({ node, index }) => !covers(time, node, index))
    this.heading = fresh.length > 0 ? `learns of ${intervalsText(fresh)}` : undefined
    try {
      take()
      this.head()
    } finally {
      this.heading = undefined
    }
    for (const interval of fresh) {
      this.known.set(nameText(interval), interval)
      for (const page of interval.pages) this.lack(page, interval)
    }
  }

  private head(): void {
    const { heading } = this
    this.heading = undefined
    if (heading !== undefined) this.tell(heading)
  }

  private lack(page: PageId, interval: Interval): void {
    if (this.patched.delete(`${page} ${nameText(interval)}`)) return
    this.lacking.set(page, [...(this.lacking.get(page) ?? []), interval])
  }

  /** Diffs have come; from now on their bytes have a name. */
  came(message: CoherenceMessage): void {
    if (message.type !== 'diffReply' && message.type !== 'diffPush') return
    for (const { page, bytes, ...name } of message.diffs) {
      const key = `${page} ${bytes.join()}`
      this.names.set(key, [...(this.names.get(key) ?? []), nameText(name)])
    }
  }

  /** The name of a diff that is applied now. Of several with the same bytes each is applied once. */
  private nameOf(page: PageId, bytes: Uint8Array): string | undefined {
    const names = this.names.get(`${page} ${bytes.join()}`) ?? []
    const name = names.find((one) => !this.applied.has(`${page} ${one}`))
    this.applied.add(`${page} ${name}`)
    return name
  }

  private diff(name: string | undefined, bytes: Uint8Array): string {
    return `diff${name === undefined ? '' : ` of ${name}`} (${diffText(bytes, this.context.memory.pageBytes)})`
  }

  appliedTo(page: PageId, bytes: Uint8Array, sound: boolean): void {
    this.tell(`page ${page}: ${this.diff(this.nameOf(page, bytes), bytes)} ${sound ? 'applied' : 'refused'}`)
  }

  patchedWith(page: PageId, bytes: Uint8Array): void {
    const name = this.nameOf(page, bytes)
    this.patched.add(`${page} ${name}`)
    this.tell(
      `page ${page}: ${this.diff(name, bytes)} written in place, the page stays ${PageState[this.context.memory.state(page)]}`,
    )
  }

  closed(page: PageId): void {
    const stays = `stays ${PageState[this.states[page] as PageState]}, lacks one more diff`
    this.tell(`page ${page}: ${this.move(page) ?? stays}`)
  }

  opened(page: PageId): void {
    this.lacking.delete(page)
    this.tell(`page ${page}: ${this.move(page)}`)
  }
}

class WatchedMemory implements PageMemory {
  readonly pageBytes: number
  readonly pageCount: number

  constructor(
    private readonly memory: PageMemory,
    private readonly watch: NodeWatch,
  ) {
    this.pageBytes = memory.pageBytes
    this.pageCount = memory.pageCount
  }

  state(page: PageId): PageState {
    return this.memory.state(page)
  }

  closeInterval(keepWatched: boolean): PageId[] {
    const pages = this.memory.closeInterval(keepWatched)
    if (pages.length > 0) this.watch.ended(pages)
    return pages
  }

  makeDiff(page: PageId): Uint8Array {
    const diff = this.memory.makeDiff(page)
    this.watch.made(page, diff)
    return diff
  }

  renew(page: PageId): Uint8Array {
    const diff = this.memory.renew(page)
    this.watch.made(page, diff)
    return diff
  }

  invalidate(page: PageId): Invalidated {
    const found = this.memory.invalidate(page)
    if (found === 'clean') this.watch.closed(page)
    else if (found !== 'dirty') this.watch.made(page, found)
    return found
  }

  contents(page: PageId): Uint8Array {
    return this.memory.contents(page)
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    const done = this.memory.patch(page, diff)
    if (done) this.watch.patchedWith(page, diff)
    return done
  }

  beginFetch(page: PageId): boolean {
    const begun = this.memory.beginFetch(page)
    if (begun) this.watch.tell(`page ${page}: ${this.watch.move(page)}, ahead of a fault`)
    return begun
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    const sound = this.memory.applyDiff(page, diff)
    this.watch.appliedTo(page, diff, sound)
    return sound
  }

  open(page: PageId): void {
    this.memory.open(page)
    this.watch.opened(page)
  }

  wantsWrite(page: PageId): boolean {
    return this.memory.wantsWrite(page)
  }

  grant(page: PageId, exclusive: boolean): void {
    this.memory.grant(page, exclusive)
    this.watch.opened(page)
  }

  downgrade(page: PageId): boolean {
    return this.narrowed(page, this.memory.downgrade(page))
  }

  recall(page: PageId): boolean {
    return this.narrowed(page, this.memory.recall(page))
  }

  private narrowed(page: PageId, done: boolean): boolean {
    const change = done ? this.watch.move(page) : 'is held'
    if (change !== undefined) this.watch.tell(`page ${page}: ${change}`)
    return done
  }
}

class WatchedCoherence implements Coherence {
  constructor(
    private readonly protocol: Coherence,
    private readonly watch: NodeWatch,
  ) {
    watch.time = () => protocol.time()
  }

  time(): VectorTime {
    return this.protocol.time()
  }

  release(known: VectorTime): Rider {
    this.watch.lookAround()
    return this.protocol.release(known)
  }

  releaseTo(node: NodeId): Rider {
    this.watch.lookAround()
    return this.protocol.releaseTo(node)
  }

  arrive(): Rider {
    this.watch.lookAround()
    return this.protocol.arrive()
  }

  flush(proc: ProcId): void {
    this.protocol.flush(proc)
  }

  acquire(from: NodeId, rider: Rider): void {
    this.watch.lookAround()
    this.watch.learn(rider, () => this.protocol.acquire(from, rider))
  }

  departed(): void {
    this.watch.lookAround()
    this.protocol.departed()
  }

  miss(page: PageId): void {
    this.watch.lookAround()
    this.protocol.miss(page)
  }

  holdOver(page: PageId): void {
    this.watch.lookAround()
    this.protocol.holdOver(page)
  }

  message(from: NodeId, message: CoherenceMessage): void {
    this.watch.lookAround()
    this.watch.came(message)
    this.protocol.message(from, message)
  }

  footprint(): Footprint {
    return this.protocol.footprint()
  }
}
