/**
 * A recording fed to the core again. The events come from the recording, and so do the results of the calls
 * that the core makes on memory and lock words; the calls themselves and what is decided must be those of the
 * recorded run, byte for byte. The first difference ends it.
 */
import type { CoherenceFactory } from '../../core/coherence.js'
import { counterRow } from '../../core/counters.js'
import type { Event } from '../../core/events.js'
import type { LockId, PageId } from '../../core/ids.js'
import type { LockWords, Taken } from '../../core/lock-words.js'
import type { Invalidated, PageMemory, PageState } from '../../core/memory.js'
import { DsmNode } from '../../core/node.js'
import { digest, thrown } from '../../core/recorder.js'
import type { Args, Call, Checksum, Method, Outcome, Returned, Step, Thrown } from '../../core/step.js'
import { type ErrorCode, errorTable, TreadMarksError } from '../../errors.js'
import { ByteWriter } from '../../wire/bytes.js'
import type { Field } from '../../wire/fields.js'
import type { RecordedStep, RecordingReader } from '../../wire/recording.js'
import { action as actionField, call as callField } from '../../wire/steps.js'
import { describeOutcome, describeQuestion, type Question } from '../describe.js'
import { protocols } from '../protocols.js'

/** The first difference. */
export interface Divergence {
  readonly event: Event
  /** Byte of the recording at which the step begins. */
  readonly at: number
  /** What the recording has, and what the core does instead. */
  readonly expected: string
  readonly found: string
}

export interface Replayed {
  /** What was replayed and was the same; with a divergence, what came before it. */
  events: number
  calls: number
  actions: number
  divergence: Divergence | undefined
}

/** `result` is kept up to date while it goes, for whoever catches what a damaged recording throws. */
export function replay(
  reader: RecordingReader,
  coherence: CoherenceFactory,
  checksum: Checksum,
  result: Replayed = { events: 0, calls: 0, actions: 0, divergence: undefined },
  watch: (recorded: RecordedStep, number: number) => void = () => {},
): Replayed {
  const script = new Script()
  const { self, nodes, threads, pageBytes, heapBytes } = reader.header
  const memory = new ReplayedMemory(pageBytes, heapBytes / pageBytes, checksum, script)
  const words = new ReplayedWords(script)
  const { protocol } = reader.header
  const core = new DsmNode({
    self,
    nodes,
    threads,
    memory,
    words,
    coherence,
    protocol,
    protocols,
    counters: counterRow(),
  })
  for (let recorded = reader.next(); recorded !== undefined; recorded = reader.next()) {
    watch(recorded, result.events + 1)
    const { step, at } = recorded
    const difference = repeat(core, script, step)
    if (difference !== undefined) {
      result.divergence = { event: step.event, at, ...difference }
      return result
    }
    result.events++
    result.calls += step.calls.length
    if (step.outcome.type === 'actions') result.actions += step.outcome.actions.length
  }
  return result
}

type Difference = Pick<Divergence, 'expected' | 'found'>

function repeat(core: DsmNode, script: Script, step: Step): Difference | undefined {
  script.begin(step.calls)
  let found: Outcome
  try {
    found = { type: 'actions', actions: core.step(step.event) }
  } catch (error) {
    if (error instanceof Diverged) return error.difference
    found = { type: 'failed', error: thrown(error) }
  }
  const left = script.left
  if (left !== undefined) {
    const instead = found.type === 'failed' ? (describeOutcome(found)[0] as string) : 'no further call'
    return { expected: describeQuestion(left), found: instead }
  }
  return compare(step.outcome, found)
}

function compare(expected: Outcome, found: Outcome): Difference | undefined {
  if (expected.type === 'failed' || found.type === 'failed') {
    const difference = wordsOf(expected, found, 0)
    return expected.type === found.type && difference.expected === difference.found ? undefined : difference
  }
  for (let i = 0; i < Math.max(expected.actions.length, found.actions.length); i++) {
    const [one, other] = [expected.actions[i], found.actions[i]]
    if (one === undefined || other === undefined) return wordsOf(expected, found, i)
    const byte = firstDifference(actionField, one, other)
    if (byte === undefined) continue
    const difference = wordsOf(expected, found, i)
    return { ...difference, found: `${difference.found} (first different byte: ${byte})` }
  }
  return undefined
}

