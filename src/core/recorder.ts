/**
 * The core with a recorder around it. It takes events like `DsmNode`, and hands on each step as data before
 * anybody can act on what the step decided. It stands between the core and its shell on both sides: events and
 * actions pass through `step`, and the calls on memory and lock words through the two classes below.
 */
import { TreadMarksError } from '../errors.js'
import type { Action, Event } from './events.js'
import type { LockId, PageId } from './ids.js'
import type { LockWords, Taken } from './lock-words.js'
import type { Invalidated, PageMemory, PageState } from './memory.js'
import { DsmNode, type NodeConfig } from './node.js'
import type { Args, Call, Checksum, Digest, Method, Outcome, Returned, Step, Thrown } from './step.js'
import type { Wait } from './wait.js'

export class RecordedNode {
  private readonly core: DsmNode
  private readonly made = new CallLog()

  /** `keep` is called at the end of each step, also of one that fails. */
  constructor(
    config: NodeConfig,
    checksum: Checksum,
    private readonly keep: (step: Step) => void,
  ) {
    const memory = new RecordingMemory(config.memory, checksum, this.made)
    this.core = new DsmNode({ ...config, memory, words: new RecordingWords(config.words, this.made) })
  }

  step(event: Event): readonly Action[] {
    let actions: readonly Action[]
    try {
      actions = this.core.step(event)
    } catch (error) {
      this.end(event, { type: 'failed', error: thrown(error) })
      throw error
    }
    this.end(event, { type: 'actions', actions })
    return actions
  }

  waits(): Wait[] {
    return this.core.waits()
  }

  get flushes(): boolean {
    return this.core.flushes
  }

  private end(event: Event, outcome: Outcome): void {
    this.keep({ event, calls: this.made.take(), outcome })
  }
}

/** An error as data. */
export const thrown = (error: unknown): Thrown => ({
  code: error instanceof TreadMarksError ? error.code : '',
  message: error instanceof Error ? error.message : String(error),
})

export const digest = (bytes: Uint8Array, checksum: Checksum): Digest => ({
  bytes: bytes.length,
  checksum: checksum(bytes),
})

/** The calls of the step that is under way. */
class CallLog {
  private calls: Call[] = []

  make<M extends Method>(type: M, args: Args<M>, call: () => Returned<M>): Returned<M> {
    try {
      const value = call()
      this.calls.push({ type, ...args, result: { type: 'returned', value } } as unknown as Call)
      return value
    } catch (error) {
      this.calls.push({ type, ...args, result: { type: 'threw', error: thrown(error) } } as unknown as Call)
      throw error
    }
  }

  take(): readonly Call[] {
    const { calls } = this
    this.calls = []
    return calls
  }
}

class RecordingMemory implements PageMemory {
  readonly pageBytes: number
  readonly pageCount: number

  constructor(
    private readonly memory: PageMemory,
    private readonly checksum: Checksum,
    private readonly log: CallLog,
  ) {
    this.pageBytes = memory.pageBytes
    this.pageCount = memory.pageCount
  }

  state(page: PageId): PageState {
    return this.log.make('state', { page }, () => this.memory.state(page))
  }

  closeInterval(keepWatched: boolean): PageId[] {
    return this.log.make('closeInterval', { keepWatched }, () => this.memory.closeInterval(keepWatched))
  }

  makeDiff(page: PageId): Uint8Array {
    return this.log.make('makeDiff', { page }, () => this.memory.makeDiff(page))
  }

  renew(page: PageId): Uint8Array {
    return this.log.make('renew', { page }, () => this.memory.renew(page))
  }

  invalidate(page: PageId): Invalidated {
    return this.log.make('invalidate', { page }, () => this.memory.invalidate(page))
  }

  contents(page: PageId): Uint8Array {
    return this.log.make('contents', { page }, () => this.memory.contents(page))
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    return this.log.make('patch', { page, diff: this.digest(diff) }, () => this.memory.patch(page, diff))
  }

  beginFetch(page: PageId): boolean {
    return this.log.make('beginFetch', { page }, () => this.memory.beginFetch(page))
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    return this.log.make('applyDiff', { page, diff: this.digest(diff) }, () => this.memory.applyDiff(page, diff))
  }

  open(page: PageId): void {
    this.log.make('open', { page }, () => this.memory.open(page))
  }

  wantsWrite(page: PageId): boolean {
    return this.log.make('wantsWrite', { page }, () => this.memory.wantsWrite(page))
  }

  grant(page: PageId, exclusive: boolean): void {
    this.log.make('grant', { page, exclusive }, () => this.memory.grant(page, exclusive))
  }

  downgrade(page: PageId): boolean {
    return this.log.make('downgrade', { page }, () => this.memory.downgrade(page))
  }

  recall(page: PageId): boolean {
    return this.log.make('recall', { page }, () => this.memory.recall(page))
  }

  private digest(diff: Uint8Array): Digest {
    return digest(diff, this.checksum)
  }
}

class RecordingWords implements LockWords {
  constructor(
    private readonly words: LockWords,
    private readonly log: CallLog,
  ) {}

  tryHold(lock: LockId): Taken {
    return this.log.make('tryHold', { lock }, () => this.words.tryHold(lock))
  }

  tryTake(lock: LockId): Taken {
    return this.log.make('tryTake', { lock }, () => this.words.tryTake(lock))
  }

  hold(lock: LockId, wanted: boolean): void {
    this.log.make('hold', { lock, wanted }, () => this.words.hold(lock, wanted))
  }

  free(lock: LockId): void {
    this.log.make('free', { lock }, () => this.words.free(lock))
  }

  settle(lock: LockId): void {
    this.log.make('settle', { lock }, () => this.words.settle(lock))
  }
}
