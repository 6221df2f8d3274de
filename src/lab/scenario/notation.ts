/**
 * The notation of scenarios: everything a message carries, down to the bytes of a diff, on one line. `0.1` is
 * the first interval of node 0, `0.1 {2 3}` that interval with its write notices, `[1 0 2]` a vector time, and
 * `0=7 4..6=1,2,3` the bytes at offsets of a page. (../describe.ts tells events and calls in whole words instead.)
 */
import { readDiff } from '../../core/diff.js'
import type { Interval, Rider } from '../../core/interval.js'
import type { DiffName, IntervalName, Message, NamedDiff, PageDiff, Sleeper } from '../../core/messages.js'
import type { VectorTime } from '../../core/vector-time.js'

export function messageText(message: Message, pageBytes: number): string {
  return `${message.type} ${contents(message, pageBytes)}`.trimEnd()
}

function contents(message: Message, pageBytes: number): string {
  switch (message.type) {
    case 'lockRequest':
    case 'lockForward':
    case 'lockTry':
    case 'lockTryForward':
      return `lock ${message.lock} for node ${message.requester}, time ${timeText(message.time)}`
    case 'lockGrant':
      return `lock ${message.lock}, ${riderText(message.rider)}${sleepersText(message.sleepers)}`
    case 'lockTried':
      return `lock ${message.lock}, ${message.granted ? 'granted' : 'not free'}`
    case 'lockBusy':
      return `lock ${message.lock}`
    case 'condWake':
      return `lock ${message.lock}, process ${message.proc}`
    case 'arrive': {
      const what = message.kind === 'barrier' ? `barrier ${message.id}` : message.kind
      return `${what}, ${riderText(message.rider)}${payloadText(message.payload)}`
    }
    case 'depart':
      return `${riderText(message.rider)}${payloadText(message.payload)}`
    case 'mallocRequest':
      return `${message.bytes} bytes for process ${message.proc}, time ${timeText(message.time)}`
    case 'mallocReply':
      return `address ${message.address}, ${message.used ? 'used before' : 'fresh'}, ${riderText(message.rider)}`
    case 'freeRequest':
      return `address ${message.address}, ${riderText(message.rider)}`
    case 'freeReply':
      return message.ok ? 'done' : 'no block begins there'
    case 'ended':
      return `process ${message.proc}`
    case 'parcel':
      return `process ${message.from} to process ${message.to}, bytes ${message.bytes.join(',')}`
    case 'parcelTaken':
      return `process ${message.from} to process ${message.to}, ${message.cost}`
    case 'diffRequest':
      return message.wants.map(diffNameText).join(', ')
    case 'diffReply':
    case 'diffPush':
      return message.diffs.map((diff) => namedDiffText(diff, pageBytes)).join(', ')
    case 'diffKeep':
    case 'homeClaim':
      return message.pages.map((page) => `page ${page}`).join(', ')
    case 'pageRequest':
      return `page ${message.page} for ${message.requester}${message.take ? ', who takes it' : ''}${havingText(message.needs)}`
    case 'pageReply':
      return `page ${message.page}: ${diffText(message.bytes, pageBytes)}${message.yours ? `, taken${havingText(message.applied)}` : ''}`
    case 'homeFlush':
      return message.diffs.map((diff) => namedDiffText(diff, pageBytes)).join(', ')
    case 'homeIs':
      return message.homes.map(({ page, home }) => `page ${page} at ${home}`).join(', ')
    case 'homeOffer':
      return `page ${message.page}`
    case 'eagerFlush':
      return `${message.id}, ${message.diffs.map((diff) => pageDiffText(diff, pageBytes)).join(', ')}`
    case 'eagerUpdate':
      return message.diffs.map((diff) => pageDiffText(diff, pageBytes)).join(', ')
    case 'eagerInvalidate':
      return message.pages.map((page) => `page ${page}`).join(', ')
    case 'eagerFlushed':
      return `${message.id}`
    case 'eagerAck':
      return message.dropped.map((page) => `without page ${page}`).join(', ')
    case 'pageRecall':
      return `page ${message.page}, for ${message.next}`
    case 'pageRecalled':
      return `page ${message.page}`
  }
}

export const timeText = (time: VectorTime): string => `[${[...time].join(' ')}]`

export const nameText = ({ node, index }: IntervalName): string => `${node}.${index}`

const pageDiffText = ({ page, bytes }: PageDiff, pageBytes: number): string =>
  `page ${page}: ${diffText(bytes, pageBytes)}`

const havingText = (names: readonly IntervalName[]): string =>
  names.length === 0 ? '' : `, having ${names.map(nameText).join(' ')}`

export const intervalText = (interval: Interval): string => `${nameText(interval)} {${interval.pages.join(' ')}}`

export const intervalsText = (intervals: readonly Interval[]): string => intervals.map(intervalText).join(', ')

/** The bytes that a diff changes. */
export function diffText(diff: Uint8Array, pageBytes: number): string {
  const bytes: [offset: number, value: number][] = []
  const sound = readDiff(diff, pageBytes, (offset, length, at) => {
    for (let i = 0; i < length; i++) bytes.push([offset + i, diff[at + i] as number])
  })
  if (!sound) return 'malformed'
  return bytes.length === 0 ? 'no change' : runsText(bytes)
}

/** The bytes of a page that are not zero. */
export function pageText(page: Uint8Array): string {
  const bytes = [...page.entries()].filter(([, value]) => value !== 0)
  return bytes.length === 0 ? 'zeros' : runsText(bytes)
}

function riderText({ time, intervals }: Rider): string {
  const brought = intervals.length === 0 ? 'no intervals' : `intervals ${intervalsText(intervals)}`
  return `time ${timeText(time)}, ${brought}`
}

const diffNameText = (name: DiffName): string => `page ${name.page} of ${nameText(name)}`

const namedDiffText = (diff: NamedDiff, pageBytes: number): string =>
  `${diffNameText(diff)}: ${diffText(diff.bytes, pageBytes)}`

function sleepersText(sleepers: readonly Sleeper[]): string {
  const list = sleepers.map(({ cond, proc }) => `${proc} on condition ${cond}`)
  return list.length === 0 ? '' : `, asleep ${list.join(', ')}`
}

const payloadText = (payload: Uint8Array): string => (payload.length === 0 ? '' : `, payload ${[...payload].join(' ')}`)

/** A run of different bytes shows no more of them than this. */
const SHOWN = 8

function runsText(bytes: readonly (readonly [offset: number, value: number])[]): string {
  const runs: { readonly start: number; readonly values: number[] }[] = []
  for (const [offset, value] of bytes) {
    const last = runs.at(-1)
    if (last !== undefined && last.start + last.values.length === offset) last.values.push(value)
    else runs.push({ start: offset, values: [value] })
  }
  return runs.map(({ start, values }) => runText(start, values)).join(' ')
}

function runText(start: number, values: readonly number[]): string {
  if (values.length === 1) return `${start}=${values[0]}`
  const same = values.every((value) => value === values[0])
  const shown = same ? values.slice(0, 1) : values.slice(0, SHOWN)
  const rest = same || values.length <= SHOWN ? '' : ',…'
  return `${start}..${start + values.length - 1}=${shown.join(',')}${rest}`
}
