/**
 * Vector times, write notices and riders as bytes. A time is its `nodes` entries as varints, a run of zeros
 * as a zero and the run's length less one. An interval's time is written as differences from the interval
 * before it, the first one's from the rider's own time: the order is a linear extension of happened-before,
 * so neighbours differ in few entries and by little. Its index is not written: `time[node]` is it.
 *
 * Notices are the number of runs of contiguous pages, then for each run the gap since the end of the run
 * before and its length; runs are maximal, so but for the first a gap is at least 1.
 */
import { type IntervalIndex, type NodeId, type PageId, pageId } from '../core/ids.js'
import type { Interval, Rider } from '../core/interval.js'
import type { VectorTime } from '../core/vector-time.js'
import { assert } from '../errors.js'
import { MAX_INTERVALS, MAX_NOTICES, MAX_TIME_ENTRIES } from '../limits.js'
import type { Bounds } from './bounds.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import type { Field } from './fields.js'

const MAX_INDEX = 2 ** 32 - 1

export const vectorTime: Field<VectorTime> = {
  least: 1,
  write: (writer, value) => writeTime(writer, value),
  read: (reader, bounds, name) => readTime(reader, bounds.nodes, name),
}

export const rider: Field<Rider> = {
  // Two bytes: the time of a single node, and no intervals.
  least: 2,
  write(writer, { time, intervals }) {
    checkSize(intervals, time.length)
    writeTime(writer, time)
    writer.varint(intervals.length)
    let base = time
    for (const interval of intervals) {
      writeInterval(writer, interval, base)
      base = interval.time
    }
  },
  read(reader, bounds) {
    const time = readTime(reader, bounds.nodes, 'time')
    const most = Math.min(MAX_INTERVALS, Math.floor(MAX_TIME_ENTRIES / bounds.nodes))
    const count = reader.count('intervals', most, LEAST_INTERVAL)
    const intervals: Interval[] = []
    let base = time
    let notices = 0
    while (intervals.length < count) {
      const interval = readInterval(reader, bounds, base, MAX_NOTICES - notices)
      intervals.push(interval)
      base = interval.time
      notices += interval.pages.length
    }
    return { time, intervals }
  },
}

/** Pages, ascending and each once, as the notices of an interval are written. */
export const pageSet: Field<PageId[]> = {
  least: 1,
  write: (writer, pages) => writePages(writer, pages),
  read: (reader, bounds) => readPages(reader, bounds.pages, MAX_NOTICES),
}

/** Node, time, number of runs: a byte each at least. */
const LEAST_INTERVAL = 3
/** Gap and length. */
const LEAST_RUN = 2

/** A node must not send what its peer has to refuse. */
function checkSize(intervals: readonly Interval[], nodes: number): void {
  const count = intervals.length
  assert(count <= MAX_INTERVALS && count * nodes <= MAX_TIME_ENTRIES, `${count} intervals in one message are too many`)
  let notices = 0
  for (const interval of intervals) notices += interval.pages.length
  assert(notices <= MAX_NOTICES, `${notices} write notices in one message are too many`)
}

function writeInterval(writer: ByteWriter, { node, index, time, pages }: Interval, base: VectorTime): void {
  assert(index >= 1 && time[node] === index, `interval ${index} of node ${node} has time ${time[node]} there`)
  writer.varint(node)
  writeTime(writer, time, base)
  writePages(writer, pages)
}

function readInterval(reader: ByteReader, bounds: Bounds, base: VectorTime, mostPages: number): Interval {
  const node = reader.varint('node', bounds.nodes - 1) as NodeId
  const time = readTime(reader, bounds.nodes, 'time', base)
  const index = time[node] as IntervalIndex
  if (index < 1) reader.refuse('index', 'is 0; intervals are counted from 1')
  return { node, index, time, pages: readPages(reader, bounds.pages, mostPages) }
}

function writeTime(writer: ByteWriter, time: VectorTime, base?: VectorTime): void {
  assert(base === undefined || base.length === time.length, 'vector times of one run have one length')
  for (let i = 0; i < time.length; i++) {
    const token = entryToken(time, base, i)
    writer.varint(token)
    if (token !== 0) continue
    const first = i
    i = base === undefined ? lastZero(time, i) : lastEqual(time, base, i)
    writer.varint(i - first)
  }
}

// Most of a time lies in such runs: two loops that do nothing else.
function lastZero(time: VectorTime, from: number): number {
  let last = from
  while (last + 1 < time.length && time[last + 1] === 0) last++
  return last
}

function lastEqual(time: VectorTime, base: VectorTime, from: number): number {
  let last = from
  while (last + 1 < time.length && time[last + 1] === base[last + 1]) last++
  return last
}

/** What stands for an entry: itself, or its difference from the base as 2d for d ≥ 0 and -2d-1 for d < 0. */
function entryToken(time: VectorTime, base: VectorTime | undefined, i: number): number {
  const entry = time[i] as number
  if (base === undefined) return entry
  const difference = entry - (base[i] as number)
  return difference < 0 ? -2 * difference - 1 : 2 * difference
}

function readTime(reader: ByteReader, nodes: number, name: string, base?: VectorTime): VectorTime {
  const time = base === undefined ? new Uint32Array(nodes) : base.slice()
  const most = base === undefined ? MAX_INDEX : 2 * MAX_INDEX
  let afterZeros = false
  for (let i = 0; i < nodes; i++) {
    const token = reader.varint(name, most)
    if (token !== 0) {
      afterZeros = false
      time[i] = base === undefined ? token : moved(reader, name, base[i] as number, token)
      continue
    }
    if (afterZeros) reader.refuse(name, 'has two runs of zeros where one would do')
    afterZeros = true
    i += reader.varint(name, nodes - 1 - i)
  }
  return time
}

function moved(reader: ByteReader, name: string, from: number, token: number): number {
  const entry = token % 2 === 0 ? from + token / 2 : from - (token + 1) / 2
  if (entry < 0 || entry > MAX_INDEX) reader.refuse(name, `has an entry of ${entry}`)
  return entry
}

function writePages(writer: ByteWriter, pages: readonly PageId[]): void {
  let runs = 0
  for (let i = 0; i < pages.length; i++) if (i === 0 || pages[i] !== (pages[i - 1] as number) + 1) runs++
  writer.varint(runs)
  let end = 0
  for (let i = 0; i < pages.length; ) {
    const first = i
    const page = pages[i++] as number
    assert(page >= end, 'write notices ascend, each page once')
    while (i < pages.length && pages[i] === page + i - first) i++
    writer.varint(page - end)
    writer.varint(i - first)
    end = page + i - first
  }
}

/** `most`: how many notices the message may still hold. */
function readPages(reader: ByteReader, pageCount: number, most: number): PageId[] {
  const pages: PageId[] = []
  const runs = reader.count('pages', pageCount, LEAST_RUN)
  let end = 0
  for (let run = 0; run < runs; run++) {
    const page = end + reader.varint('pages', pageCount - 1 - end, run === 0 ? 0 : 1)
    end = page + reader.varint('pages', pageCount - page, 1)
    if (pages.length + end - page > most) reader.refuse('pages', `are more than ${MAX_NOTICES} in one message`)
    for (let next = page; next < end; next++) pages.push(pageId(next))
  }
  return pages
}
