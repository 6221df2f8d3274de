/**
 * Gives every event of a timeline its row, from top to bottom. An event stands below the one before it on its node, and
 * a receipt below its send, so what happened before stands higher; beyond that rows are used as early as possible.
 * Two events share a row only when their words stand in different gaps between the nodes' lines.
 */
import type { NodeId, PageId } from '../core/ids.js'
import type { Purpose } from '../core/kinds.js'
import { PageState } from '../core/memory.js'
import { TreadMarksError } from '../errors.js'
import { MAX_DIAGRAM_PAGES } from '../limits.js'
import type { MarkType, Timeline, TimelineEvent } from './timeline.js'

export interface Layout {
  readonly title: string
  readonly nodes: number
  readonly threads: number
  /** Rows 0 (the start) to this one, where nothing happens any more. */
  readonly end: number
  readonly arrows: readonly Arrow[]
  readonly marks: readonly PlacedMark[]
  /** Pages with bars, ascending. */
  readonly pages: readonly PageId[]
  /** Other pages that were used. */
  readonly pagesLeftOut: number
  readonly bars: readonly Bar[]
}

export interface Arrow {
  readonly from: NodeId
  readonly to: NodeId
  readonly sent: number
  /** Undefined when it has not arrived. */
  readonly received: number | undefined
  readonly purpose: Purpose
  readonly text: string
}

export interface PlacedMark {
  readonly node: NodeId
  readonly row: number
  readonly mark: MarkType
  readonly text: string
}

/** The states of a page on a node; the stretches lie end to end, from row 0 to the end. */
export interface Bar {
  readonly node: NodeId
  readonly page: PageId
  readonly stretches: readonly Stretch[]
}

export interface Stretch {
  readonly state: PageState
  readonly sure: boolean
  readonly from: number
  readonly to: number
}

/** Words of a mark stand on the outer side of its node, so that between two nodes there are only messages. */
export const marksAtRight = (node: NodeId, nodes: number): boolean => nodes > 1 && node >= nodes / 2

/** The gap in which the words of an event stand: gap i lies left of node i, the last one right of all. */
export function gapOf(event: TimelineEvent, nodes: number): number | undefined {
  if (event.type === 'sent') return event.to > event.node ? event.node + 1 : event.node
  if (event.type === 'mark') return marksAtRight(event.node, nodes) ? event.node + 1 : event.node
  return undefined
}

export function layOut(timeline: Timeline): Layout {
  const rows = new Rows(timeline)
  const { title, nodes, threads, events, initial = PageState.CLEAN } = timeline
  const end = Math.max(...rows.rowOf.values()) + 1
  const received = new Map<string, number>()
  for (const event of events) if (event.type === 'received') received.set(event.message, rows.of(event))
  const arrows: Arrow[] = []
  const marks: PlacedMark[] = []
  for (const event of events) {
    const row = rows.of(event)
    const { node } = event
    if (event.type === 'mark') marks.push({ node, row, mark: event.mark, text: event.text })
    if (event.type !== 'sent') continue
    const { to, purpose, text } = event
    arrows.push({ from: node, to, sent: row, received: received.get(event.message), purpose, text })
  }
  const { pages, pagesLeftOut } = choosePages(events)
  const bars = pages.flatMap((page) =>
    nodesOf(nodes).map((node) => bar(node, page, events, rows, { state: initial, sure: true, from: 0, to: end })),
  )
  return { title, nodes, threads, end, arrows, marks, pages, pagesLeftOut, bars }
}

const nodesOf = (nodes: number): NodeId[] => Array.from({ length: nodes }, (_, node) => node as NodeId)

class Rows {
  readonly rowOf = new Map<TimelineEvent, number>()
  private readonly queues: TimelineEvent[][]
  private readonly lastRow: number[]
  /** The gap in which the last event of each node has words, if that was a send. */
  private readonly lastSent: (number | undefined)[]
  private readonly sentRow = new Map<string, number>()
  private readonly sent = new Set<string>()
  private readonly taken = new Set<string>()
  private readonly nodes: number

