/**
 * Events, calls, messages and actions of the core in words, one line each, for traces that people read. Long
 * lists are cut: what is shown is enough to follow the protocol, and not meant to be read back.
 */
import type { Action, Answer, Event } from '../core/events.js'
import type { Interval, Rider } from '../core/interval.js'
import { PageState } from '../core/memory.js'
import type { DiffName, IntervalName, MeetingKind, Message, NamedDiff, PageDiff, Sleeper } from '../core/messages.js'
import type { Call, Outcome } from '../core/step.js'
import type { VectorTime } from '../core/vector-time.js'

export function describeEvent(event: Event): string {
  switch (event.type) {
    case 'message':
      return `from node ${event.from}: ${describeMessage(event.message)}`
    case 'miss':
      return `miss page ${event.page}`
    case 'holdOver':
      return `page ${event.page} is held no more`
    case 'lockAcquire':
      return `process ${event.proc} acquires lock ${event.lock}`
    case 'lockTry':
      return `process ${event.proc} tries lock ${event.lock}`
    case 'lockRelease':
      return `process ${event.proc} has released lock ${event.lock}`
    case 'condWait':
      return `process ${event.proc} waits for condition ${event.cond} of lock ${event.lock}`
    case 'condSignal':
      return `process ${event.proc} wakes ${event.all ? 'all' : 'one'} of condition ${event.cond} of lock ${event.lock}`
    case 'meet':
      return `process ${event.proc} arrives at ${meeting(event.kind, event.id)}${payload(event.payload)}`
    case 'flush':
      return `process ${event.proc} is about to release`
    case 'malloc':
      return `process ${event.proc} wants ${event.bytes} bytes${event.align === 0 ? '' : ` aligned to ${event.align}`}`
    case 'free':
      return `process ${event.proc} frees address ${event.address}`
    case 'send':
      return `process ${event.proc} sends ${event.bytes.length} bytes to process ${event.to}`
    case 'recv':
      return `process ${event.proc} receives from process ${event.from}`
    case 'probe':
      return `process ${event.proc} ${event.wait ? 'waits for' : 'looks for'} a message of any process`
    case 'ended':
      return `process ${event.proc} has ended`
  }
}

export function describeAction(action: Action): string {
  if (action.type === 'send') return `→ node ${action.to}: ${describeMessage(action.message)}`
  return `→ process ${action.proc}: ${describeAnswer(action.answer)}`
}

/** The actions one by one, or the failure. */
export function describeOutcome(outcome: Outcome): string[] {
  if (outcome.type === 'actions') return outcome.actions.map(describeAction)
  const { code, message } = outcome.error
  return [`→ the run ends: ${code === '' ? '' : `${code}: `}${message}`]
}

/** `memory.invalidate(page 3) = diff of 40 bytes` */
export function describeCall(call: Call): string {
  return `${describeQuestion(call)} = ${describeResult(call)}`
}

/** Calls in a row that are alike but for their page are one line when there are more than three. */
export function describeCalls(calls: readonly Call[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < calls.length; ) {
    const first = calls[i] as Call
    const alike = [first]
    for (let next = calls[i + 1]; next !== undefined && isLike(first, next); next = calls[i + alike.length])
      alike.push(next)
    if (alike.length <= 3) lines.push(...alike.map(describeCall))
    else lines.push(`${first.type}(each of ${pages(alike.map(pageOf))}) = ${describeResult(first)}`)
    i += alike.length
  }
  return lines
}

const pageOf = (call: Call): number => ('page' in call ? call.page : -1)

/** Calls with a diff stand alone: each has its own. */
const isLike = (one: Call, other: Call): boolean =>
  one.type === other.type && 'page' in one && !('diff' in one) && describeResult(one) === describeResult(other)

/** The same without what came back. */
export function describeQuestion(call: Question): string {
  const args = Object.entries(call).filter(([name]) => name !== 'type' && name !== 'result')
  return `${call.type}(${args.map(([name, value]) => `${name} ${argument(value)}`).join(', ')})`
}

/** A call, or as much of it as is known before it has been answered. */
export type Question = Pick<Call, 'type'>

export function describeMessage(message: Message): string {
  return `${message.type} ${content(message)}`
}

