/** How much stack a thread has left, told from within: V8's limit in a worker is where the runtime believes it to be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { addon } from './heap.js'

const KIB = 1024

test('in a worker: most of 4 MiB at its beginning, and 192 KiB where V8 sees the end', async () => {
  addon()
  const text = `
    const native = require(${JSON.stringify(fileURLToPath(new URL('../../build/treadmarks.node', import.meta.url)))})
    const top = native.stackLeft()
    let least = Infinity
    const down = () => {
      least = Math.min(least, native.stackLeft())
      down()
    }
    try { down() } catch {}
    require('node:worker_threads').parentPort.postMessage([top, least, native.stackLeft()])
  `
  const worker = new Worker(text, { eval: true })
  const [top = 0, least = 0, after = 0] = await new Promise<number[]>((resolve) => worker.once('message', resolve))
  assert.ok(top > 3 * 1024 * KIB && top < 4.5 * 1024 * KIB, `${top} bytes`)
  assert.equal(after, top)
  // The room that src/runtime/stack-room.ts wants is 128 KiB; it may be wrong by a part of that.
  assert.ok(Math.abs(least - 192 * KIB) < 32 * KIB, `${least} bytes`)
})
