/** Plain messages between real processes: whole, once, in order, and without any promise about memory. */
import { test } from 'node:test'
import { prelude, runs } from './run.js'

test('each process gets from each what it was sent, in order', async (t) => {
  const text = `${prelude}
    for (let i = 0; i < 50; i++) for (let to = 0; to < n; to++) tm.send(to, Uint8Array.of(me, i, to))
    for (let i = 0; i < 50; i++) for (let from = n - 1; from >= 0; from--)
      assert.deepEqual([...tm.recv(from)], [from, i, me])
  `
  await runs(t, text, { nodes: 3 })
  await runs(t, text, {})
})

test('of any length, as a copy: of the heap, of a buffer, of nothing', async (t) => {
  const text = `${prelude}
    const shared = tm.alloc(Uint8Array, 100_000)
    const next = (me + 1) % n
    const last = (me + n - 1) % n
    if (me === 0) shared.fill(7)
    tm.barrier()
    tm.send(next, shared)
    const own = Buffer.from('a buffer of a pool')
    tm.send(next, own)
    own.fill(0)
    tm.send(next, new Uint8Array(0))
    tm.send(next, new Uint8Array(32 * 1024 ** 2).fill(me))
    const whole = tm.recv(last)
    assert.equal(whole.buffer instanceof SharedArrayBuffer, false)
    assert.ok(whole.length === 100_000 && whole.every((byte) => byte === 7))
    assert.equal(Buffer.from(tm.recv(last)).toString(), 'a buffer of a pool')
    assert.equal(tm.recv(last).length, 0)
    const large = tm.recv(last)
    assert.ok(large.length === 32 * 1024 ** 2 && large.every((byte) => byte === last))
  `
  await runs(t, text, { nodes: 2 })
  await runs(t, text, {})
})

test('a sender that is far ahead waits for its receiver', async (t) => {
  const text = `${prelude}
    if (me === 0) {
      const part = new Uint8Array(8 * 1024 ** 2)
      for (let i = 0; i < 40; i++) { part[0] = i; tm.send(1, part) }
    }
    if (me === 1) for (let i = 0; i < 40; i++) {
      assert.equal(tm.recv(0)[0], i)
      // What waits here is bounded by the window, whatever the sender would like.
      assert.ok(process.memoryUsage().arrayBuffers < 400 * 1024 ** 2)
    }
  `
  await runs(t, text, { nodes: 2 })
})

test('a probe finds whoever writes, and a process that hands out work serves all', async (t) => {
  const text = `${prelude}
    if (me === 0) {
      let next = 0
      let working = n - 1
      while (working > 0) {
        const from = tm.probe()
        const [asks] = tm.recv(from)
        assert.equal(asks, from)
        if (next === 60) working--
        tm.send(from, next < 60 ? Uint8Array.of(next++) : new Uint8Array(0))
      }
      assert.equal(tm.tryProbe(), undefined)
      tm.send(0, Uint8Array.of(1))
      assert.equal(tm.tryProbe(), 0)
      assert.equal(tm.probe(), 0)
      assert.deepEqual([...tm.recv(0)], [1])
      tm.distribute(0)
    } else {
      let last = -1
      for (;;) {
        tm.send(0, Uint8Array.of(me))
        const [work] = tm.recv(0)
        if (work === undefined) break
        assert.ok(work > last)
        last = work
      }
      tm.distribute()
    }
  `
  await runs(t, text, { nodes: 4 })
  await runs(t, text, {})
})

test('what is refused', async (t) => {
  const text = `${prelude}
    for (const to of [-1, n, 0.5, '0', undefined]) {
      fails('ERR_TM_ARGUMENT', /^send: to must be an integer from 0 to /, () => tm.send(to, new Uint8Array(1)))
      fails('ERR_TM_ARGUMENT', /^recv: from must be an integer from 0 to /, () => tm.recv(to))
    }
    fails('ERR_TM_ARGUMENT', /^send: bytes must be a Uint8Array, not Float64Array/, () => tm.send(0, new Float64Array(1)))
    fails('ERR_TM_ARGUMENT', /^send: bytes must be a Uint8Array, not 'a string'/, () => tm.send(0, 'a string'))
    fails('ERR_TM_ARGUMENT', /^send: bytes must be a Uint8Array, not an object that inherits from one/, () => tm.send(0, Object.create(Uint8Array.prototype)))
    fails('ERR_TM_ARGUMENT', /^send: bytes.length must be an integer from 0 to 33554432/, () => tm.send(0, new Uint8Array(2 ** 25 + 1)))
  `
  await runs(t, text, { nodes: 2 })
  await runs(t, text, {})
})

test('who waits for itself is told, alone, launched alone, and among others', async (t) => {
  const text = `${prelude}
    const nothing = new RegExp('^recv\\\\(' + me + '\\\\): process ' + me + ' has sent itself nothing that is not received$')
    fails('ERR_TM_DEADLOCK', nothing, () => tm.recv(me))
    if (n === 1) fails('ERR_TM_DEADLOCK', /^probe\\(\\): process 0 is the only one/, () => tm.probe())
    // The window is 64 MiB: two of 32 MiB and what each takes beside that are more.
    const large = new Uint8Array(32 * 1024 ** 2)
    const small = new Uint8Array(1024 ** 2)
    for (let i = 0; i < 3; i++) {
      tm.send(me, large)
      fails('ERR_TM_DEADLOCK', /^send\\(\\d\\): with these 33554432 bytes process \\d has sent itself more than 67108864 bytes/, () => tm.send(me, large))
      assert.equal(tm.recv(me).length, large.length)
    }
    // Also where the mailbox has not told yet what was taken of it.
    let waiting = 0
    for (let i = 0; i < 500; i++) {
      try {
        tm.send(me, small)
        waiting++
      } catch (error) {
        assert.equal(error.code, 'ERR_TM_DEADLOCK')
        assert.ok(waiting > 40)
        for (let i = 0; i < 1 + (waiting % 23); i++, waiting--) tm.recv(me)
      }
    }
    for (; waiting > 0; waiting--) tm.recv(me)
    fails('ERR_TM_DEADLOCK', nothing, () => tm.recv(me))
    assert.equal(tm.tryProbe(), undefined)
  `
  for (const nodes of [undefined, 1, 2]) await runs(t, text, { nodes })
})
