/** The drawing: well-formed SVG with everything in it, text escaped, and the committed examples up to date. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nodeId, pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { paint } from '../../src/diagram/paint.js'
import { markTypes, TimelineWriter } from '../../src/diagram/timeline.js'
import { exampleFile, exampleOf } from '../../src/lab/diagram/examples.js'
import { builtProtocols } from '../../src/protocols/table.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0

/** Every tag closed in its order, and no sign of markup in text or attributes. */
function wellFormed(svg: string): void {
  const open: string[] = []
  let at = 0
  for (const tag of svg.matchAll(/<(\/?)(\w+)((?: [\w-]+="[^"<]*")*)(\/?)>/g)) {
    const between = svg.slice(at, tag.index)
    assert.ok(!/[<>]/.test(between) && !/&(?!amp;|lt;|gt;|quot;)/.test(between), between)
    at = tag.index + tag[0].length
    const [, closes, name = '', , alone] = tag
    if (closes === '/') assert.equal(open.pop(), name)
    else if (alone !== '/') open.push(name)
  }
  assert.deepEqual([open, svg.slice(at)], [[], '\n'])
  assert.ok(!/NaN|undefined|Infinity/.test(svg))
}

test('text is escaped', () => {
  const writer = new TimelineWriter({ title: '<a> & "b"', nodes: 1, threads: 1 })
  writer.mark(nodeId(0), 'other', '</text><script>')
  const svg = paint(writer.finish())
  wellFormed(svg)
  assert.ok(svg.includes('&lt;a&gt; &amp; &quot;b&quot;') && svg.includes('&lt;/text&gt;&lt;script&gt;'))
})

test('all marks, states, directions, and a message that does not arrive', () => {
  const writer = new TimelineWriter({ title: 'all', nodes: 3, threads: 2 })
  const nodes = [0, 1, 2].map(nodeId)
  for (const node of nodes) {
    for (const mark of markTypes) writer.mark(node, mark, `${mark} at ${node}`)
    for (const state of [0, 1, 2, 3, 4, 5, 6, 7]) {
      writer.mark(node, 'access', 'load')
      writer.state(node, { page: pageId(1), state, sure: state !== PageState.DIRTY })
    }
    for (const to of nodes) if (to !== node) writer.sent(node, to, { type: 'lockBusy', lock: 1 } as never)
    for (const from of nodes.slice(0, node)) writer.received(node, from, { type: 'lockBusy', lock: 1 } as never)
  }
  const svg = paint(writer.finish())
  wellFormed(svg)
  assert.equal(count(svg, />node \d → node \d: /g), 6)
  assert.equal(count(svg, /which has not arrived/g), 3)
  assert.match(svg, /node 1: processes 2 to 3/)
  for (const words of ['INVALID', 'WATCHED', 'when is not recorded', 'page fault', 'barrier: departs', 'locks'])
    assert.ok(svg.includes(`>${words}`) || svg.includes(`${words}<`), words)
})

test('nothing at all', () => wellFormed(paint(new TimelineWriter({ title: '', nodes: 2, threads: 1 }).finish())))

const page = readFileSync(join(root, 'docs/diagrams.md'), 'utf8')
for (const protocol of builtProtocols) {
  test(`the example of ${protocol} is in the documents, as it is drawn now`, () => {
    const svg = exampleOf(protocol, root)
    wellFormed(svg)
    assert.ok(page.includes(`(diagrams/${protocol}.svg)`), 'docs/diagrams.md shows it')
    const kept = readFileSync(join(root, exampleFile(protocol)), 'utf8')
    assert.ok(kept === svg, `${exampleFile(protocol)} is old: npm run diagrams`)
  })
}
