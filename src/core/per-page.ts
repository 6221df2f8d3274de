/**
 * The protocols of one node. All pages obey the run's protocol but those of allocations that chose another; such a one is
 * made when it is first chosen. A miss goes to the protocol of its page, a message to that of the pages it names. What
 * rides on locks and meetings is the same for all pages: of protocols with intervals there is one row of them
 * (lazy-protocols.ts), and the others need no riders, because their releases wait.
 *
 * A run with one protocol sends and does the same as if this were not here.
 */
import { TreadMarksError } from '../errors.js'
import {
  type Coherence,
  type CoherenceContext,
  type CoherenceFactory,
  type Footprint,
  initialState,
  type ProtocolTable,
  type Riders,
} from './coherence.js'
import { type Answer, done, type Outbox } from './events.js'
import { type NodeId, type PageId, type ProcId, pageId } from './ids.js'
import type { Rider } from './interval.js'
import { LazyProtocols } from './lazy-protocols.js'
import { LazyRelease, type Noticed } from './lazy-release.js'
import { PageState } from './memory.js'
import type { CoherenceMessage, Message } from './messages.js'
import { Flushes } from './open-flushes.js'
import { PageOwners } from './page-owners.js'
import { PageShare } from './page-share.js'
import { pagesNamed } from './pages-named.js'
import type { VectorTime } from './vector-time.js'

/** What all protocols of a node are given alike. */
export type PerPageContext = Omit<CoherenceContext, 'lazy' | 'flushes'>

interface InUse {
  readonly name: string
  readonly coherence: Coherence
  readonly flushes: boolean
  /** In which its pages begin. */
  readonly initial: PageState
}

/** How the run's protocol is called here, where its name does not matter. */
const OWN = ''

export class PerPage implements Riders, Outbox {
  private readonly owners: PageOwners
  private readonly flushed: Flushes
  private readonly lazyProtocols: LazyProtocols
  private lazy: LazyRelease | undefined
  /** By the number of the owner; the run's is the first. */
  private readonly inUse: InUse[] = []
  /** Of these, who has the intervals, if any; else the run's. */
  private riding = 0
  /** Those that are not lazy. */
  private readonly others: Coherence[] = []
  /** How many protocols have not answered a process that is about to release. */
  private readonly flushing = new Map<ProcId, number>()

  constructor(
    private readonly context: PerPageContext,
    protocol: CoherenceFactory,
    /** What an allocation may choose. */
    private readonly table: ProtocolTable,
  ) {
    const { pageCount } = context.memory
    this.owners = new PageOwners(pageCount)
    this.flushed = new Flushes(this)
    this.lazyProtocols = new LazyProtocols(this.owners)
    this.begin(OWN, protocol)
  }

  /** These pages, `first` … `end`-1, obey the protocol of this name from now on. They do already, if they did before. */
  choose(name: string, first: PageId, end: number): void {
    const owner = this.numberOf(name)
    if (this.owners.areOf(first, end, owner)) return
    if (!this.owners.areOf(first, end, 0)) {
      throw new TreadMarksError('ERR_TM_PROTOCOL', `pages ${first} to ${end - 1} for ${name} obey another protocol`)
    }
    this.owners.give(first, end, owner)
    this.begins(first, end, (this.inUse[owner] as InUse).initial)
  }

  /** Whether a process must ask for a flush before it releases. */
  get flushes(): boolean {
    return this.inUse.some(({ flushes }) => flushes)
  }

  time(): VectorTime {
    return this.riders.time()
  }

  release(known: VectorTime): Rider {
    return this.riders.release(known)
  }

  releaseTo(node: NodeId): Rider {
    return this.riders.releaseTo(node)
  }

  arrive(): Rider {
    for (const other of this.others) if (other !== this.riders) other.arrive()
    return this.riders.arrive()
  }

  acquire(from: NodeId, rider: Rider): void {
    this.riders.acquire(from, rider)
  }

  departed(): void {
    for (const other of this.others) if (other !== this.riders) other.departed()
    this.riders.departed()
  }

  /** The process is answered when every protocol whose releases wait has answered. */
  flush(proc: ProcId): void {
    const waited = this.inUse.filter(({ flushes }) => flushes)
    if (waited.length === 0) return this.context.outbox.answer(proc, done)
    this.flushing.set(proc, waited.length)
    for (const { coherence } of waited) coherence.flush(proc)
  }

