/**
 * Recordings of real runs: whatever the program does and however the run ends, the core does it again, byte for
 * byte, and the nodes agree on the messages between them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { replayRun } from '../../src/lab/replay/run.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { described, directory, type Outcome, prelude, Run, root, run, runs, type Spec } from './run.js'

interface Replayed {
  readonly same: boolean
  readonly text: string
}

function replayed(folder: string, coherence?: CoherenceFactory): Replayed {
  const lines: string[] = []
  const same = replayRun({ folder, ...(coherence && { coherence }) }, (line) => lines.push(line))
  return { same, text: lines.join('\n') }
}

/** Where a run records: a directory that is not there yet. */
const folderFor = (t: TestContext): string => join(directory(t), 'recording')
const recording = (folder: string, spec: Spec): Spec => ({
  ...spec,
  options: ['--record', folder, ...(spec.options ?? [])],
})

/** Records a run that ends well; every node's recording must be closed. */
async function records(
  t: TestContext,
  text: string,
  spec: Spec,
): Promise<{ folder: string; text: string; outcome: Outcome }> {
  const folder = folderFor(t)
  const outcome = await runs(t, text, recording(folder, spec))
  const result = replayed(folder)
  assert.ok(result.same, result.text)
  assert.equal(
    result.text.match(/^node \d+: \d+ events, \d+ calls, \d+ actions: same$/gm)?.length,
    spec.nodes,
    result.text,
  )
  return { folder, text: result.text, outcome }
}

test('over-relaxation', async (t) => {
  const text = `import ${JSON.stringify(join(root, 'examples/sor.ts'))}`
  const args = ['--rows', '64', '--cols', '2048', '--iterations', '15', '--start', 'tread', '--check']
  const { text: said, outcome } = await records(t, text, { nodes: 3, file: 'program.ts', args })
  assert.match(outcome.stdout, /digest/)
  const [, messages] = /^messages: (\d+) were received as they were sent/m.exec(said) ?? []
  const counted = outcome.stats.total.messages ?? 0
  assert.ok(Number(messages) <= counted && Number(messages) > counted / 2, `${messages} of ${counted}`)
})

test('locks, conditions, memory that changes hands, values and everything on one page', async (t) => {
  const program = `${prelude}
    const rounds = 40
    const shared = tm.alloc(Int32Array, 64)
    const big = tm.distribute(me === 0 ? new Uint8Array(3_000_000).fill(7) : undefined)
    assert.equal(big[2_999_999], 7)
    for (let i = 0; i < rounds; i++) {
      tm.withLock(i % 3, () => shared[i % 3]++)
      shared[16 + me] = i
      if (i % 8 === 0) tm.barrier(i)
    }
    // A slot for one: half of the processes fill it, the others empty it, and who cannot sleeps.
    if (n > 1) for (let i = 0; i < rounds; i++) tm.withLock(9, () => {
      const fill = me % 2
      while (shared[8] === fill) tm.condWait(9, fill)
      shared[8] = fill
      tm.condBroadcast(9, 1 - fill)
    })
    tm.barrier()
    for (let i = 0; i < rounds; i++) {
      const address = tm.malloc(1 + 100 * ((me + i) % 50))
      tm.view(Uint8Array, address, 1)[0] = me
      tm.free(address)
    }
    fails('ERR_TM_BAD_FREE', /no allocated block/, () => tm.free(12345))
    fails('ERR_TM_NO_MEMORY', /has no room/, () => tm.malloc(2 ** 40))
    tm.barrier()
    assert.equal(shared[0] + shared[1] + shared[2], rounds * n)
    for (let p = 0; p < n; p++) assert.equal(shared[16 + p], rounds - 1)
  `
  for (const nodes of [1, 4]) await records(t, program, { nodes })
})

test('a run that ends by an error of the core, and one by an exception', async (t) => {
  for (const [text, pattern] of [
    [`${prelude} tm.barrier(1); me === 2 ? tm.barrier(9) : tm.barrier(4)`, /waits? at barrier \d, but process/],
    [`${prelude} tm.barrier(1); if (me === 1) throw new Error('enough'); tm.barrier(2)`, /uncaught Error: enough/],
  ] as const) {
    const folder = folderFor(t)
    const outcome = await run(t, text, recording(folder, { nodes: 3 }))
    assert.equal(outcome.code, 1, described(outcome))
    assert.match(outcome.stderr, pattern)
    const result = replayed(folder)
    assert.ok(result.same, result.text)
    // Node 0 closes its own when its core fails. The others have a little time for it, which a busy machine may not give.
    if (pattern.source.includes('barrier')) assert.match(result.text, /^node 0: .* actions: same$/m)
  }
})

const endless = `${prelude}
  const words = tm.alloc(Int32Array, 4096)
  for (let i = 0; ; i++) {
    words[(i % 2) * 1024 + me] = i
    tm.barrier()
    if (i % 10 === me) tm.withLock(1, () => words[2048]++)
    if (words[(i % 2) * 1024 + (me + 1) % n] !== i) throw new Error('stale')
    if (i === 100 && me === 0) console.log('NOW')
  }
`

