/** Real nodes, several protocols in one run: allocations choose them, and results are exact under any protocol of the run. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { replayRun } from '../../src/lab/replay/run.js'
import { builtProtocols } from '../../src/protocols/table.js'
import { described, directory, prelude, root, run, runs } from './run.js'

/** Under each protocol: counters of all, words of one each, and in the middle of the run memory that is given out again. */
const all = `${prelude}
  const names = ${JSON.stringify(builtProtocols)}
  const own = tm.alloc(Int32Array, 16, { name: 'own' })
  const arrays = names.map((protocol) => tm.alloc(Int32Array, 3000, { name: 'array under ' + protocol, protocol }))
  const counters = names.map((protocol) => tm.alloc(Int32Array, 1, { name: 'counter under ' + protocol, protocol }))
  const late = []
  for (let round = 1; round <= 6; round++) {
    // One lock guards words of all.
    for (const [i, counter] of counters.entries())
      tm.withLock(i, () => {
        counter[0]++
        for (const array of arrays) array[2000 + i]++
      })
    for (const array of [...arrays, ...late]) for (let i = me; i < 1000; i += n) array[i] = round * i
    own[me] = round
    tm.barrier()
    for (const array of [...arrays, ...late]) for (let i = 0; i < 1000; i++) assert.equal(array[i], round * i)
    for (const array of arrays) for (const i of names.keys()) assert.equal(array[2000 + i], round * n)
    for (const counter of counters) assert.equal(counter[0], round * n)
    for (let p = 0; p < n; p++) assert.equal(own[p], round)
    tm.barrier()
    if (round !== 3) continue
    for (const [i, protocol] of names.entries()) {
      const block = tm.alloc(Int32Array, 3000, { protocol })
      for (let j = me; j < 3000; j += n) block[j] = -1
      tm.barrier()
      assert.ok(block.every((value) => value === -1))
      tm.barrier()
      if (me === i % n) tm.free(block)
      const again = tm.alloc(Int32Array, 3000, { protocol })
      assert.equal(again.byteOffset, block.byteOffset)
      assert.ok(again.every((value) => value === 0))
      late.push(again)
    }
    tm.barrier()
  }`

for (const protocol of builtProtocols) {
  describe(`a run with ${protocol}`, () => {
    for (const nodes of [2, 4]) {
      test(`allocations under each protocol, ${nodes} nodes`, async (t) => {
        const outcome = await runs(t, all, { nodes, options: ['--protocol', protocol] })
        // Statistics by allocation know them; what obeys the run's protocol shares a page with other words.
        for (const other of builtProtocols) {
          if (other === protocol) continue
          const { writeFaults = 0 } = outcome.stats.allocations[`counter under ${other}`] ?? {}
          assert.ok(writeFaults > 0, `${other}: ${JSON.stringify(outcome.stats.allocations)}`)
        }
      })
    }
  })
}

test('conditions and a value that is handed on, with data under two protocols', async (t) => {
  const text = `${prelude}
    const turn = tm.alloc(Int32Array, 1, { protocol: 'eager-invalidate' })
    const data = tm.alloc(Float64Array, 2000, { protocol: 'home-lrc' })
    for (let round = 0; round < 30; round++) {
      tm.lockAcquire(1)
      while (turn[0] % n !== me) tm.condWait(1, 0)
      for (let i = 0; i < 2000; i += 7) {
        assert.equal(data[i], turn[0])
        data[i]++
      }
      turn[0]++
      tm.condBroadcast(1, 0)
      tm.lockRelease(1)
    }
    tm.barrier()
    assert.equal(turn[0], 30 * n)
    assert.equal(tm.distribute(me === 0 ? data[7] : undefined), 30 * n)
    assert.equal(data[14], 30 * n)`
  await runs(t, text, { nodes: 3 })
})

test('a run without the launcher takes any protocol that is built, for malloc as well', async (t) => {
  const text = `${prelude}
    for (const protocol of ${JSON.stringify(builtProtocols)}) {
      const array = tm.alloc(Int32Array, 100, { protocol })
      assert.ok(array.every((value) => value === 0))
      array.fill(7)
      tm.free(array)
      assert.ok(tm.alloc(Int32Array, 100, { protocol }).every((value) => value === 0))
      assert.ok(tm.malloc(8, { protocol }) > 0)
    }
    fails('ERR_TM_NOT_YET', /protocol munin is not built yet/, () => tm.alloc(Int32Array, 1, { protocol: 'munin' }))
    fails('ERR_TM_NO_MEMORY', /^alloc of Uint8Array\\(\\d+\\), \\d+ bytes under home-lrc: the shared heap has no room in pages/,
      () => tm.alloc(Uint8Array, tm.heap.byteLength, { protocol: 'home-lrc' }))`
  await runs(t, text, {})
})