function content(message: Message): string {
  switch (message.type) {
    case 'lockRequest':
    case 'lockForward':
    case 'lockTry':
    case 'lockTryForward':
      return `lock ${message.lock} for node ${message.requester}, ${time(message.time)}`
    case 'lockGrant':
      return `lock ${message.lock}, ${rider(message.rider)}${sleepers(message.sleepers)}`
    case 'lockTried':
      return `lock ${message.lock}: ${message.granted ? 'granted' : 'not free'}`
    case 'lockBusy':
      return `lock ${message.lock}`
    case 'condWake':
      return `process ${message.proc} wants lock ${message.lock} again`
    case 'arrive':
      return `at ${meeting(message.kind, message.id)}, ${rider(message.rider)}${payload(message.payload)}`
    case 'depart':
      return `${rider(message.rider)}${payload(message.payload)}`
    case 'mallocRequest':
      return `${message.bytes} bytes for process ${message.proc}, ${time(message.time)}`
    case 'mallocReply':
      return `${allocated(message.address, message.used)} for process ${message.proc}, ${rider(message.rider)}`
    case 'freeRequest':
      return `address ${message.address} by process ${message.proc}, ${rider(message.rider)}`
    case 'freeReply':
      return `for process ${message.proc}: ${message.ok ? 'freed' : 'no block begins there'}`
    case 'ended':
      return `process ${message.proc}`
    case 'parcel':
      return `${message.bytes.length} bytes from process ${message.from} to process ${message.to}`
    case 'parcelTaken':
      return `${message.cost} of what process ${message.from} sent process ${message.to}`
    case 'diffRequest':
      return some(message.wants, diffName)
    case 'diffReply':
    case 'diffPush':
      return some(message.diffs, (diff: NamedDiff) => `${diffName(diff)} (${diff.bytes.length} bytes)`)
    case 'diffKeep':
    case 'homeClaim':
      return some(message.pages, (page) => `page ${page}`)
    case 'pageRequest':
      return `page ${message.page} for node ${message.requester}${message.take ? ', which takes it' : ''}, ${some(message.needs, intervalName)}`
    case 'pageReply':
      return `page ${message.page}, ${message.bytes.length} bytes${message.yours ? `, and takes it with ${some(message.applied, intervalName)}` : ''}, move ${message.moves}`
    case 'homeFlush':
      return some(message.diffs, (diff) => `${diffName(diff)} after ${diff.after} (${diff.bytes.length} bytes)`)
    case 'homeIs':
      return some(message.homes, ({ page, home, moves }) => `page ${page} at node ${home}, move ${moves}`)
    case 'homeOffer':
      return `page ${message.page}`
    case 'eagerFlush':
      return `flush ${message.id}: ${some(message.diffs, pageDiff)}`
    case 'eagerFlushed':
      return `flush ${message.id}`
    case 'eagerUpdate':
      return some(message.diffs, pageDiff)
    case 'eagerInvalidate':
      return some(message.pages, (page) => `page ${page}`)
    case 'eagerAck':
      return `dropped: ${some(message.dropped, (page) => `page ${page}`)}`
    case 'pageRecall':
      return `page ${message.page}, which node ${message.next} is to own`
    case 'pageRecalled':
      return `page ${message.page}`
  }
}

function describeAnswer({ value, used, payload: bytes, error }: Answer): string {
  if (error !== undefined) return `${error.code}: ${error.message}`
  if (value !== 0) return allocated(value, used)
  return `go on${payload(bytes)}`
}

function describeResult(call: Call): string {
  const { result } = call
  if (result.type === 'threw') return `threw ${result.error.code || 'Error'}: ${result.error.message}`
  const { value } = result
  if (call.type === 'state') return PageState[value as PageState]
  if (value === undefined) return 'done'
  if (value instanceof Uint8Array) return `diff of ${value.length} bytes`
  return Array.isArray(value) ? pages(value) : String(value)
}

function argument(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { bytes, checksum } = value as { bytes: number; checksum: number }
  return `of ${bytes} bytes, checksum ${checksum.toString(16).padStart(8, '0')}`
}

const allocated = (address: number, used: boolean): string =>
  address === 0 ? 'no room' : `address ${address}${used ? ', used before' : ''}`

const meeting = (kind: MeetingKind, id: number): string => (kind === 'barrier' ? `barrier ${id}` : kind)

const payload = (bytes: Uint8Array): string => (bytes.length === 0 ? '' : `, payload of ${bytes.length} bytes`)

const intervalName = ({ node, index }: IntervalName): string => `interval ${index} of node ${node}`

const pageDiff = ({ page, bytes }: PageDiff): string => `page ${page} (${bytes.length} bytes)`

const diffName = (name: DiffName): string => `page ${name.page} in ${intervalName(name)}`

const sleepers = (list: readonly Sleeper[]): string =>
  list.length === 0 ? '' : `, asleep: ${some(list, ({ proc, cond }) => `process ${proc} on condition ${cond}`)}`

/** Entries of the nodes in order; of many nodes only those that are not 0. */
function time(entries: VectorTime): string {
  if (entries.length <= 8) return `time [${[...entries].join(' ')}]`
  const seen = [...entries.entries()].filter(([, entry]) => entry !== 0)
  return `time [${seen.map(([node, entry]) => `${node}:${entry}`).join(' ')}]`
}

function rider({ time: seen, intervals }: Rider): string {
  const brought = intervals.length === 0 ? '' : `, brings ${some(intervals, interval)}`
  return time(seen) + brought
}

const interval = ({ node, index, pages: written }: Interval): string =>
  `interval ${index} of node ${node} (${pages(written)})`

/** `pages 1, 4-9` */
function pages(list: readonly number[]): string {
  if (list.length === 0) return 'no pages'
  const runs: [first: number, last: number][] = []
  for (const page of list) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] + 1 === page) run[1] = page
    else runs.push([page, page])
  }
  const word = list.length === 1 ? 'page' : 'pages'
  return `${word} ${some(runs, ([first, last]) => (first === last ? String(first) : `${first}-${last}`))}`
}

/** How many of a list are shown. */
const SHOWN = 6
function some<T>(items: readonly T[], describe: (item: T) => string): string {
  const rest = items.length - SHOWN
  return items.slice(0, SHOWN).map(describe).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