test('a node that is killed, a launcher that is killed, and Ctrl-C: what they did before is replayed', async (t) => {
  for (const [victim, signal, open] of [
    ['node', 'SIGKILL', 1],
    ['launcher', 'SIGKILL', 3],
    ['launcher', 'SIGINT', 0],
  ] as const) {
    const folder = folderFor(t)
    const going = new Run(t, endless, recording(folder, { nodes: 3 }))
    await going.printed(/^NOW$/m)
    const pid = victim === 'launcher' ? going.pid : going.alive().find((other) => other !== going.pid)
    going.kill(pid as number, signal)
    await going.ended
    const result = replayed(folder)
    assert.ok(result.same, result.text)
    const cut = result.text.match(/(as far as it goes|where a record breaks off) \(node \d did not close it/g) ?? []
    // The others have a little time to close theirs, which a busy machine may not give.
    assert.ok(cut.length >= open, result.text)
    for (const [, events] of result.text.matchAll(/(\d+) events/g)) assert.ok(Number(events) > 100, result.text)
  }
})

test('one changed byte of a recording is found, and so is a core that forgets a page', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 4096)
    for (let i = 0; i < 20; i++) {
      words[1024 * me + i] = i
      tm.barrier()
      assert.equal(words[1024 * ((me + 1) % n) + i], i)
    }
  `
  const { folder } = await records(t, text, { nodes: 2 })
  const forgetful: CoherenceFactory = (context) => {
    let pushes = 0
    return treadmarks({
      ...context,
      outbox: {
        ...context.outbox,
        answer: (...answer) => context.outbox.answer(...answer),
        send: (to, message) => {
          const forgets = message.type === 'diffPush' && ++pushes === 3
          context.outbox.send(to, forgets ? { ...message, diffs: message.diffs.slice(1) } : message)
        },
      },
    })
  }
  const mutant = replayed(folder, forgetful)
  assert.ok(!mutant.same)
  assert.match(
    mutant.text,
    /event #\d+ DIFFERS .*\n {2}event {5}.*\n {2}expected {2}→ node \d: diffPush page .*\n {2}found {5}→ node \d: diffPush/,
  )
  const file = join(folder, 'node-1.tmrec')
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(file, bytes)
  const damaged = replayed(folder)
  assert.ok(!damaged.same)
  assert.match(damaged.text, /^node 1: the recording .*node-1\.tmrec is damaged: of the record at byte \d+, /m)
})

test('a recording that cannot be written ends the run, and what is there can be replayed', (t) => {
  const where = directory(t)
  const program = join(where, 'program.mjs')
  writeFileSync(program, `${prelude} for (;;) tm.distribute(new Uint8Array(500_000))`)
  const launch = `${process.execPath} bin/treadmarks.js run -n 2 --heap 1MiB --record ${join(where, 'recording')} ${program}`
  // Files of at most 8 MiB, which stands for a disk that is full.
  const { status, stderr } = spawnSync('bash', ['-c', `ulimit -f 8192 && exec ${launch}`], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /^treadmarks: process \d \(node \d\): the recording .*node-\d\.tmrec cannot be written: EFBIG/m)
  assert.match(stderr, /^ {2}ERR_TM_RECORDING: /m)
  const result = replayed(join(where, 'recording'))
  assert.ok(result.same, result.text)
  assert.match(result.text, /did not close it/)
})

test('a directory that cannot be recorded into is refused before anything starts', async (t) => {
  const where = directory(t)
  writeFileSync(join(where, 'file'), '')
  mkdirSync(join(where, 'full'))
  writeFileSync(join(where, 'full', 'node-0.tmrec'), '')
  for (const [path, message] of [
    [
      join(where, 'full'),
      /--record .*full cannot be used: it is not empty, it has node-0\.tmrec; give a new directory/,
    ],
    [join(where, 'file'), /--record .*file cannot be used: it is a file; give a directory/],
    [join(where, 'file', 'below'), /--record .*below cannot be used: ENOTDIR/],
    ['/proc/recording', /--record \/proc\/recording cannot be used: /],
  ] as const) {
    const outcome = await run(t, `${prelude} console.log('started')`, { nodes: 2, options: ['--record', path] })
    assert.equal(outcome.code, 2, described(outcome))
    assert.match(outcome.stderr, message)
    assert.equal(outcome.stdout, '')
  }
  assert.deepEqual(readdirSync(join(where, 'full')), ['node-0.tmrec'])
  // An empty one that is there is taken.
  const empty = join(where, 'empty')
  mkdirSync(empty)
  await runs(t, `${prelude} tm.barrier()`, { nodes: 2, options: [`--record=${empty}`] })
  assert.deepEqual(readdirSync(empty).sort(), ['node-0.tmrec', 'node-1.tmrec'])
  assert.ok(statSync(join(empty, 'node-1.tmrec')).size > 100)
})
