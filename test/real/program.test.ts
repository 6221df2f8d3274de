/**
 * A program finds what it would find under plain Node: arguments, environment, standard input, top-level
 * await, timers, ECMAScript and CommonJS modules in JavaScript and TypeScript; and it runs as one process
 * when nobody launches it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { described, directory, prelude, Run, reports, root, run, runs } from './run.js'

test('arguments, environment, identity', async (t) => {
  const text = `${prelude}
    import { fileURLToPath } from 'node:url'
    const own = process.argv[1] === fileURLToPath(import.meta.url)
    console.log(JSON.stringify({ procId: me, n, node: [tm.nodeId, tm.nodeCount], page: tm.pageSize,
      heap: tm.heap.byteLength, own, argv: process.argv.slice(2), execArgv: process.execArgv, seen: process.env.SEEN }))
  `
  const args = ['--heap', '-n', '', 'a b', '--', 'ü']
  const outcome = await runs(t, text, {
    nodes: 3,
    options: ['--heap', '1MiB', '--page-size', '16384'],
    args,
    env: { SEEN: 'yes' },
  })
  const expected = { n: 3, page: 16384, heap: 1 << 20, own: true, argv: args, execArgv: [], seen: 'yes' }
  assert.deepEqual(
    reports(outcome),
    [0, 1, 2].map((id) => ({ procId: id, node: [id, 3], ...expected })),
  )
})

test('alone, a program is a run of one, in JavaScript and in TypeScript', async (t) => {
  const text = `${prelude}
    enum Colour { Red = 'red' }
    const array: Float64Array = tm.alloc(Float64Array, 10)
    tm.withLock(1, () => { array[3]! += 1.5 })
    tm.barrier()
    console.log(me, n, tm.nodeId, tm.nodeCount, array[3], Colour.Red, tm.stats().barriers, process.argv[2])
  `
  const alone = await runs(t, text, { file: 'program.ts', options: ['--import', 'tsx'], args: ['hello'] })
  assert.equal(alone.stdout, '0 1 0 1 1.5 red 1 hello\n')
  const launched = await runs(t, text, { file: 'program.ts', nodes: 1, args: ['hello'] })
  assert.equal(launched.stdout, alone.stdout)
  const plain = text
    .replace('enum Colour {', 'const Colour = {')
    .replace('Red =', 'Red:')
    .replace(': Float64Array', '')
    .replace('!', '')
  assert.equal((await runs(t, plain, { args: ['hello'] })).stdout, alone.stdout)
})

test('top-level await, timers after the module, an exit code set and not thrown', async (t) => {
  const text = `${prelude}
    await new Promise((resolve) => setTimeout(resolve, 20))
    const array = tm.alloc(Int32Array, 10)
    setTimeout(() => {
      array[me] = me + 1
      tm.barrier()
      setImmediate(() => {
        console.log(array.subarray(0, n).join())
        if (me === 1) process.exitCode = 6
      })
    }, 20)
  `
  const outcome = await run(t, text, { nodes: 3 })
  assert.equal(outcome.code, 6, described(outcome))
  assert.equal(outcome.stdout, '1,2,3\n'.repeat(3))
  assert.equal(outcome.stderr, '')
})

test('standard input reaches process 0, from a pipe and from a file, by stream and by descriptor', async (t) => {
  const stream = `${prelude}
    let length = 0
    for await (const chunk of process.stdin) length += chunk.length
    console.log(me, length)
  `
  const text = 'line\n'.repeat(200_000)
  const piped = await runs(t, stream, { nodes: 2, stdin: text })
  assert.deepEqual([...piped.lines].sort(), ['0 1000000', '1 0'])
  const descriptor = `${prelude}
    import { readFileSync } from 'node:fs'
    console.log(me, readFileSync(0).length)
  `
  const read = await runs(t, descriptor, { nodes: 2, stdin: text })
  assert.deepEqual([...read.lines].sort(), ['0 1000000', '1 0'])
  const where = directory(t)
  writeFileSync(join(where, 'input'), text)
  const filed = await runs(t, stream, { nodes: 2, stdinFile: openSync(join(where, 'input'), 'r') })
  assert.deepEqual([...filed.lines].sort(), ['0 1000000', '1 0'])
})

test('a program that has its line and exits does not wait for the end of the input', async (t) => {
  const text = `${prelude}
    if (me === 0) process.stdin.once('data', (chunk) => {
      console.log(String(chunk).trim())
      tm.exit(4)
    })
  `
  const running = await run(t, text, { nodes: 2, firstLine: 'hello\n' })
  assert.equal(running.code, 4, described(running))
  assert.equal(running.stdout, 'hello\n')
})

test('at a terminal, a program that has paused its input ends without another line', async (t) => {
  const text = `${prelude}
    import readline from 'node:readline'
    if (me === 0) {
      assert.ok(process.stdin.isTTY && process.stdout.isTTY)
      const lines = readline.createInterface({ input: process.stdin, output: process.stdout })
      lines.question('name? ', (name) => {
        console.log('hello ' + name)
        lines.close()
      })
    }
  `
  // Of util-linux: it gives the command a terminal of its own.
  if (spawnSync('script', ['--version']).status !== 0) return t.skip('there is no `script` here')
  const running = new Run(t, text, { nodes: 2, terminal: true })
  await running.printed(/name\? /)
  running.type('Ada\n')
  const outcome = await running.ended
  assert.equal(outcome.code, 0, described(outcome))
  assert.match(outcome.stdout, /hello Ada/)
})

/** A package of its own, in CommonJS as npm makes it, with treadmarks among its modules. */
function commonJs(t: TestContext): string {
  const where = directory(t)
  writeFileSync(join(where, 'package.json'), '{ "name": "app" }')
  mkdirSync(join(where, 'node_modules'))
  symlinkSync(root, join(where, 'node_modules/treadmarks'))
  return where
}

