/**
 * Recursion without end, caught, inside of calls of ours. Such a call throws a RangeError and has done nothing, or it is
 * done: no lock is lost, no message, no memory. Each call is tried from the end of the stack upward until it has been
 * done, again and again with all frames moved by 8 bytes, so that the end comes at every place of it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prelude, runs } from './run.js'

/** `nearTheEnd(attempt, times)`: calls it until it has been done so many times, for each shift. */
const sweep = `${prelude}
  Error.stackTraceLimit = 1
  const SHIFTS = 24
  function nearTheEnd(attempt, times = 20) {
    const attempted = (failed) => {
      try { attempt() } catch (error) {
        if (!(error instanceof RangeError)) failed(error)
        return false
      }
      return true
    }
    for (let shift = 0; shift < SHIFTS; shift++) {
      let left = times
      let failure
      const failed = (error) => { failure ??= error }
      const down = () => {
        // The deepest have no room even to try.
        try { down() } catch {}
        if (left > 0 && attempted(failed)) left--
      }
      // Arguments move all that follows by 8 bytes each.
      Reflect.apply(down, undefined, new Array(shift).fill(0))
      if (failure !== undefined) throw failure
      assert.equal(left, 0)
    }
  }
`

test('a lock is taken, or it is not; it is released, or it is not', async (t) => {
  const text = `${sweep}
    const flag = tm.alloc(Int32Array, 1)
    const [, , how, other] = process.argv
    const asked = how === 'try'
    let held = false
    const turn = () => {
      if (held) { tm.lockRelease(5); held = false }
      else if (asked) held = tm.tryLock(5)
      else { tm.lockAcquire(5); held = true }
    }
    const release = () => { if (held) { tm.lockRelease(5); held = false } }
    if (me === 0) {
      for (let round = 0; round < 3; round++) {
        nearTheEnd(turn)
        release()
        fails('ERR_TM_LOCK_NOT_HELD', /./, () => tm.lockRelease(5))
        for (let i = 0; i < 10; i++) {
          tm.lockAcquire(5)
          held = true
          nearTheEnd(release, 1)
        }
      }
      tm.withLock(5, () => { flag[0] = 1 })
    } else if (other === 'wanted') while (tm.withLock(5, () => flag[0]) === 0);
    tm.barrier()
    tm.withLock(5, () => 0)
  `
  // Alone with it, and with a second process that always wants it: then most calls go to the service.
  for (const how of ['acquire', 'try'])
    for (const other of ['alone', 'wanted']) await runs(t, text, { nodes: 2, args: [how, other] })
  await runs(t, text, { args: ['acquire', 'alone'] })
})

test('withLock has released the lock whatever happens', async (t) => {
  const text = `${sweep}
    const flag = tm.alloc(Int32Array, 1)
    let depth = 0
    let thrown = 0
    const throwing = () => {
      try {
        tm.withLock(5, () => { thrown++; throw new TypeError() })
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
      }
    }
    const deeper = () => tm.withLock(5, () => { depth++ }) || deeper()
    if (me === 0) {
      for (let round = 0; round < 3; round++) {
        nearTheEnd(throwing)
        nearTheEnd(() => tm.withLock(5, () => 0))
      }
      assert.throws(deeper, RangeError)
      assert.ok(depth > 100 && thrown > 100)
      tm.withLock(5, () => { flag[0] = 1 })
    } else if (process.argv[2] === 'wanted') while (tm.withLock(5, () => flag[0]) === 0);
    tm.barrier()
    tm.withLock(5, () => 0)
  `
  for (const other of ['alone', 'wanted']) await runs(t, text, { nodes: 2, args: [other] })
})

test('a line is written, or it is not, and those after it are', async (t) => {
  const text = `${sweep}
    nearTheEnd(() => console.log('line'))
    nearTheEnd(() => process.stdout.write('line\\n'))
    console.log('last')
  `
  const { lines } = await runs(t, text, { nodes: 1 })
  const written = 2 * 24 * 20
  assert.deepEqual(lines, [...new Array<string>(written).fill('line'), 'last'])
})

test('messages, memory, values: a call that has thrown has done nothing', async (t) => {
  const text = `${sweep}
    let sent = 0
    nearTheEnd(() => { tm.send(me, Uint8Array.of(sent & 255)); sent++ })
    assert.ok(sent > 0)
    for (let i = 0; i < sent; i++) assert.equal(tm.recv(me)[0], i & 255)
    assert.equal(tm.tryProbe(), undefined)

    for (let i = 0; i < 1000; i++) tm.send(me, Uint8Array.of(i & 255))
    let got = 0
    nearTheEnd(() => { const [byte] = tm.recv(me); if (byte !== (got & 255)) throw new Error('lost ' + got); got++ })
    for (; got < 1000; got++) assert.equal(tm.recv(me)[0], got & 255)

    const blocks = []
    nearTheEnd(() => { const block = tm.malloc(tm.pageSize); blocks[blocks.length] = block })
    nearTheEnd(() => { if (blocks.length > 0) { tm.free(blocks[blocks.length - 1]); blocks.length-- } })
    for (const block of blocks) tm.free(block)
    const all = tm.heap.byteLength - tm.pageSize
    tm.free(tm.malloc(all))

    const value = JSON.parse('{"a":'.repeat(63) + '["deep"]' + '}'.repeat(63))
    nearTheEnd(() => tm.distribute(value))
    assert.deepEqual(tm.distribute('after it'), 'after it')
    nearTheEnd(() => tm.phase('p'))
    tm.barrier()
    assert.equal(tm.distribute(7), 7)
  `
  await runs(t, text, { nodes: 1 })
})
