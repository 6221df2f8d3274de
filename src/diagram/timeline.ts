/**
 * What a diagram shows, as a plain list: on each node, in its order, messages that left or came, marks such as an
 * acquire or a fault, and with each of them the page states that began there. There are no clocks: what one node did
 * before what another did follows from the messages alone. A reader of a run writes the list through `TimelineWriter`,
 * which pairs sends with receipts and refuses a run that is too long to be drawn.
 */
import type { NodeId, PageId } from '../core/ids.js'
import { type Kind, type Purpose, purposeOf } from '../core/kinds.js'
import type { PageState } from '../core/memory.js'
import type { Message } from '../core/messages.js'
import { TreadMarksError } from '../errors.js'
import { MAX_DIAGRAM_EVENTS, MAX_DIAGRAM_MESSAGES } from '../limits.js'
import { caption } from './caption.js'

export interface Timeline {
  readonly title: string
  readonly nodes: number
  /** Processes on each node. */
  readonly threads: number
  /** The state in which all pages begin; CLEAN if it is left out. */
  readonly initial?: PageState | undefined
  /** Those of one node stand in its order; nodes in any. */
  readonly events: readonly TimelineEvent[]
}

export type TimelineEvent = {
  readonly node: NodeId
  /** States that pages of the node have from here on. */
  readonly states: readonly StateChange[]
} & Happening

export type Happening =
  /** Before everything else; once on each node. */
  | { readonly type: 'start' }
  /** `message`: a name that the receipt has too. */
  | {
      readonly type: 'sent'
      readonly to: NodeId
      readonly message: string
      readonly kind: Kind
      readonly purpose: Purpose
      readonly text: string
    }
  | { readonly type: 'received'; readonly from: NodeId; readonly message: string; readonly kind: Kind }
  | { readonly type: 'mark'; readonly mark: MarkType; readonly text: string }

export const markTypes = ['fault', 'access', 'want', 'acquire', 'release', 'arrive', 'depart', 'other', 'end'] as const
export type MarkType = (typeof markTypes)[number]

export interface StateChange {
  readonly page: PageId
  readonly state: PageState
  /** False: it began here or later, and nobody wrote down when. */
  readonly sure: boolean
}

/** An event to which states may still be added. */
export type Growing = { readonly node: NodeId; readonly states: StateChange[] } & Happening

export class TimelineWriter {
  private readonly events: Growing[] = []
  /** Of each node its last event. */
  private readonly lasts: Growing[]
  private readonly counts = new Map<string, number>()
  private messages = 0
  private written = 0

  constructor(private readonly about: Omit<Timeline, 'events'>) {
    this.lasts = Array.from({ length: about.nodes }, (_, node) => ({
      type: 'start',
      node: node as NodeId,
      states: [],
    }))
    this.events.push(...this.lasts)
  }

  sent(node: NodeId, to: NodeId, message: Message): void {
    this.messages++
    const { type: kind } = message
    const name = this.nameOf('sent', node, to)
    this.add(node, { type: 'sent', to, message: name, kind, purpose: purposeOf[kind], text: caption(message) })
  }

  received(node: NodeId, from: NodeId, message: Message): void {
    this.add(node, { type: 'received', from, message: this.nameOf('received', from, node), kind: message.type })
  }

  mark(node: NodeId, mark: MarkType, text: string): void {
    this.add(node, { type: 'mark', mark, text })
  }

  /** From here on, or from an earlier event of the node on. */
  state(node: NodeId, change: StateChange, since: Growing = this.last(node)): void {
    if (this.fits) since.states.push(change)
  }

  last(node: NodeId): Growing {
    return this.lasts[node] as Growing
  }

  /** The start of a node. */
  firstOf(node: NodeId): Growing {
    return this.events[node] as Growing
  }

  /** Throws ERR_TM_DIAGRAM when there was more than a diagram has room for. */
  finish(): Timeline {
    if (this.fits) return { ...this.about, events: this.events }
    const [what, room] =
      this.messages > MAX_DIAGRAM_MESSAGES
        ? [`${this.messages} messages between nodes`, MAX_DIAGRAM_MESSAGES]
        : [`${this.written} events, ${this.messages} of them messages sent`, MAX_DIAGRAM_EVENTS]
    throw new TreadMarksError(
      'ERR_TM_DIAGRAM',
      `the run is too long for a diagram: it has ${what}, and there is room for ${room}`,
    )
  }

  private get fits(): boolean {
    return this.messages <= MAX_DIAGRAM_MESSAGES && this.written <= MAX_DIAGRAM_EVENTS
  }

  /** What no longer fits is only counted. */
  private add(node: NodeId, happening: Happening): void {
    this.written++
    const event: Growing = { node, states: [], ...happening }
    this.lasts[node] = event
    if (this.fits) this.events.push(event)
  }

  /** Connections keep the order, so the n-th that has come is the n-th that was sent. */
  private nameOf(side: 'sent' | 'received', from: NodeId, to: NodeId): string {
    const key = `${side} ${from} ${to}`
    const number = (this.counts.get(key) ?? 0) + 1
    this.counts.set(key, number)
    return `${from} ${to} ${number}`
  }
}
