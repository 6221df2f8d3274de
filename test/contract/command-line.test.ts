/** The command line and the statistics file, sentence by sentence. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../src/cli/options.js'
import { described, prelude, Run, run } from '../real/run.js'
import { ends, holds } from './sentence.js'

interface File {
  readonly version: number
  readonly nodes: number
  readonly threads: number
  readonly wallMs: number
  readonly total: Record<string, number>
  readonly perNode: Record<string, number>[]
  readonly phases: Record<string, Record<string, number>>
}
const names = `messages bytes readFaults writeFaults pagesFetched twins diffsCreated diffsApplied diffBytes lockAcquires
  remoteLockAcquires barriers intervals writeNotices garbageCollections`.split(/\s+/)

holds(
  '--heap: size of the shared heap (default 256 MiB)',
  `assert.equal(tm.heap.byteLength, Number(process.argv[2]))`,
  { nodes: 1, options: ['--heap', '8MiB'], args: [String(8 * 1024 ** 2)] },
)
holds('the default heap is 256 MiB', `assert.equal(tm.heap.byteLength, 256 * 1024 ** 2)`, { nodes: 1 })
holds(
  '--page-size: coherence unit, a multiple of the machine’s page (default 4096)',
  `assert.equal(tm.pageSize, 16384); assert.equal(tm.malloc(16384) % 16384, 0)`,
  { nodes: 2, options: ['--page-size', '16384'] },
)
holds('the default page is 4096 bytes', `assert.equal(tm.pageSize, 4096)`)
for (const [option, value] of [
  ['--protocol', 'munin'],
  ['--trap', 'userfaultfd'],
  ['-t', '2'],
] as const) {
  ends(
    `${option} ${value} is not built yet: it answers so, with a non-zero exit code`,
    '',
    ({ code, stderr }) => {
      assert.equal(code, 2)
      assert.match(stderr, /not built yet/)
      assert.match(stderr, /ERR_TM_NOT_YET/)
    },
    { nodes: 1, options: [option, value] },
  )
}
test('--protocol treadmarks and --trap auto are the defaults', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 4096)
    words[me] = 1
    tm.barrier()
    assert.equal(words[1 - me], 1)
  `
  // What the protocol does, and that pages are trapped for it, shows in what it counts.
  const [silent, explicit] = await Promise.all([
    run(t, text, { nodes: 2 }),
    run(t, text, { nodes: 2, options: ['--protocol', 'treadmarks', '--trap', 'auto'] }),
  ])
  for (const outcome of [silent, explicit]) assert.equal(outcome.code, 0, described(outcome))
  assert.deepEqual([silent.stats.total.writeFaults, silent.stats.total.diffsCreated], [2, 2])
  assert.deepEqual(Object.keys(silent.stats.kinds).length > 0 && silent.stats.kinds, explicit.stats.kinds)
  const command = parseCommand(['run', import.meta.filename])
  assert.ok(command.kind === 'run')
  assert.deepEqual([command.options.protocol, command.options.trap], ['treadmarks', 'auto'])
})
holds(
  '--stats: a table of counters on stderr at the end',
  'tm.barrier()',
  { nodes: 2, options: ['--stats'] },
  ({ stdout, stderr }) => {
    assert.equal(stdout, '')
    for (const name of names) assert.match(stderr, new RegExp(`^ +${name} `, 'm'))
  },
)
holds(
  '--stats-file: the same as JSON, in the promised form',
  `tm.barrier(); tm.phase('two'); tm.barrier()`,
  { nodes: 3 },
  ({ stats }) => {
    const file = stats as unknown as File
    assert.deepEqual([file.version, file.nodes, file.threads, file.perNode.length], [1, 3, 1, 3])
    assert.ok(file.wallMs > 0)
    for (const counters of [file.total, ...file.perNode, file.phases.two ?? {}]) {
      for (const name of names) assert.equal(typeof counters[name], 'number', name)
    }
    for (const name of names) {
      const sum = file.perNode.reduce((total, counters) => total + (counters[name] as number), 0)
      assert.equal(file.total[name], sum, name)
    }
  },
)
ends(
  '--stats-file is written whatever the outcome of the run',
  `tm.barrier(); if (me === 1) throw new Error('boom'); tm.barrier()`,
  ({ code, stats }) => {
    assert.equal(code, 1)
    assert.equal((stats as unknown as File).total.barriers, 3)
  },
)
for (const [end, code, cause] of [
  ['a signal to the launcher', 143, (run: Run) => run.kill(run.pid, 'SIGTERM')],
  ['a node that is killed', 137, (run: Run) => run.kill(Number(/^1 (\d+)$/m.exec(run.stdout)?.[1]), 'SIGKILL')],
] as const) {
  test(`--stats-file is written whatever the outcome of the run: ${end}`, async (t) => {
    const text = `${prelude} tm.barrier(); console.log(me, process.pid); tm.barrier(); tm.lockAcquire(1); for (;;);`
    const run = new Run(t, text, { nodes: 2 })
    for (const process of [0, 1]) await run.printed(new RegExp(`^${process} \\d+$`, 'm'))
    cause(run)
    const outcome = await run.ended
    assert.equal(outcome.code, code, described(outcome))
    const file = outcome.stats as unknown as File
    assert.deepEqual([file.version, file.nodes, file.perNode.length], [1, 2, 2])
    // Of a node that could not report there are zeros.
    assert.ok((file.perNode[0]?.barriers as number) >= 1)
    for (const counters of file.perNode) for (const name of names) assert.equal(typeof counters[name], 'number', name)
  })
}
holds(
  'bytes are those sent to other nodes, framing included, handshake and heartbeat not',
  `await new Promise((go) => setTimeout(go, 1200))`,
  { nodes: 2, options: ['--heartbeat', '1'] },
  ({ stats }) => {
    // One message: process 1 tells the manager that it has ended. A header of five bytes and a body of one.
    assert.deepEqual([stats.total.messages, stats.total.bytes], [1, 6])
  },
)
// Below those that the kernel gives away.
const firstPort = 16_002 + (process.pid % 4_000) * 4
holds(
  '--port: first port to listen on, one for each node',
  `import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
   // Its own sockets, and where the kernel says that they are: those that others have called are at its port.
   const first = Number(process.argv[2])
   const linkOf = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } }
   const own = readdirSync('/proc/self/fd').map(linkOf)
   const ports = readFileSync('/proc/self/net/tcp', 'utf8').split('\\n').slice(1).map((line) => line.trim().split(/\\s+/))
     .filter((row) => own.includes('socket:[' + row[9] + ']')).map((row) => parseInt(row[1].split(':')[1], 16))
   assert.equal(ports.length, n - 1)
   // Each calls those before it.
   assert.equal(ports.filter((port) => port === first + me).length, n - 1 - me)
   tm.barrier()`,
  { nodes: 3, options: ['--port', String(firstPort)], args: [String(firstPort)] },
)
holds(
  '--label: prefix each output line with its process',
  `console.log('hello'); console.error('there')`,
  { nodes: 2, options: ['--label'] },
  ({ lines, stderr }) => {
    assert.deepEqual([...lines].sort(), ['[0] hello', '[1] hello'])
    assert.deepEqual(stderr.trim().split('\n').sort(), ['[0] there', '[1] there'])
  },
)
ends(
  'NODES × THREADS is at most 256',
  '',
  ({ code, stderr }) => {
    assert.equal(code, 2)
    assert.match(stderr, /from 1 to 256/)
  },
  { nodes: 257 },
)
