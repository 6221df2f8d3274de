/**
 * A coherence protocol to begin with: everybody has every page, and a release sends what was written to everybody. No
 * page is ever closed, so nothing is ever missed; a program pays for each byte it writes with a message to each node.
 */
import type { CoherenceContext, CoherenceFactory } from '../../src/core/coherence.js'
import { done } from '../../src/core/events.js'
import type { NodeId, PageId, ProcId } from '../../src/core/ids.js'
import type { CoherenceMessage } from '../../src/core/messages.js'
import { WithoutIntervals } from '../../src/core/without-intervals.js'
import { TreadMarksError } from '../../src/errors.js'

class Broadcast extends WithoutIntervals {
  /** Flushes, each sent to all others; of each other node, how many it has answered; and who waits for how many of all. */
  private sent = 0
  private readonly answered = new Map<NodeId, number>()
  private waiting: { readonly proc: ProcId; readonly until: number }[] = []

  constructor(private readonly context: CoherenceContext) {
    super(context.nodes)
    for (let node = 0; node < context.nodes; node++) if (node !== context.self) this.answered.set(node as NodeId, 0)
  }

  /** Before a release: the diffs of all that was written since the last one go to all others, who answer. */
  flush(proc: ProcId): void {
    const { memory, outbox } = this.context
    const diffs = memory.closeInterval(false).map((page: PageId) => ({ page, bytes: memory.makeDiff(page) }))
    if (diffs.length > 0) {
      this.sent++
      for (const node of this.answered.keys()) outbox.send(node, { type: 'eagerUpdate', diffs })
    }
    this.waiting.push({ proc, until: this.sent })
    this.settle()
  }

  /** An update is written to the page, beside what is written there meanwhile; an answer may end a wait. */
  message(from: NodeId, message: CoherenceMessage): void {
    const { memory, outbox } = this.context
    if (message.type === 'eagerUpdate') {
      for (const { page, bytes } of message.diffs)
        if (!memory.patch(page, bytes)) throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent a wrong diff`)
      outbox.send(from, { type: 'eagerAck', dropped: [] })
      return
    }
    const answers = (this.answered.get(from) ?? 0) + 1
    if (message.type !== 'eagerAck' || answers > this.sent)
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent ${message.type}, which nobody wants`)
    this.answered.set(from, answers)
    this.settle()
  }

  /** Nothing is closed, so nothing is missed. */
  miss(): void {}

  /** Nor is anything held. */
  holdOver(): void {}

  /** Each node answers in order, but one may be behind: only when all have answered a flush is it over. */
  private settle(): void {
    const over = Math.min(this.sent, ...this.answered.values())
    const ready = this.waiting.filter(({ until }) => until <= over)
    this.waiting = this.waiting.filter(({ until }) => until > over)
    for (const { proc } of ready) this.context.outbox.answer(proc, done)
  }
}

/** `flushes`: a process asks for `flush`, and waits, before it releases. */
export const broadcast: CoherenceFactory = Object.assign((context: CoherenceContext) => new Broadcast(context), {
  flushes: true,
})