function wordsOf(expected: Outcome, found: Outcome, i: number): Difference {
  const line = (outcome: Outcome): string => describeOutcome(outcome)[i] ?? 'nothing more'
  return { expected: line(expected), found: line(found) }
}

/** Where the encodings of two values differ first. */
function firstDifference<T>(field: Field<T>, one: T, other: T): number | undefined {
  const [a, b] = [encoded(field, one), encoded(field, other)]
  const at = a.findIndex((byte, i) => byte !== b[i])
  if (at >= 0) return at
  return a.length === b.length ? undefined : a.length
}

/** What cannot be written is no value that a recording has. */
function encoded<T>(field: Field<T>, value: T): Uint8Array {
  const writer = new ByteWriter()
  try {
    field.write(writer, value)
  } catch {
    return new Uint8Array(0)
  }
  return writer.subarray()
}

/** Ends a step at a call that is not the recorded one. */
class Diverged extends Error {
  constructor(readonly difference: Difference) {
    super('the replay has diverged')
  }
}

/** The calls of one step, to be made in this order. */
class Script {
  private calls: readonly Call[] = []
  private made = 0

  begin(calls: readonly Call[]): void {
    this.calls = calls
    this.made = 0
  }

  /** The next call that the recording has. */
  get left(): Call | undefined {
    return this.calls[this.made]
  }

  /** The core makes a call: the recorded result, if it is the recorded call. */
  answer<M extends Method>(type: M, args: Args<M>): Returned<M> {
    const recorded = this.left
    const asked: Question = { type, ...args }
    // With the recorded result in its place the two must be the same in every byte.
    const call = { ...asked, result: recorded?.result } as Call
    if (recorded?.type !== type || firstDifference(callField, recorded, call) !== undefined) {
      const expected = recorded === undefined ? 'no further call' : describeQuestion(recorded)
      throw new Diverged({ expected, found: describeQuestion(asked) })
    }
    this.made++
    if (recorded.result.type === 'threw') throw asError(recorded.result.error)
    return recorded.result.value as Returned<M>
  }
}

const asError = ({ code, message }: Thrown): Error =>
  Object.hasOwn(errorTable, code) ? new TreadMarksError(code as ErrorCode, message) : new Error(message)

class ReplayedMemory implements PageMemory {
  constructor(
    readonly pageBytes: number,
    readonly pageCount: number,
    private readonly checksum: Checksum,
    private readonly script: Script,
  ) {}

  state(page: PageId): PageState {
    return this.script.answer('state', { page })
  }

  closeInterval(keepWatched: boolean): PageId[] {
    return this.script.answer('closeInterval', { keepWatched })
  }

  makeDiff(page: PageId): Uint8Array {
    return this.script.answer('makeDiff', { page })
  }

  renew(page: PageId): Uint8Array {
    return this.script.answer('renew', { page })
  }

  invalidate(page: PageId): Invalidated {
    return this.script.answer('invalidate', { page })
  }

  contents(page: PageId): Uint8Array {
    return this.script.answer('contents', { page })
  }

  patch(page: PageId, diff: Uint8Array): boolean {
    return this.script.answer('patch', { page, diff: digest(diff, this.checksum) })
  }

  beginFetch(page: PageId): boolean {
    return this.script.answer('beginFetch', { page })
  }

  applyDiff(page: PageId, diff: Uint8Array): boolean {
    return this.script.answer('applyDiff', { page, diff: digest(diff, this.checksum) })
  }

  open(page: PageId): void {
    this.script.answer('open', { page })
  }

  wantsWrite(page: PageId): boolean {
    return this.script.answer('wantsWrite', { page })
  }

  grant(page: PageId, exclusive: boolean): void {
    this.script.answer('grant', { page, exclusive })
  }

  downgrade(page: PageId): boolean {
    return this.script.answer('downgrade', { page })
  }

  recall(page: PageId): boolean {
    return this.script.answer('recall', { page })
  }
}

class ReplayedWords implements LockWords {
  constructor(private readonly script: Script) {}

  tryHold(lock: LockId): Taken {
    return this.script.answer('tryHold', { lock })
  }

  tryTake(lock: LockId): Taken {
    return this.script.answer('tryTake', { lock })
  }

  hold(lock: LockId, wanted: boolean): void {
    this.script.answer('hold', { lock, wanted })
  }

  free(lock: LockId): void {
    this.script.answer('free', { lock })
  }

  settle(lock: LockId): void {
    this.script.answer('settle', { lock })
  }
}
