/**
 * The tables that measured programs give: time and speedup, messages and kilobytes beside the papers', what the messages
 * were for, and which pages several processes wrote. K is 1,000.
 */
import { type Kind, purposeOf } from '../../src/core/kinds.js'
import type { Table } from '../../src/core/tally.js'
import { spread } from '../verdict.js'
import type { Measured, OnNodes } from './measure.js'
import { published } from './published.js'

export type Cells = readonly (readonly string[])[]

export const named = ({ app, preset }: Measured): string => `${app} ${preset}`

/** Medians of the rounds; the ratio of the two versions is formed round by round. */
export function timeTable(all: readonly Measured[]): Cells {
  const head = [
    'program',
    'processes',
    'sequential s',
    'shared s',
    'speedup',
    'messages s',
    'speedup',
    'shared : messages',
  ]
  const rows = all.flatMap((one) => {
    const alone = median(one.sequential)
    return one.on.map(({ nodes, seconds }) => {
      const [shared, messages] = [median(seconds.shared), median(seconds.messages)]
      const times = [shared, shared, messages, messages]
      const cells = times.map((time, i) => (i % 2 === 0 ? time.toFixed(3) : (alone / time).toFixed(2)))
      return [named(one), String(nodes), alone.toFixed(3), ...cells, ratioOf(seconds)]
    })
  })
  return [head, ...rows]
}

function ratioOf(seconds: OnNodes['seconds']): string {
  const { low, median: middle, high } = spread(seconds.shared.map((time, i) => time / (seconds.messages[i] as number)))
  return seconds.shared.length < 3
    ? middle.toFixed(2)
    : `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

/** On the largest number of processes, beside what is published for 8. */
export function messageTable(all: readonly Measured[]): Cells {
  const head = [
    'program',
    'processes',
    'shared',
    'kB',
    'messages',
    'kB',
    'ratio',
    'papers: shared',
    'kB',
    'messages',
    'kB',
  ]
  const rows = all.flatMap((one) => {
    const last = one.on.at(-1)
    if (last === undefined) return []
    const { shared, messages } = last.counted
    const papers = last.nodes === 8 ? published[named(one)] : undefined
    const [many, few] = [shared.counters.messages ?? 0, messages.counters.messages ?? 0]
    return [
      [
        named(one),
        String(last.nodes),
        grouped(many),
        kilobytes(shared.counters.bytes),
        grouped(few),
        kilobytes(messages.counters.bytes),
        few === 0 ? '' : (many / few).toFixed(1),
        said(papers?.messages?.[0]),
        said(papers?.kilobytes?.[0]),
        said(papers?.messages?.[1]),
        said(papers?.kilobytes?.[1]),
      ],
    ]
  })
  return [head, ...rows]
}

/** A line for each program: time on two processes beside that with messages, and what moves on the most. */
export function shortTable(all: readonly Measured[]): Cells {
  const head = ['program', 'time on 2', 'processes', 'messages', 'papers', 'kB', 'papers']
  const rows = all.flatMap((one) => {
    const last = one.on.at(-1)
    if (last === undefined) return []
    const two = one.on.find(({ nodes }) => nodes === 2)
    const { messages = 0, bytes } = last.counted.shared.counters
    const papers = last.nodes === 8 ? published[named(one)] : undefined
    const time = two === undefined ? '' : `${ratioOf(two.seconds).split(' ')[0]} ×`
    const ours = [grouped(messages), said(papers?.messages?.[0]), kilobytes(bytes), said(papers?.kilobytes?.[0])]
    return [[named(one), time, String(last.nodes), ...ours]]
  })
  return [head, ...rows]
}

/** What a kind of message is in the words of the papers. */
const words: Readonly<Partial<Record<Kind, string>>> = {
  lockGrant: 'grants',
  diffRequest: 'diff requests',
  diffReply: 'diff replies',
  diffPush: 'diffs pushed',
}
const columns = [
  'lock requests',
  'grants',
  'meetings',
  'diff requests',
  'diff replies',
  'diffs pushed',
  'others',
] as const

const columnOf = (kind: Kind): string => {
  const word = words[kind]
  if (word !== undefined) return word
  if (purposeOf[kind] === 'locks') return 'lock requests'
  return purposeOf[kind] === 'meetings' ? 'meetings' : 'others'
}

/** Of the shared version on the largest number of processes: messages and kilobytes of each kind. */
export function kindTable(all: readonly Measured[]): Cells {
  const rows = all.flatMap((one) => {
    const last = one.on.at(-1)
    return last === undefined ? [] : [[`${named(one)}, ${last.nodes}`, ...kindCells(last.counted.shared.kinds)]]
  })
  return [['program', ...columns], ...rows]
}

function kindCells(kinds: Table): string[] {
  return columns.map((column) => {
    const own = Object.entries(kinds).filter(([kind]) => columnOf(kind as Kind) === column)
    const sum = (name: string): number => own.reduce((total, [, row]) => total + (row[name] ?? 0), 0)
    return sum('messages') === 0 ? '' : `${grouped(sum('messages'))} / ${kilobytes(sum('bytes'))}`
  })
}

/** Of the shared version: pages and kilobytes by who writes them, and the page for which most came. */
export function sharingTable(all: readonly Measured[]): Cells {
  const head = [
    'program',
    'allocation',
    'one writer',
    'kB',
    'shared falsely',
    'kB',
    'shared truly',
    'kB',
    'most traffic',
  ]
  const rows = all.flatMap((one) => {
    const counted = one.on.at(-1)?.counted.shared
    return Object.entries(counted?.sharing ?? {}).map(([name, row]) => {
      const top = counted?.pages.find(({ allocation }) => allocation === name)
      const cells = ['oneWriter', 'falselyShared', 'trulyShared'].flatMap((kind) => [
        grouped(row[kind] ?? 0),
        kilobytes(row[`${kind}Bytes`]),
      ])
      const most =
        top === undefined
          ? ''
          : `page ${top.page}: ${grouped(top.transfers)} × to ${kilobytes(top.bytes)} kB, ${top.writers.length} writers`
      return [named(one), name, ...cells, most]
    })
  })
  return [head, ...rows]
}

const median = (values: readonly number[]): number => spread(values).median
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')
const kilobytes = (bytes: number | undefined): string => grouped(Math.round((bytes ?? 0) / 1000))
const said = (value: number | undefined): string => (value === undefined ? '' : grouped(value))
