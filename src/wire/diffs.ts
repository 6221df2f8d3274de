/**
 * Diffs on the wire: a count, and of each its page, node, interval, length and bytes. The same bytes as a list of records
 * would give, written out by hand: nothing else is sent as often, and nothing else has as many parts.
 */
import { maxDiffBytes } from '../core/diff.js'
import type { NamedDiff } from '../core/messages.js'
import { assert } from '../errors.js'
import { MAX_DIFFS } from '../limits.js'
import type { Field } from './fields.js'
import { index, node, page } from './ids.js'

/** Page, node, interval and length take a byte each at least. */
const LEAST = 4

export const diffs: Field<readonly NamedDiff[]> = {
  least: 1,
  write(writer, values) {
    assert(values.length <= MAX_DIFFS, `a message would hold ${values.length} diffs, at most ${MAX_DIFFS} are sent`)
    writer.varint(values.length)
    for (const diff of values) {
      writer.varint(diff.page)
      writer.varint(diff.node)
      writer.varint(diff.index)
      writer.blob(diff.bytes)
    }
  },
  read(reader, bounds, name) {
    const most = maxDiffBytes(bounds.pageBytes)
    const values: NamedDiff[] = []
    for (let left = reader.count(name, MAX_DIFFS, LEAST); left > 0; left--) {
      values.push({
        page: page.read(reader, bounds, 'page'),
        node: node.read(reader, bounds, 'node'),
        index: index.read(reader, bounds, 'index'),
        bytes: reader.blob('bytes', most),
      })
    }
    return values
  },
}
