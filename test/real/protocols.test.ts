/** Real nodes under each protocol that is built: small programs whose results are known. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtProtocols } from '../../src/protocols/table.js'
import { described, prelude, run, runs, total } from './run.js'

/** Each process has its own words on one page, and all look at all of them. */
const falseSharing = `${prelude}
  const words = tm.alloc(Int32Array, n)
  for (let round = 1; round <= 20; round++) {
    words[me] += 5
    if (round % 5 !== 0) continue
    tm.barrier()
    for (let p = 0; p < n; p++) assert.equal(words[p], 5 * round)
    tm.barrier()
  }`

const counter = `${prelude}
  const word = tm.alloc(Int32Array, 1)
  for (let i = 0; i < 200; i++) tm.withLock(3, () => word[0]++)
  tm.barrier()
  assert.equal(word[0], 200 * n)`

/** Each round another process writes all pages, so that homes move and twins come and go. */
const inTurn = `${prelude}
  const pages = 40
  const words = tm.alloc(Int32Array, pages * 1024)
  for (let round = 0; round < 6 * n; round++) {
    if (Math.floor(round / 6) === me) for (let i = me; i < words.length; i += 16) words[i] = round + i
    tm.barrier()
    const writer = Math.floor(round / 6)
    for (let i = writer; i < words.length; i += 16) assert.equal(words[i], round + i)
    tm.barrier()
  }`

/** All write and read one page under a lock, for ever; one is killed in the middle of it. */
const dies = `${prelude}
  const words = tm.alloc(Int32Array, 16)
  tm.barrier()
  for (let i = 0; ; i++) {
    tm.withLock(i % 4, () => { words[me]++; words[8] += words[(me + 1) % n] })
    if (me === 1 && i === 300) process.kill(process.pid, 'SIGKILL')
  }`

const programs = { 'false sharing': falseSharing, 'a counter under a lock': counter, 'writers in turn': inTurn }

for (const protocol of builtProtocols) {
  describe(protocol, () => {
    for (const [name, program] of Object.entries(programs)) {
      for (const nodes of [2, 4]) {
        test(`${name}, ${nodes} nodes`, async (t) => {
          await runs(t, program, { nodes, options: ['--protocol', protocol] })
        })
      }
    }

    test('who waits for a page, a lock or a flush when a node dies is ended', async (t) => {
      const outcome = await run(t, dies, { nodes: 3, options: ['--protocol', protocol], timeoutMs: 30_000 })
      assert.equal(outcome.code, 137, described(outcome))
      assert.match(outcome.stderr, /killed by SIGKILL\n {2}ERR_TM_NODE_LOST/)
    })
  })
}

test('home-lrc asks for no diffs', async (t) => {
  const outcome = await runs(t, falseSharing, { nodes: 3, options: ['--protocol', 'home-lrc'] })
  assert.ok(total(outcome, 'pagesFetched') > 0)
  assert.equal(outcome.stats.kinds.diffRequest?.messages, 0)
  assert.ok((outcome.stats.kinds.homeFlush?.messages ?? 0) > 0)
})