  constructor({ nodes, events }: Timeline) {
    this.nodes = nodes
    this.queues = Array.from({ length: nodes }, () => [])
    this.lastRow = new Array<number>(nodes).fill(0)
    this.lastSent = new Array<number | undefined>(nodes).fill(undefined)
    for (const event of events) {
      this.queues[event.node]?.push(event)
      if (event.type === 'sent') this.sent.add(event.message)
    }
    for (let left = events.length; left > 0; left--) this.placeNext()
  }

  of(event: TimelineEvent): number {
    return this.rowOf.get(event) as number
  }

  /** Of the events that may come next, the one that can stand highest. */
  private placeNext(): void {
    let best: TimelineEvent | undefined
    let bestRow = Number.POSITIVE_INFINITY
    for (const queue of this.queues) {
      const event = queue[0]
      const row = event === undefined ? undefined : this.earliest(event)
      if (event === undefined || row === undefined || row >= bestRow) continue
      best = event
      bestRow = row
    }
    if (best === undefined) {
      throw new TreadMarksError(
        'ERR_TM_RECORDING',
        'the recordings contradict each other: a message came before it went',
      )
    }
    this.queues[best.node]?.shift()
    this.place(best, bestRow)
  }

  /** Undefined for a message that has not been sent yet. */
  private earliest(event: TimelineEvent): number | undefined {
    if (event.type === 'start') return 0
    const next = (this.lastRow[event.node] as number) + 1
    // A row between two sends to one side keeps the first arrow off the words of the second.
    if (event.type === 'sent') return gapOf(event, this.nodes) === this.lastSent[event.node] ? next + 1 : next
    if (event.type !== 'received' || !this.sent.has(event.message)) return next
    const sent = this.sentRow.get(event.message)
    return sent === undefined ? undefined : Math.max(next, sent + 1)
  }

  private place(event: TimelineEvent, earliest: number): void {
    const gap = gapOf(event, this.nodes)
    let row = earliest
    if (gap !== undefined) {
      while (this.taken.has(`${gap} ${row}`)) row++
      this.taken.add(`${gap} ${row}`)
    }
    this.rowOf.set(event, row)
    this.lastRow[event.node] = row
    this.lastSent[event.node] = event.type === 'sent' ? gap : undefined
    if (event.type === 'sent') this.sentRow.set(event.message, row)
  }
}

function choosePages(events: readonly TimelineEvent[]): { pages: PageId[]; pagesLeftOut: number } {
  const changes = new Map<PageId, number>()
  for (const { states } of events) for (const { page } of states) changes.set(page, (changes.get(page) ?? 0) + 1)
  const byChanges = [...changes].sort(([a, often], [b, oftenToo]) => oftenToo - often || a - b).map(([page]) => page)
  const pages = byChanges.slice(0, MAX_DIAGRAM_PAGES).sort((a, b) => a - b)
  return { pages, pagesLeftOut: byChanges.length - pages.length }
}

/** Of several states in one row the last one counts: the others lasted no time. `whole`: if nothing changes. */
function bar(node: NodeId, page: PageId, events: readonly TimelineEvent[], rows: Rows, whole: Stretch): Bar {
  const stretches: Stretch[] = []
  let now = whole
  for (const event of events) {
    if (event.node !== node) continue
    for (const change of event.states) {
      if (change.page !== page || (change.state === now.state && change.sure === now.sure)) continue
      const from = rows.of(event)
      if (from > now.from) stretches.push({ ...now, to: from })
      now = { state: change.state, sure: change.sure, from, to: whole.to }
    }
  }
  return { node, page, stretches: joined([...stretches, now]) }
}

/** Two stretches alike, with one between them that lasted no time, are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = []
  for (const stretch of stretches) {
    const last = out.at(-1)
    if (last?.state === stretch.state && last.sure === stretch.sure) out[out.length - 1] = { ...last, to: stretch.to }
    else out.push(stretch)
  }
  return out
}
