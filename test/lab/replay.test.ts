/**
 * Replay: what was recorded comes out the same again; a core that decides otherwise, a recording that was changed
 * and nodes that contradict each other are found, and the message shows where.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import type { Coherence, CoherenceContext, CoherenceFactory } from '../../src/core/coherence.js'
import { nodeId } from '../../src/core/ids.js'
import type { NamedDiff } from '../../src/core/messages.js'
import type { Step } from '../../src/core/step.js'
import { TreadMarksError } from '../../src/errors.js'
import { describeMessage } from '../../src/lab/describe.js'
import { type Replayed, replay } from '../../src/lab/replay/replay.js'
import { type ReplayOptions, replayRun } from '../../src/lab/replay/run.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import type { Operation } from '../../src/sim/operation.js'
import { ByteReader, ByteWriter } from '../../src/wire/bytes.js'
import { type RecordingHeader, RecordingReader, RecordingWriter } from '../../src/wire/recording.js'
import { step as stepField } from '../../src/wire/steps.js'
import { allBounds, anyMessage, runs } from '../wire/generators.js'
import { headerOf, RecordedCluster, readAll, recordEverything, sourceOf } from '../wire/recorded.js'

const recordings = recordEverything()

/** A directory with these files, node by node. */
function folderOf(t: TestContext, files: readonly Uint8Array[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'treadmarks-replay-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [node, bytes] of files.entries()) writeFileSync(fileOf(folder, node), bytes)
  return folder
}
const fileOf = (folder: string, node: number): string => join(folder, `node-${node}.tmrec`)

function replayed(options: ReplayOptions): { readonly same: boolean; readonly lines: string[] } {
  const lines: string[] = []
  return { same: replayRun(options, (line) => lines.push(line)), lines }
}

function recordingOf(header: RecordingHeader, steps: readonly Step[]): Uint8Array {
  const writer = new RecordingWriter(header, crc32)
  for (const step of steps) writer.step(step)
  writer.end()
  return writer.bytes().slice()
}

const again = (bytes: Uint8Array, coherence: CoherenceFactory = treadmarks): Replayed =>
  replay(new RecordingReader(sourceOf(bytes), crc32), coherence, crc32)

test('two nodes are replayed the same, and agree on their messages', (t) => {
  const { same, lines } = replayed({ folder: folderOf(t, recordings) })
  assert.deepEqual(lines, [
    'node 0: 19 events, 20 calls, 15 actions: same',
    'node 1: 20 events, 20 calls, 19 actions: same',
    'messages: 24 were received as they were sent',
  ])
  assert.ok(same)
})

test('many nodes, and one alone', (t) => {
  const recorded = new RecordedCluster(4)
  const all = (operation: (node: number) => Operation): void =>
    recorded.run([0, 1, 2, 3].map((node) => [node, operation(node)] as const))
  for (let round = 0; round < 3; round++) {
    all((node) => ({ type: 'store', address: 64 + node, value: round + 1 }))
    all(() => ({ type: 'barrier', id: round }))
    all(() => ({ type: 'barrier', id: round }))
    all((node) => ({ type: 'load', address: 64 + ((node + 1) % 4) }))
  }
  const folder = folderOf(t, recorded.recordings())
  const { same, lines } = replayed({ folder })
  assert.ok(same, lines.join('\n'))
  assert.equal(lines.length, 5)
  assert.deepEqual(replayed({ folder, node: 2 }).lines, [lines[2]])
})

describe('a core that decides otherwise is found', () => {
  /** The protocol with one thing changed. */
  const mutants: Readonly<Record<string, (real: Coherence, context: CoherenceContext) => Partial<Coherence>>> = {
    'it forgets what it wrote at a barrier': (real) => ({ arrive: () => ({ ...real.arrive(), intervals: [] }) }),
    'it does not close its interval': (real) => ({ arrive: () => ({ time: real.time(), intervals: [] }) }),
    'it closes it twice': (real) => ({
      arrive: () => {
        const rider = real.arrive()
        real.arrive()
        return rider
      },
    }),
    'it looks once more at the page': (real, { memory }) => ({
      miss: (page) => {
        real.miss(page)
        memory.state(page)
      },
    }),
    'it asks twice': (real, { outbox }) => ({
      miss: (page) => {
        real.miss(page)
        outbox.send(nodeId(1), { type: 'diffRequest', wants: [] })
      },
    }),
    'it ends the run': () => ({
      miss: () => {
        throw new TreadMarksError('ERR_TM_PROTOCOL', 'no misses here')
      },
    }),
    'it answers what cannot be sent': (real) => ({
      releaseTo: real.releaseTo.bind(real),
      release: (known) => ({ ...real.release(known), time: Uint32Array.of(-1 >>> 0, 0, 0) }),
    }),
    'it applies another diff': (real) => ({
      message: (from, message) => {
        if (message.type !== 'diffReply') return real.message(from, message)
        const diffs = message.diffs.map((diff): NamedDiff => ({ ...diff, bytes: diff.bytes.map((byte) => byte ^ 1) }))
        real.message(from, { ...message, diffs })
      },
    }),
  }
  for (const [name, mutate] of Object.entries(mutants)) {
    test(name, (t) => {
      const coherence: CoherenceFactory = (context) => {
        const real = treadmarks(context)
        const changed = mutate(real, context)
        return new Proxy(real, {
          get: (_, method: keyof Coherence) => changed[method] ?? (real[method] as () => void).bind(real),
        })
      }
      const { same, lines } = replayed({ folder: folderOf(t, recordings), coherence })
      assert.ok(!same)
      const at = lines.findIndex((line) => line.includes('DIFFERS'))
      const [headline = '', event = '', expected = '', found = ''] = lines.slice(at)
      assert.match(
        headline,
        /^node [01]: \d+ events, \d+ calls, \d+ actions: same, and then event #\d+ DIFFERS \(record at byte \d+\)$/,
      )
      assert.match(event, /^ {2}event {5}\S/)
      assert.match(expected, /^ {2}expected {2}\S/)
      assert.match(found, /^ {2}found {5}\S/)
      assert.notEqual(expected.slice(12), found.slice(12))
    })
  }
})

test('every byte of what a node decided is compared', () => {
  const encoded = (step: Step): Uint8Array => {
    const writer = new ByteWriter()
    stepField.write(writer, step)
    return writer.subarray().slice()
  }
  let changes = 0
  for (const [node, bytes] of recordings.entries()) {
    const { steps, reader } = readAll(bytes)
    const bounds = { nodes: 2, procs: 2, pages: 8, pageBytes: 64, heapBytes: 512 }
    for (const [i, step] of steps.entries()) {
      const whole = encoded(step)
      // The outcome stands last; an empty one takes two bytes.
      const from = encoded({ ...step, outcome: { type: 'actions', actions: [] } }).length - 2
      for (let at = from; at < whole.length; at++) {
        const changed = whole.slice()
        changed[at] = (changed[at] as number) ^ 1
        let other: Step
        try {
          other = stepField.read(new ByteReader(changed, 'step'), bounds, 'step')
        } catch (error) {
          assert.ok(error instanceof TreadMarksError)
          continue
        }
        changes++
        const { divergence, events } = again(
          recordingOf(reader.header, [...steps.slice(0, i), other, ...steps.slice(i + 1)]),
        )
        assert.ok(divergence !== undefined, `node ${node}, step ${i + 1}, byte ${at}`)
        assert.equal(events, i)
      }
    }
  }
  assert.ok(changes > 200, `${changes} changes`)
})

test('a changed call is found, and so is a changed diff of a message', () => {
  const { steps, reader } = readAll(recordings[0] as Uint8Array)
  const swap = (index: number, step: Partial<Step>): Replayed =>
    again(
      recordingOf(
        reader.header,
        steps.map((old, i) => (i === index ? { ...old, ...step } : old)),
      ),
    )
  const at = steps.findIndex(({ event }) => event.type === 'message' && event.message.type === 'diffReply')
  const { event, calls } = steps[at] as Step
  assert.ok(event.type === 'message' && event.message.type === 'diffReply')
  const diffs = event.message.diffs.map((diff) => ({ ...diff, bytes: diff.bytes.map((byte) => byte ^ 128) }))
  const changed = swap(at, { event: { ...event, message: { ...event.message, diffs } } }).divergence
  assert.match(changed?.expected ?? '', /^applyDiff\(page 1, diff of 4 bytes, checksum [0-9a-f]{8}\)$/)
  assert.match(changed?.found ?? '', /^applyDiff\(page 1, diff of 4 bytes, checksum [0-9a-f]{8}\)$/)
  assert.equal(swap(at, { calls: calls.slice(1) }).divergence?.expected, 'open(page 1)')
  assert.equal(swap(at, { calls: [...calls, ...calls.slice(-1)] }).divergence?.found, 'no further call')
  assert.equal(swap(at, { calls: [] }).divergence?.expected, 'no further call')
  const refused = swap(at, {
    calls: [{ ...calls[0], result: { type: 'returned', value: false } } as (typeof calls)[0]],
  })
  assert.match(refused.divergence?.found ?? '', /^→ the run ends: ERR_TM_PROTOCOL: the diff of page 1 .* is malformed$/)
})

test('a step that failed fails again with the same words, also when a call threw', () => {
  const { steps, reader } = readAll(recordings[0] as Uint8Array)
  const [first] = steps as [Step]
  const error = { code: 'ERR_TM_PROTOCOL', message: 'a message from this node itself' }
  const own = { ...steps[1]?.event, from: nodeId(0) } as Step['event']
  const failing: Step = { event: own, calls: [], outcome: { type: 'failed', error } }
  assert.equal(again(recordingOf(reader.header, [first, failing])).divergence, undefined)
  const other: Step = { ...failing, outcome: { type: 'failed', error: { ...error, message: 'other words' } } }
  assert.match(again(recordingOf(reader.header, [first, other])).divergence?.expected ?? '', /other words/)
  for (const code of ['', 'ERR_TM_INTERNAL']) {
    const thrown = { code, message: 'mprotect failed' }
    const calls: Step['calls'] = [
      { type: 'closeInterval', keepWatched: true, result: { type: 'threw', error: thrown } },
    ]
    const step: Step = { ...first, calls, outcome: { type: 'failed', error: thrown } }
    assert.equal(again(recordingOf(reader.header, [step])).divergence, undefined)
  }
})

test('nodes that contradict each other are found, though each is replayed the same', (t) => {
  const other = new RecordedCluster(2)
  other.run([0, 1].map((node) => [node, { type: 'barrier', id: 4 }] as const))
  const [zero = new Uint8Array(), one = new Uint8Array()] = other.recordings()
  const { same, lines } = replayed({ folder: folderOf(t, [recordings[0] as Uint8Array, one]) })
  assert.ok(!same)
  assert.match(lines[2] ?? '', /^node 1 → node 0: message 1 is not the same$/)
  assert.equal(lines[3], '  sent      by event #1 of node 1: arrive at barrier 4, time [0 0]')
  assert.equal(
    lines[4],
    '  received  by event #2 of node 0: arrive at barrier 3, time [0 1], brings interval 1 of node 1 (page 1)',
  )
  // One that received more than was sent.
  const open = new RecordingWriter(headerOf(1, 2), crc32)
  const cut = replayed({ folder: folderOf(t, [zero, open.bytes().slice()]) })
  assert.ok(cut.same, cut.lines.join('\n'))
  assert.match(cut.lines[2] ?? '', /^node 1 → node 0: 1 received beyond the end of what is left of node 1's recording$/)
  open.end()
  const missing = replayed({ folder: folderOf(t, [zero, open.bytes().slice()]) })
  assert.ok(!missing.same)
  assert.match(
    missing.lines.join('\n'),
    /message 1 is not the same\n {2}sent {6}nothing more\n {2}received {2}by event #\d of node 0: arrive/,
  )
})

test('a recording that breaks off is replayed up to there', (t) => {
  const folder = folderOf(t, recordings)
  truncateSync(fileOf(folder, 1), 500)
  const { same, lines } = replayed({ folder })
  assert.ok(same)
  assert.match(
    lines[1] ?? '',
    /^node 1: \d+ events, \d+ calls, \d+ actions: same, up to byte \d+, where a record breaks off \(node 1 did not close it: it was killed, or still runs\)$/,
  )
  truncateSync(fileOf(folder, 1), Number(/up to byte (\d+)/.exec(lines[1] ?? '')?.[1]))
  const whole = replayed({ folder })
  assert.ok(whole.same)
  assert.match(whole.lines[1] ?? '', /: same, as far as it goes \(node 1 did not close it/)
})

describe('what cannot be replayed is said', () => {
  const wrong = (folder: string, pattern: RegExp, node?: number): void => {
    const { same, lines } = replayed({ folder, node })
    assert.ok(!same)
    assert.match(lines.join('\n'), pattern)
  }
  const refused = (options: ReplayOptions, message: RegExp): void =>
    assert.throws(
      () => replayed(options),
      (error) => error instanceof TreadMarksError && message.test(error.message),
    )

  test('a directory that is none, or has none', (t) => {
    const folder = folderOf(t, [])
    refused({ folder }, /there is no recording in .*: no file node-0\.tmrec, as `treadmarks run --record/)
    refused({ folder: join(folder, 'absent') }, /the directory .*absent cannot be read: ENOENT/)
    refused({ folder: folderOf(t, recordings), node: 7 }, /there is no node 7 in .*; there is 0, 1$/)
  })
  test('a node that is missing', (t) => {
    const folder = folderOf(t, recordings)
    rmSync(fileOf(folder, 1))
    wrong(folder, /^node 1: its recording is not in /m)
  })
  test('a file that is another node’s, or of another run', (t) => {
    const folder = folderOf(t, recordings)
    copyFileSync(fileOf(folder, 0), fileOf(folder, 1))
    wrong(folder, /^node 1: the recording .*node-1\.tmrec is of node 0$/m)
    writeFileSync(fileOf(folder, 1), recordingOf({ ...headerOf(1, 2), heapBytes: 1024 }, []))
    wrong(folder, /^node 1: .*another run: its heapBytes is 1024, not 512$/m)
    writeFileSync(fileOf(folder, 0), recordingOf(headerOf(0, 2, 'constructor'), []))
    wrong(folder, /^node 0: .*protocol 'constructor'; known are treadmarks/m, 0)
  })
  test('a damaged file, after what could be replayed', (t) => {
    const bytes = (recordings[0] as Uint8Array).slice()
    bytes[700] = (bytes[700] as number) ^ 4
    const folder = folderOf(t, [bytes, recordings[1] as Uint8Array])
    wrong(
      folder,
      /^node 0: 1\d events, .*: same, and then:\nnode 0: the recording .*node-0\.tmrec is damaged: of the record at byte 6\d\d, /,
    )
    wrong(folder, /^node 1: 20 events, 20 calls, 19 actions: same$/m)
  })
})

describe('the command line', () => {
  const main = fileURLToPath(new URL('../../src/lab/replay/main.ts', import.meta.url))
  const command = (...args: string[]): { code: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
      encoding: 'utf8',
    })
    return { code: status, out: stdout, err: stderr }
  }
  test('same is 0, different is 1', (t) => {
    const folder = folderOf(t, recordings)
    assert.equal(command(folder).code, 0)
    rmSync(fileOf(folder, 0))
    const { code, out } = command(folder)
    assert.equal(code, 1, out)
    assert.equal(command(join(folder, 'absent')).code, 1)
  })
  test('--print tells what happened', (t) => {
    const { code, out } = command('--print', '--node', '0', folderOf(t, recordings))
    assert.equal(code, 0)
    const lines = out.split('\n')
    const from = lines.indexOf('#3 miss page 1')
    assert.deepEqual(lines.slice(from, from + 6), [
      '#3 miss page 1',
      '     state(page 1) = FETCHING',
      '     → node 1: diffRequest page 1 in interval 1 of node 1',
      '#4 from node 1: diffReply page 1 in interval 1 of node 1 (4 bytes)',
      '     applyDiff(page 1, diff of 4 bytes, checksum da046090) = true',
      '     open(page 1) = done',
    ])
    assert.ok(lines.includes('#15 process 0 wants 24 bytes'))
    assert.ok(lines.includes('     → process 0: address 8, used before'))
  })
  test('what is wrong is said, with what would be right', () => {
    for (const [args, message] of [
      [['--nodes', '1', 'x'], /unknown option --nodes; known are --node, --print, --help/],
      [['x', '--node', 'one'], /--node 'one': expected 0 to 255/],
      [['x', '--node'], /argument missing/],
      [[], /expected the directory of a recording/],
      [['x', 'y'], /expected one directory, found x and y/],
    ] as const) {
      const { code, err } = command(...args)
      assert.equal(code, 2)
      assert.match(err, message)
      assert.match(err, /usage: npm run replay -- \[options\] DIR/)
    }
    assert.match(command('--help').out, /^usage: npm run replay/)
  })
})

test('every message has words of its own', () => {
  for (const bounds of allBounds) {
    const property = fc.property(anyMessage(bounds), (message) => {
      const words = describeMessage(message)
      assert.ok(words.startsWith(message.type))
      assert.ok(!/undefined|\[object|NaN|null/.test(words) && words.length < 4000, words)
    })
    fc.assert(property, runs(200))
  }
})