test('CommonJS, in TypeScript and in JavaScript, is the main module and knows the class of our errors', async (t) => {
  const typescript = `
    import * as tm from 'treadmarks'
    import { basename } from 'node:path'
    const array: Float64Array = tm.alloc(Float64Array, 10)
    tm.withLock(1, () => { array[0]! += 1 })
    tm.barrier()
    if (require.main === module) console.log(array[0], basename(__filename))
    try { tm.malloc(2 ** 40) } catch (error) {
      console.log(error instanceof tm.TreadMarksError && error.message.startsWith('malloc of 1099511627776 bytes'))
    }
  `
  const expected = ['1 program.ts', '1 program.ts', 'true', 'true'].map((line) => line.replace('1', '2'))
  const outcome = await runs(t, typescript, { nodes: 2, file: 'program.ts', directory: commonJs(t) })
  assert.deepEqual([...outcome.lines].sort(), expected)
  const javascript = typescript
    .replace("import * as tm from 'treadmarks'", "const tm = require('treadmarks')")
    .replace("import { basename } from 'node:path'", "const { basename } = require('node:path')")
    .replace(': Float64Array', '')
    .replace('!', '')
  const plain = await runs(t, javascript, { nodes: 2, file: 'program.js', directory: commonJs(t) })
  assert.deepEqual(
    [...plain.lines].sort(),
    expected.map((line) => line.replace('.ts', '.js')),
  )
})

test('two copies of the package in one process share one heap', async (t) => {
  const text = `
    import * as tm from 'treadmarks'
    const copy = await import(import.meta.resolve('treadmarks') + '?copy')
    console.log(copy !== tm, copy.heap === tm.heap, copy.malloc(64) !== tm.malloc(64), copy.TreadMarksError === tm.TreadMarksError)
  `
  assert.equal((await runs(t, text)).stdout, 'true true true true\n')
  assert.equal((await runs(t, text, { nodes: 1 })).stdout, 'true true true true\n')
})

test("in a worker of the program's own, importing is an error that says so", async (t) => {
  const text = `${prelude}
    import { Worker } from 'node:worker_threads'
    const worker = new Worker("import('treadmarks').then(() => 'none', (error) => error.code + ': ' + error.message + ' ' + error.remedy).then(console.log)", { eval: true })
    // The heap itself may be posted to it.
    const array = tm.alloc(Int32Array, 4)
    const counting = new Worker("const { workerData } = require('node:worker_threads'); Atomics.add(workerData, 0, 5)", { eval: true, workerData: array })
    await Promise.all([worker, counting].map((one) => new Promise((resolve) => one.on('exit', resolve))))
    console.log('sum', array[0])
  `
  for (const nodes of [undefined, 1]) {
    const { stdout } = await runs(t, text, { nodes })
    assert.match(
      stdout,
      /^ERR_TM_WORKER: treadmarks was imported in a worker that the program started Import treadmarks in/m,
    )
    assert.match(stdout, /^sum 5$/m)
  }
})