test('one process under the launcher', async (t) => {
  const text = `${prelude}
    const array = tm.alloc(Int32Array, 100, { protocol: 'eager-update' })
    tm.withLock(0, () => array.fill(3))
    tm.barrier()
    assert.ok(array.every((value) => value === 3))`
  await runs(t, text, { nodes: 1 })
})

test('what is refused', async (t) => {
  const text = `${prelude}
    fails('ERR_TM_ARGUMENT', /^malloc: protocol home-lrc in a run with treadmarks: malloc takes the run's; alloc, which all processes call, can choose another$/,
      () => tm.malloc(8, { protocol: 'home-lrc' }))
    assert.ok(tm.malloc(8, { protocol: 'treadmarks' }) > 0)
    fails('ERR_TM_ARGUMENT', /^alloc: protocol 'mesi' is not known; known are treadmarks, home-lrc/, () => tm.alloc(Int8Array, 1, { protocol: 'mesi' }))
    fails('ERR_TM_NOT_YET', /^alloc: protocol munin is not built yet$/, () => tm.alloc(Int8Array, 1, { protocol: 'munin' }))
    fails('ERR_TM_NO_MEMORY',
      /^alloc of Int8Array\\(999999\\) "big", 999999 bytes under home-lrc: the shared heap has no room in pages that no other protocol has had: \\d+ bytes of those are free, \\d+ in the largest block$/,
      () => tm.alloc(Int8Array, 999_999, { name: 'big', protocol: 'home-lrc' }))
    // What another protocol has had does not come back to the run's.
    const taken = tm.alloc(Int8Array, 300_000, { protocol: 'home-lrc' })
    if (tm.procId === 0) tm.free(taken)
    tm.barrier()
    fails('ERR_TM_NO_MEMORY', /largest block; memory that was given, or freed, under home-lrc is kept for it$/,
      () => tm.alloc(Int8Array, 300_000))
    fails('ERR_TM_NO_MEMORY', /^malloc of 300000 bytes: .*largest block; memory that was given, or freed, under home-lrc is kept for it$/,
      () => tm.malloc(300_000))
    // Refused on all alike, and the run goes on.
    tm.alloc(Int8Array, 1, { protocol: 'home-lrc' })
    tm.barrier()`
  await runs(t, text, { nodes: 2, options: ['--heap', '512K'] })
})

test('processes that do not agree about the protocol: an error that names both', async (t) => {
  const cases = [
    ["{ protocol: 'home-lrc' }", '{}', 'home-lrc', 'treadmarks'],
    ['{}', "{ protocol: 'eager-update' }", 'treadmarks', 'eager-update'],
    ["{ protocol: 'home-lrc' }", "{ protocol: 'eager-update' }", 'home-lrc', 'eager-update'],
  ] as const
  for (const [zero, one, zeroName, oneName] of cases) {
    const text = `${prelude} tm.alloc(Float64Array, 100, me === 0 ? ${zero} : ${one})`
    const outcome = await run(t, text, { nodes: 2 })
    assert.equal(outcome.code, 1, described(outcome))
    for (const side of [
      `process 0 allocates Float64Array(100) under ${zeroName}`,
      `process 1 allocates Float64Array(100) under ${oneName}`,
      'ERR_TM_MEETING',
    ])
      assert.ok(outcome.stderr.includes(side), `${side} is not in ${outcome.stderr}`)
  }
})

test('a protocol that is chosen by its name and is the run’s is the same as none', async (t) => {
  const text = `${prelude}
    const array = tm.alloc(Int32Array, 4, me === 0 ? { protocol: 'home-lrc' } : {})
    if (me === 0) array[0] = 1
    tm.barrier()
    assert.equal(array[0], 1)`
  await runs(t, text, { nodes: 2, options: ['--protocol', 'home-lrc'] })
})

test('a recording of such a run is done again, byte for byte', async (t) => {
  for (const protocol of ['treadmarks', 'eager-invalidate']) {
    const folder = join(directory(t), 'recording')
    await runs(t, all, { nodes: 3, options: ['--protocol', protocol, '--record', folder] })
    const lines: string[] = []
    assert.ok(
      replayRun({ folder }, (line) => lines.push(line)),
      lines.join('\n'),
    )
    assert.equal(lines.filter((line) => /^node \d: \d+ events, \d+ calls, \d+ actions: same$/.test(line)).length, 3)
  }
})

test('the program of the page', async (t) => {
  const program = readFileSync(join(root, 'docs/protocols/mixed.ts'), 'utf8')
  const outcome = await runs(t, program, { nodes: 4, file: 'mixed.ts' })
  assert.equal(outcome.stdout, 'the grid holds 5570560\n')
  assert.ok((outcome.stats.kinds.eagerUpdate?.messages ?? 0) > 0)
  assert.ok((outcome.stats.kinds.homeFlush?.messages ?? 0) > 0)
})
