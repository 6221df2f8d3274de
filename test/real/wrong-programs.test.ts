/**
 * Programs that do what none should, where the contract has no sentence about it: native code that takes our signal
 * handler or crashes, recursion without end, WebAssembly out of bounds, memory that runs out. Each is an error with a
 * code, a process and a way out, or the report that Node itself would give.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { described, directory, prelude, root, run, runs } from './run.js'

const addon = join(directory({ after }), 'mischief.node')
before(() => {
  const headers = join(root, 'node_modules/node-api-headers/include')
  const source = join(root, 'test/real/fixtures/mischief.c')
  const words = [
    '-std=c11',
    '-D_GNU_SOURCE',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-fPIC',
    '-shared',
    '-I',
    headers,
    source,
    '-o',
    addon,
  ]
  const { status, stderr } = spawnSync(process.env.CC || 'cc', words, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
const mischief = (): string => `
  import { createRequire } from 'node:module'
  const mischief = createRequire(import.meta.url)(${JSON.stringify(addon)})
`
const lost =
  /^treadmarks: process 1 \(node 1\): the handler for SIGSEGV is no longer the shared memory's own\n {2}ERR_TM_HANDLER_LOST: /

test('a handler of the program’s own for SIGSEGV is noticed at a barrier', async (t) => {
  const text = `${prelude}${mischief()} if (me === 1) mischief.takeHandler(); tm.barrier()`
  const outcome = await run(t, text, { nodes: 2 })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(outcome.stderr, lost)
})

test('and when the program never comes to one, because it faults for ever', async (t) => {
  const text = `${prelude}${mischief()}
    const words = tm.alloc(Int32Array, 1)
    if (me === 1) { mischief.takeHandler(); words[0] = 1; console.log('never') }
    else for (;;);
  `
  const outcome = await run(t, text, { nodes: 2, options: ['--heartbeat', '2'] })
  assert.equal(outcome.code, 1, described(outcome))
  assert.match(outcome.stderr, lost)
  assert.equal(outcome.stdout, '')
})

test('a crash elsewhere is a crash: the node is named, and the exit code is the signal’s', async (t) => {
  const text = `${prelude}${mischief()} tm.barrier(); if (me === 1) mischief.crash(); tm.barrier()`
  const outcome = await run(t, text, { nodes: 2 })
  assert.equal(outcome.code, 139, described(outcome))
  assert.match(outcome.stderr, /^treadmarks: process 1 \(node 1\): killed by SIGSEGV\n {2}ERR_TM_NODE_LOST: /m)
})

test('recursion without end is Node’s RangeError, also where every step touches the heap', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 1 << 20)
    let depth = 0
    const down = (i) => { words[(i * 1024) & (words.length - 1)]++; depth = i; return down(i + 1) + 1 }
    assert.throws(() => down(0), RangeError)
    assert.ok(depth > 1000)
    tm.barrier()
    assert.ok(words[0] > 0)
    if (process.argv[2]) down(0)
  `
  await runs(t, text, { nodes: 2 })
  const outcome = await run(t, text, { nodes: 2, args: ['again'] })
  assert.equal(outcome.code, 1)
  assert.match(outcome.stderr, /^treadmarks: process [01] \(node [01]\): uncaught RangeError: Maximum call stack size/)
})

test('WebAssembly out of bounds, beside our heap, is a RuntimeError, and our faults go on', async (t) => {
  // A memory of one page, and a function that loads the byte at an address.
  const module = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1],
    ...[7, 8, 1, 4, 0x6c, 0x6f, 0x61, 0x64, 0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x2d, 0, 0, 0x0b],
  ]
  const text = `${prelude}
    const { load } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(${JSON.stringify(module)}))).exports
    const words = tm.alloc(Int32Array, 4096)
    for (let i = 0; i < 100; i++) {
      assert.equal(load(i), 0)
      assert.throws(() => load(65536 + i), WebAssembly.RuntimeError)
      assert.throws(() => load(-1), WebAssembly.RuntimeError)
      if (me === i % 2) words[i * 16] = i
      tm.barrier()
      assert.equal(words[i * 16], i)
    }
  `
  await runs(t, text, { nodes: 2 })
})

test('a heap that is used up says what was asked, what is free and the largest block', async (t) => {
  const text = `${prelude}
    const half = tm.distribute(me === 0 ? tm.malloc(8 * 1024 ** 2) : 0)
    fails('ERR_TM_NO_MEMORY', /^malloc of 16777216 bytes: the shared heap has no room: \\d+ bytes are free, \\d+ in the largest block$/,
      () => tm.malloc(16 * 1024 ** 2))
    fails('ERR_TM_NO_MEMORY', /^alloc of Uint8Array\\(16777216\\) "big", 16777216 bytes: .* bytes are free, \\d+ in the largest block$/,
      () => tm.alloc(Uint8Array, 16 * 1024 ** 2, { name: 'big' }))
    tm.barrier()
    if (me === 1) { tm.free(half); fails('ERR_TM_BAD_FREE', /free\\(\\d+\\): no allocated block begins there/, () => tm.free(half)) }
    tm.barrier()
    for (const wrong of [0, -8, 1.5, 2 ** 40, NaN]) fails('ERR_TM_ARGUMENT', /^free: address must be/, () => tm.free(wrong))
  `
  await runs(t, text, { nodes: 2, options: ['--heap', '16MiB'] })
})
