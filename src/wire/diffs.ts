/**
 * Diffs on the wire: a count, and of each its page, node, interval, length and bytes; of one that is pushed also whether
 * everybody is sent it, of one for a home which it follows, and what the sender knows of the home. The same bytes as a list of records would give, written out by hand: nothing else is sent as
 * often, and nothing else has as many parts.
 */
import { maxDiffBytes } from '../core/diff.js'
import type { HomeDiff, NamedDiff, PushedDiff } from '../core/messages.js'
import { assert } from '../errors.js'
import { MAX_DIFFS, MAX_HOME_MOVES } from '../limits.js'
import type { Bounds } from './bounds.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import type { Field } from './fields.js'
import { index, node, page } from './ids.js'

/** Page, node, interval and length take a byte each at least. */
const LEAST = 4

export const diffs: Field<readonly NamedDiff[]> = {
  least: 1,
  write(writer, values) {
    begin(writer, values)
    for (const diff of values) write(writer, diff)
  },
  read(reader, bounds, name) {
    const values: NamedDiff[] = []
    for (let left = reader.count(name, MAX_DIFFS, LEAST); left > 0; left--) values.push(read(reader, bounds))
    return values
  },
}

export const pushedDiffs: Field<readonly PushedDiff[]> = {
  least: 1,
  write(writer, values) {
    begin(writer, values)
    for (const diff of values) {
      write(writer, diff)
      writer.u8(diff.all ? 1 : 0)
    }
  },
  read(reader, bounds, name) {
    const values: PushedDiff[] = []
    for (let left = reader.count(name, MAX_DIFFS, LEAST + 1); left > 0; left--) {
      const { page, node, index, bytes } = read(reader, bounds)
      values.push({ page, node, index, bytes, all: reader.varint('all', 1) === 1 })
    }
    return values
  },
}

export const homeDiffs: Field<readonly HomeDiff[]> = {
  least: 1,
  write(writer, values) {
    begin(writer, values)
    for (const diff of values) {
      write(writer, diff)
      writer.varint(diff.after)
      writer.varint(diff.moves)
    }
  },
  read(reader, bounds, name) {
    const values: HomeDiff[] = []
    for (let left = reader.count(name, MAX_DIFFS, LEAST + 2); left > 0; left--) {
      const { page, node, index, bytes } = read(reader, bounds)
      const after = reader.varint('after', index - 1)
      values.push({ page, node, index, bytes, after, moves: reader.varint('moves', MAX_HOME_MOVES) })
    }
    return values
  },
}

function begin(writer: ByteWriter, { length }: readonly NamedDiff[]): void {
  assert(length <= MAX_DIFFS, `a message would hold ${length} diffs, at most ${MAX_DIFFS} are sent`)
  writer.varint(length)
}

function write(writer: ByteWriter, diff: NamedDiff): void {
  writer.varint(diff.page)
  writer.varint(diff.node)
  writer.varint(diff.index)
  writer.blob(diff.bytes)
}

const read = (reader: ByteReader, bounds: Bounds): NamedDiff => ({
  page: page.read(reader, bounds, 'page'),
  node: node.read(reader, bounds, 'node'),
  index: index.read(reader, bounds, 'index'),
  bytes: reader.blob('bytes', maxDiffBytes(bounds.pageBytes)),
})