  miss(page: PageId): void {
    this.of(page).miss(page)
  }

  holdOver(page: PageId): void {
    this.of(page).holdOver(page)
  }

  message(from: NodeId, message: CoherenceMessage): void {
    if (this.inUse.length === 1) this.first.message(from, message)
    else this.addressee(from, message).message(from, message)
  }

  footprint(): Footprint {
    const all = this.inUse.map(({ coherence }) => coherence.footprint())
    const sum = (key: 'diffs' | 'diffBytes'): number => all.reduce((total, one) => total + one[key], 0)
    return { ...(all[this.riding] as Footprint), diffs: sum('diffs'), diffBytes: sum('diffBytes') }
  }

  /** Outbox: for the protocols. */
  send(to: NodeId, message: Message): void {
    this.context.outbox.send(to, message)
  }

  /** Outbox: for the protocols, which answer flushes and nothing else. */
  answer(proc: ProcId, answer: Answer): void {
    const left = (this.flushing.get(proc) ?? 1) - 1
    if (left > 0) this.flushing.set(proc, left)
    else {
      this.flushing.delete(proc)
      this.context.outbox.answer(proc, answer)
    }
  }

  /** The pages are as those of the run's protocol begin; they must be as those of their own do. */
  private begins(first: PageId, end: number, state: PageState): void {
    if (state === this.inUse[0]?.initial) return
    const { memory } = this.context
    for (let page = first; page < end; page = pageId(page + 1)) {
      if (state === PageState.INVALID) memory.invalidate(page)
      else if (memory.beginFetch(page)) memory.open(page)
    }
  }

  private get first(): Coherence {
    return (this.inUse[0] as InUse).coherence
  }

  private get riders(): Riders {
    return (this.inUse[this.riding] as InUse).coherence
  }

  private of(page: PageId): Coherence {
    return (this.inUse[this.owners.of(page)] as InUse).coherence
  }

  private numberOf(name: string): number {
    const known = this.inUse.findIndex((one) => one.name === name)
    if (known >= 0) return known
    const protocol = Object.hasOwn(this.table, name) ? this.table[name] : undefined
    if (protocol === undefined) throw new TreadMarksError('ERR_TM_PROTOCOL', `there is no protocol '${name}'`)
    return this.begin(name, protocol)
  }

  /** Its number. */
  private begin(name: string, protocol: CoherenceFactory): number {
    const owner = this.inUse.length
    let isLazy = false
    const coherence = protocol({
      ...this.context,
      memory: new PageShare(this.context.memory, this.owners, owner),
      outbox: this,
      flushes: this.flushed,
      lazy: (noticed, context) => {
        isLazy = true
        return this.takePart(owner, noticed, context)
      },
    })
    this.inUse.push({ name, coherence, flushes: protocol.flushes === true, initial: initialState(protocol) })
    if (!isLazy) this.others.push(coherence)
    return owner
  }

  /** The first lazy protocol brings the intervals, and its memory; all later ones close their intervals with it. */
  private takePart(owner: number, noticed: Noticed, context: CoherenceContext): LazyRelease {
    this.lazyProtocols.join(owner, noticed)
    if (this.lazy === undefined) {
      this.riding = owner
      this.lazy = new LazyRelease(context, this.lazyProtocols)
    }
    this.owners.join(owner, this.riding)
    return this.lazy
  }

  /** Whose message it is. The answers of eager protocols may name no page; who of them hears one does not matter. */
  private addressee(from: NodeId, message: CoherenceMessage): Coherence {
    const pages = pagesNamed(message)
    const [page] = pages
    if (page === undefined) {
      const flushing = this.inUse.find(({ flushes }) => flushes)
      const isAnswer = message.type === 'eagerFlushed' || message.type === 'eagerAck'
      if (isAnswer && flushing !== undefined) return flushing.coherence
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent ${message.type} for no page`)
    }
    const owner = this.owners.of(page)
    const other = pages.find((one) => this.owners.of(one) !== owner)
    if (other === undefined) return this.of(page)
    const what = `node ${from} sent ${message.type} for pages ${page} and ${other}, which obey different protocols`
    throw new TreadMarksError('ERR_TM_PROTOCOL', what)
  }
}
