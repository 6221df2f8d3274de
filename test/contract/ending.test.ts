/** Ends, the environment of a program, memory model, errors: the paragraphs of the contract. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { described, directory, prelude, Run } from '../real/run.js'
import { ends, holds } from './sentence.js'

holds(
  'a program ends when its module has settled and its event loop is empty',
  `await new Promise((go) => setTimeout(go, 50))
   setTimeout(() => console.log('timer', me), 100)`,
  { nodes: 2 },
  ({ lines }) => assert.deepEqual([...lines].sort(), ['timer 0', 'timer 1']),
)
holds(
  'its node goes on serving until all have ended',
  `const words = tm.alloc(Int32Array, 4)
   if (me === 1) words[0] = 8
   tm.barrier()
   if (me === 0) { await new Promise((go) => setTimeout(go, 300)); assert.equal(words[0], 8); tm.withLock(1, () => 0) }`,
)
ends(
  'a barrier that can no longer be met is an error that names who is missing',
  `if (me !== 1) tm.barrier(3)`,
  ({ code, stderr }) => {
    assert.equal(code, 1)
    assert.match(stderr, /process(es)? (0|2|0, 2) waits? at barrier 3, but process 1 has ended and will not come/)
    assert.match(stderr, /ERR_TM_MISSING/)
  },
  { nodes: 3 },
)
ends(
  'an uncaught exception ends the whole run with a message that names the process',
  `if (me === 1) throw new Error('boom'); tm.barrier()`,
  ({ code, stderr }) => {
    assert.equal(code, 1)
    assert.match(stderr, /^treadmarks: process 1 \(node 1\): uncaught Error: boom\n/)
  },
)
ends(
  'tm.exit(code) ends this process, and the code is the run’s',
  `if (me === 1) tm.exit(7); console.log('on')`,
  ({ code, stdout }) => {
    assert.equal(code, 7)
    assert.equal(stdout, 'on\n')
  },
)
holds(
  'calls block the calling thread, never the others',
  `const words = tm.alloc(Int32Array, 4)
   if (me === 0) { tm.lockAcquire(1); words[1] = 4 }
   tm.barrier()
   // Process 1 sits in lockAcquire, and its node serves the page that process 0 wants of it.
   if (me === 1) { words[2] = 5; tm.send(0, new Uint8Array(1)); tm.lockAcquire(1); tm.lockRelease(1) }
   else { tm.recv(1); tm.lockAcquire(2); tm.lockRelease(2); tm.lockRelease(1) }
   tm.barrier(); assert.deepEqual([words[1], words[2]], [4, 5])`,
)
holds(
  'under the launcher programs run in a worker thread',
  `import { isMainThread } from 'node:worker_threads'; assert.equal(isMainThread, false)`,
)
holds(
  'a run of one without the launcher stays in the main thread',
  `import { isMainThread } from 'node:worker_threads'; assert.equal(isMainThread, true)`,
  {},
)
holds(
  'process.argv is as under node program.ts',
  `assert.equal(process.argv[0], process.execPath)
   assert.match(process.argv[1] as string, /program\\.ts$/)
   assert.deepEqual(process.argv.slice(2), ['--stats', '-n', 'a b', ''])`,
  { nodes: 2, args: ['--stats', '-n', 'a b', ''], file: 'program.ts' },
)
holds(
  'standard input goes to process 0',
  `let text = ''; for await (const chunk of process.stdin) text += chunk; assert.equal(text, me === 0 ? 'line' : '')`,
  { nodes: 2, stdin: 'line' },
)
holds('top-level await works', `assert.equal(await Promise.resolve(3), 3)`)
test('output is written at once', async (t) => {
  const where = directory(t)
  // After each line the program goes on only when the test has seen it, and never comes back to its event loop.
  const text = `${prelude} import { existsSync } from 'node:fs'
    const seen = (step) => { while (!existsSync('seen-' + step)); }
    console.log('first', me); seen(1); process.stdout.write('second ' + me + '\\n'); seen(2)
    console.error('third', me); seen(3)
    if (me === 0) { tm.recv(1) } else { console.log('fourth'); seen(4); tm.send(0, new Uint8Array(1)) }`
  const run = new Run(t, text, { nodes: 2, directory: where })
  const saw = (step: number): void => writeFileSync(join(where, `seen-${step}`), '')
  for (const [step, line] of [
    [1, 'first'],
    [2, 'second'],
  ] as const) {
    for (const process of [0, 1]) await run.printed(new RegExp(`^${line} ${process}$`, 'm'))
    saw(step)
  }
  await run.complained(/^third 0$/m)
  await run.complained(/^third 1$/m)
  saw(3)
  await run.printed(/^fourth$/m)
  saw(4)
  const outcome = await run.ended
  assert.equal(outcome.code, 0, described(outcome))
})
holds(
  'importing the package in a worker of the user’s own is an error that says so',
  `import { Worker } from 'node:worker_threads'
   const text = "import('treadmarks').then(() => process.exit(1), (error) => { if (error.code !== 'ERR_TM_WORKER') process.exit(2) })"
   const code = await new Promise((resolve) => new Worker(text, { eval: true }).on('exit', resolve))
   assert.equal(code, 0)`,
)
holds(
  'Atomics are atomic inside a node',
  `import { Worker } from 'node:worker_threads'
   const words = tm.alloc(Int32Array, 4)
   const text = "const { workerData: w } = require('node:worker_threads'); for (let i = 0; i < 1e5; i++) Atomics.add(w, 0, 1)"
   if (me === 0) await Promise.all([0, 1].map(() =>
     new Promise((resolve) => new Worker(text, { eval: true, workerData: words }).on('exit', resolve))))
   tm.barrier(); assert.equal(words[0], 2e5)`,
)
ends(
  'on another system or processor a node is an error that says so',
  'tm.barrier()',
  ({ code, stdout, stderr }) => {
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /^treadmarks: process \d \(node \d\): this is linux on arm64\n {2}ERR_TM_PLATFORM: treadmarks runs on Linux on x86-64\.\n$/,
    )
  },
  {
    nodes: 2,
    env: {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent("Object.defineProperty(process,'arch',{value:'arm64'})")}`,
    },
  },
)
holds(
  'conflicting accesses ordered by locks, barriers or condition variables see sequentially consistent memory, byte by byte',
  `const bytes = tm.alloc(Uint8Array, 64)
   for (let i = 0; i < 100; i++) tm.withLock(1, () => { for (let b = 0; b < 64; b++) { assert.equal(bytes[b], bytes[0] ); }
     bytes.fill((bytes[0] + 1) & 255) })
   tm.barrier(); assert.equal(bytes[63], (n * 100) & 255)
   for (let i = 0; i < 50; i++) { bytes[me] = i; tm.barrier(); for (let p = 0; p < n; p++) assert.equal(bytes[p], i); tm.barrier() }`,
  { nodes: 3 },
)
holds(
  'otherwise: no values out of thin air per byte, your own writes are seen',
  `const bytes = tm.alloc(Uint8Array, 8)
   for (let i = 0; i < 3000; i++) { bytes[0] = 10 + me; const seen = bytes[0]
     assert.equal(seen, 10 + me); const other = bytes[1]; assert.ok([0, 10, 11].includes(other)); if (me === 0) bytes[1] = 10 }`,
)
holds(
  'errors are TreadMarksError with a stable code, the process and node it happened on, and one line on what to do',
  `try { tm.lockRelease(1); assert.fail() } catch (error) {
     assert.ok(error instanceof tm.TreadMarksError)
     assert.match(error.code, /^ERR_TM_[A-Z_]+$/)
     assert.deepEqual([error.process, error.node], [me, tm.nodeId])
     assert.match(error.remedy, /^[^\\n]+$/)
   }`,
)
