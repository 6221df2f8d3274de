/**
 * Sequential consistency between real processes: algorithms of mutual exclusion that use nothing but loads and stores
 * (`Atomics`, so that the processor keeps their order) exclude each other across nodes, which no weaker protocol
 * promises; and everybody gets somewhere, however many want one page.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtProtocols } from '../../src/protocols/table.js'
import { prelude, runs, total } from './run.js'

const sequential = builtProtocols.filter((name) => name.startsWith('ivy'))

/** The words of the algorithm, on one page or on a page each; `count` is an ordinary word. */
const words = `${prelude}
  const { load, store } = Atomics
  const far = process.argv[2] === 'far' ? 1024 : 1
  const shared = tm.alloc(Int32Array, 4 * 1024)
  const [FLAG, TURN, COUNT] = [0, 2 * far, 3 * far]
  const other = 1 - me
  const ROUNDS = 300
  tm.barrier()`
const end = `
  tm.barrier()
  assert.equal(shared[COUNT], 2 * ROUNDS)`

/** Peterson, Myths about the mutual exclusion problem, 1981. */
const peterson = `${words}
  for (let i = 0; i < ROUNDS; i++) {
    store(shared, FLAG + me * far, 1)
    store(shared, TURN, other)
    while (load(shared, FLAG + other * far) === 1 && load(shared, TURN) === other) ;
    shared[COUNT]++
    store(shared, FLAG + me * far, 0)
  }${end}`

/** Dekker's algorithm, as Dijkstra tells it, Cooperating sequential processes, 1965. */
const dekker = `${words}
  for (let i = 0; i < ROUNDS; i++) {
    store(shared, FLAG + me * far, 1)
    while (load(shared, FLAG + other * far) === 1) {
      if (load(shared, TURN) !== other) continue
      store(shared, FLAG + me * far, 0)
      while (load(shared, TURN) === other) ;
      store(shared, FLAG + me * far, 1)
    }
    shared[COUNT]++
    store(shared, TURN, other)
    store(shared, FLAG + me * far, 0)
  }${end}`

/** Lamport's bakery, for any number: A new solution of Dijkstra's concurrent programming problem, 1974. */
const bakery = `${prelude}
  const { load, store } = Atomics
  const shared = tm.alloc(Int32Array, 2 * n + 1)
  const ROUNDS = 25
  tm.barrier()
  for (let i = 0; i < ROUNDS; i++) {
    store(shared, me, 1)
    let most = 0
    for (let p = 0; p < n; p++) most = Math.max(most, load(shared, n + p))
    store(shared, n + me, most + 1)
    store(shared, me, 0)
    for (let p = 0; p < n; p++) {
      while (load(shared, p) === 1) ;
      for (;;) {
        const theirs = load(shared, n + p)
        if (theirs === 0 || theirs > most + 1 || (theirs === most + 1 && p >= me)) break
      }
    }
    shared[2 * n]++
    store(shared, n + me, 0)
  }
  tm.barrier()
  assert.equal(shared[2 * n], n * ROUNDS)`

/** Atomic operations are atomic between nodes, too: the page is here while one is done. */
const atomics = `${prelude}
  const shared = tm.alloc(Int32Array, 2)
  tm.barrier()
  for (let i = 0; i < 2000; i++) Atomics.add(shared, 0, 1)
  let won = 0
  while (won < 200) {
    const seen = Atomics.load(shared, 1)
    if (Atomics.compareExchange(shared, 1, seen, seen + 1) === seen) won++
  }
  tm.barrier()
  assert.equal(shared[0], 2000 * n)
  assert.equal(shared[1], 200 * n)`

/** All store into one page all the time, and nobody waits for anybody. */
const crowded = `${prelude}
  const words = tm.alloc(Int32Array, n)
  for (let i = 1; i <= 20000; i++) words[me] = i
  for (let p = 0; p < n; p++) while (Atomics.load(words, p) < 20000) ;
  tm.barrier()`

for (const protocol of sequential) {
  const options = ['--protocol', protocol]
  describe(protocol, () => {
    for (const [name, program] of Object.entries({ Peterson: peterson, Dekker: dekker })) {
      for (const where of ['near', 'far']) {
        test(`${name}'s algorithm, words ${where === 'near' ? 'on one page' : 'on a page each'}`, async (t) => {
          await runs(t, program, { nodes: 2, options, args: [where] })
        })
      }
    }
    test('the bakery, 4 nodes', async (t) => void (await runs(t, bakery, { nodes: 4, options })))
    test('Atomics, 3 nodes', async (t) => void (await runs(t, atomics, { nodes: 3, options })))
    test('five nodes store into one page, and each gets somewhere', async (t) => {
      await runs(t, crowded, { nodes: 5, options })
    })

    test('there are no twins and no diffs, and nothing rides on locks', async (t) => {
      const program = `${prelude}
        const words = tm.alloc(Int32Array, 1024 * 4)
        for (let i = 0; i < 50; i++) tm.withLock(1, () => { words[(i % 4) * 1024 + me]++ })
        tm.barrier()
        for (let p = 0; p < n; p++) for (let k = 0; k < 4; k++) assert.equal(words[k * 1024 + p], k < 2 ? 13 : 12)`
      const outcome = await runs(t, program, { nodes: 3, options })
      for (const counter of ['twins', 'diffsCreated', 'intervals', 'writeNotices'])
        assert.equal(total(outcome, counter), 0, counter)
      assert.ok(total(outcome, 'pagesFetched') > 0)
    })
  })
}

test('Atomics.wait hears nothing of a notify in another process, though loads and stores cross', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 2)
    tm.barrier()
    if (me === 0) {
      assert.equal(Atomics.wait(words, 0, 0, 300), 'timed-out')
      Atomics.store(words, 1, 1)
    } else while (Atomics.load(words, 1) === 0) assert.equal(Atomics.notify(words, 0), 0)
    tm.barrier()`
  await runs(t, text, { nodes: 2, options: ['--protocol', 'ivy'] })
})
