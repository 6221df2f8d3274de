/**
 * Flushes of an eager protocol that are not over. A writer waits, when it releases, for all that it has sent before; a
 * home tells the writer that a flush is over when all to whom it was passed on have answered. Answers come in the order
 * of what they answer, so numbers suffice to tell which is which.
 */
import { TreadMarksError } from '../errors.js'
import { done, type Outbox } from './events.js'
import type { NodeId, ProcId } from './ids.js'

/** At the writer. */
export class SentFlushes {
  private readonly open = new Set<number>()
  private waiting: { readonly proc: ProcId; readonly flushes: Set<number> }[] = []
  private last = 0

  constructor(private readonly outbox: Outbox) {}

  /** Its name. */
  begin(): number {
    this.open.add(++this.last)
    return this.last
  }

  /** The process is answered when all that are open now are over. */
  await(proc: ProcId): void {
    if (this.open.size === 0) this.outbox.answer(proc, done)
    else this.waiting.push({ proc, flushes: new Set(this.open) })
  }

  over(from: NodeId, id: number): void {
    if (!this.open.delete(id))
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} ends flush ${id}, which is not under way`)
    for (const { flushes } of this.waiting) flushes.delete(id)
    const ready = this.waiting.filter(({ flushes }) => flushes.size === 0)
    this.waiting = this.waiting.filter(({ flushes }) => flushes.size > 0)
    for (const { proc } of ready) this.outbox.answer(proc, done)
  }
}

/** Of each node, the number of the message that it must have answered. */
export type Due = Map<NodeId, number>

/** At the home. */
export class PassedFlushes {
  private readonly sent = new Map<NodeId, number>()
  private readonly answered = new Map<NodeId, number>()
  private pending: { readonly writer: NodeId; readonly id: number; readonly due: Due }[] = []

  constructor(private readonly outbox: Outbox) {}

  /** Something that must be answered goes to the node: its number. */
  sends(to: NodeId): number {
    const number = (this.sent.get(to) ?? 0) + 1
    this.sent.set(to, number)
    return number
  }

  hasAnswered(node: NodeId, number: number): boolean {
    return (this.answered.get(node) ?? 0) >= number
  }

  /** The writer is told when all of these have come. */
  await(writer: NodeId, id: number, due: Due): void {
    this.pending.push({ writer, id, due })
    this.settle()
  }

  answer(from: NodeId): void {
    const number = (this.answered.get(from) ?? 0) + 1
    if (number > (this.sent.get(from) ?? 0))
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} answers what it was not sent`)
    this.answered.set(from, number)
    this.settle()
  }

  private settle(): void {
    const over = this.pending.filter(({ due }) => [...due].every(([node, number]) => this.hasAnswered(node, number)))
    if (over.length === 0) return
    this.pending = this.pending.filter((flush) => !over.includes(flush))
    for (const { writer, id } of over) this.outbox.send(writer, { type: 'eagerFlushed', id })
  }
}

/** Both sides of one node. There is one pair, whatever protocols there are: an answer says not whose flush it ends. */
export class Flushes {
  readonly sent: SentFlushes
  readonly passed: PassedFlushes

  constructor(outbox: Outbox) {
    this.sent = new SentFlushes(outbox)
    this.passed = new PassedFlushes(outbox)
  }
}
