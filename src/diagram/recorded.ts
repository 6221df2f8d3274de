/**
 * Reads the recording of a node into a timeline: messages, misses and what processes asked are the events of its steps
 * and the actions in them; what became of pages is in the calls on its memory. Not recorded, and so not shown, is what
 * a process does without the core: a lock that its word alone gives or takes, and a load or a store.
 */
import type { Action, Event } from '../core/events.js'
import type { NodeId, ProcId } from '../core/ids.js'
import { PageState } from '../core/memory.js'
import type { Step } from '../core/step.js'
import { answerMark, askMark, type CallEvent, type CallMark } from './call-marks.js'
import { RecordedPages } from './recorded-pages.js'
import type { TimelineWriter } from './timeline.js'

export class RecordedLane {
  private readonly pages: RecordedPages
  /** What each process waits for. */
  private readonly asked = new Map<ProcId, CallEvent>()

  /** `threads`: processes on each node. */
  constructor(
    private readonly writer: TimelineWriter,
    private readonly node: NodeId,
    private readonly threads: number,
    /** In which its pages begin. */
    initial = PageState.CLEAN,
  ) {
    this.pages = new RecordedPages(writer, node, initial)
  }

  step({ event, calls, outcome }: Step): void {
    this.begin(event, outcome.type === 'actions' ? outcome.actions : [])
    for (const call of calls) this.pages.called(call)
    if (outcome.type === 'failed') {
      this.writer.mark(this.node, 'end', `fails: ${outcome.error.code || 'an error'}`)
      return
    }
    for (const action of outcome.actions) {
      if (action.type === 'send') this.writer.sent(this.node, action.to, action.message)
      else this.answered(action)
    }
  }

  private begin(event: Event, actions: readonly Action[]): void {
    if (event.type === 'message') return this.writer.received(this.node, event.from, event.message)
    if (event.type === 'miss') {
      this.writer.mark(this.node, 'fault', `misses p${event.page}`)
      return this.pages.missed(event.page)
    }
    if (event.type === 'holdOver') return this.writer.mark(this.node, 'other', `p${event.page} is held no more`)
    const granted = event.type === 'meet' ? undefined : answerOf(event, actions)
    // One mark is enough for what is granted at once; to arrive and to depart are two things all the same.
    this.mark(event.proc, granted ?? askMark(event))
    if (granted === undefined) this.asked.set(event.proc, event)
  }

  private answered({ proc, answer }: Extract<Action, { type: 'answer' }>): void {
    const event = this.asked.get(proc)
    const mark = event === undefined ? undefined : answerMark(event, answer)
    this.asked.delete(proc)
    if (mark !== undefined) this.mark(proc, mark)
  }

  private mark(proc: ProcId, { mark, text }: CallMark): void {
    this.writer.mark(this.node, mark, this.threads === 1 ? text : `process ${proc} ${text}`)
  }
}

/** What the answer in the same step shows, if there is one. */
function answerOf(event: CallEvent, actions: readonly Action[]): CallMark | undefined {
  for (const action of actions)
    if (action.type === 'answer' && action.proc === event.proc) return answerMark(event, action.answer)
  return undefined
}
