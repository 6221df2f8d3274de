/**
 * Too few open files, wherever one is missed: the launcher that loads, that starts a node, a node that loads, its threads,
 * its sockets. It is one error of the machine, and says what to raise.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { nodeId } from '../../src/core/ids.js'
import type { Binding } from '../../src/runtime/binding.js'
import { Mesh } from '../../src/runtime/mesh.js'
import { handshakeOptions } from './node.js'
import { directory, prelude, root } from './run.js'

const remedy = /\n {2}ERR_TM_DESCRIPTORS: Allow more open files \(`ulimit -n`\)[^\n]*\n$/

function runWith(t: TestContext, files: number, nodes: number, text: string) {
  const program = join(directory(t), 'program.mjs')
  writeFileSync(program, text)
  const command = `ulimit -n ${files}; exec '${process.execPath}' '${root}bin/treadmarks.js' run -n ${nodes} '${program}'`
  return spawnSync('bash', ['-c', command], { encoding: 'utf8' })
}

for (const files of [28, 32, 36, 40, 44]) {
  test(`12 nodes with ${files} open files each`, (t) => {
    const { status, stdout, stderr } = runWith(t, files, 12, `${prelude} tm.barrier(); console.log('never')`)
    assert.deepEqual([status, stdout], [1, ''], stderr)
    assert.match(stderr, /^treadmarks: [^\n]*(EMFILE|open files|errno 24)/)
    assert.match(stderr, remedy)
    assert.equal(stderr.match(/^treadmarks: /gm)?.length, 1, stderr)
  })
}

test('as many as the remedy says are enough', (t) => {
  const { status, stdout, stderr } = runWith(
    t,
    64 + 3 * 12,
    12,
    `${prelude} tm.barrier(); if (me === 0) console.log(n)`,
  )
  assert.deepEqual([status, stdout, stderr], [0, '12\n', ''])
})

test('a program that opens too many itself', (t) => {
  const text = `${prelude} import { openSync } from 'node:fs'; for (;;) openSync('/dev/null')`
  const { status, stderr } = runWith(t, 128, 1, text)
  assert.equal(status, 1)
  assert.match(
    stderr,
    /^treadmarks: process 0 \(node 0\): uncaught Error: EMFILE: too many open files, open '\/dev\/null'\n/,
  )
  assert.match(stderr, remedy)
})

const EMFILE = -24
const EAGAIN = -11

/** One of two nodes, over a network that has only these functions. */
function meshOver(functions: Partial<Binding>, node = 0): Mesh {
  const native = { listen: () => ({ fd: 9, port: 1 }), close: () => {}, ...functions } as Binding
  const self = { ...handshakeOptions(1, new Uint8Array(32)).self, node: nodeId(node), nodes: 2 }
  return new Mesh(native, self, new Uint8Array(32), '127.0.0.1', 0, () => assert.fail('nobody has proved anything'))
}
const isTyped = { name: 'TreadMarksError', code: 'ERR_TM_DESCRIPTORS' }

test('a node that cannot listen, dial or accept', () => {
  const listen = (): never => {
    throw Object.assign(new Error('listen: Too many open files'), { errno: EMFILE, syscall: 'listen' })
  }
  assert.throws(() => meshOver({ listen }), isTyped)
  assert.throws(() => meshOver({ connect: () => EMFILE }, 1).dial([{ host: '127.0.0.1', port: 1 }]), isTyped)
  assert.throws(() => meshOver({ accept: () => EMFILE }).ready(9), isTyped)
})

test('a stranger who holds the last descriptor is waited for, and does not end the run', () => {
  const answers = [20, EMFILE, EMFILE]
  const mesh = meshOver({ accept: () => answers.shift() ?? EAGAIN, recv: () => 0 })
  mesh.ready(9)
  mesh.ready(9)
  // Its place becomes free.
  mesh.ready(20)
  mesh.ready(9)
  assert.deepEqual(mesh.watched(), [[9, 1]])
})
