/**
 * The same programs on real nodes under every protocol that is built: results are exact, and messages are in the order that
 * the designs make one expect, by kind and by number. Each run goes through four phases, so that processes start once. What
 * is compared is counted where luck has no say: in turns that barriers give, not in races for a lock.
 */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { purposeOf } from '../../src/core/kinds.js'
import { builtProtocols } from '../../src/protocols/table.js'
import { compiled } from './compiled.js'
import { type Outcome, prelude, root, runs } from './run.js'

const sizes = [2, 4, 8]

const folder = compiled('relatives', ['examples/sor.ts', 'examples/tsp.ts'])
const example = (name: string): string => JSON.stringify(pathToFileURL(`${folder}/examples/${name}.js`).href)

const program = `${prelude}
  const checked = async (path, ...args) => {
    process.argv.splice(2, Infinity, '--check', ...args)
    await import(path)
  }

  // Each counts in a word of its own, all on one page, one after the other: a plain message, which orders no memory, says
  // whose turn it is. All look at all of them after each round.
  tm.phase('false sharing')
  const words = tm.alloc(Int32Array, n)
  const [before, after, turn] = [(me + n - 1) % n, (me + 1) % n, new Uint8Array(1)]
  for (let round = 1; round <= 10; round++) {
    for (let i = 0; i < 10; i++) {
      if (me > 0 || i > 0) tm.recv(before)
      words[me]++
      if (me < n - 1 || i < 9) tm.send(after, turn)
    }
    tm.barrier()
    for (let p = 0; p < n; p++) assert.equal(words[p], 10 * round)
    tm.barrier()
  }

  // One after the other takes a lock five times, and adds to each of ten pages; nobody else looks.
  tm.phase('locks')
  const pages = tm.alloc(Int32Array, 10 * 1024)
  for (let turn = 0; turn < 2 * n; turn++) {
    for (let i = 0; turn % n === me && i < 5; i++)
      tm.withLock(i, () => { for (let page = 0; page < 10; page++) pages[page * 1024] += page })
    tm.barrier()
  }
  for (let page = 0; page < 10; page++) assert.equal(pages[page * 1024], 10 * n * page)

  tm.phase('sor')
  await checked(${example('sor')}, '--rows', '64', '--cols', '96', '--iterations', '10', '--start', 'nonzero')

  tm.phase('tsp')
  await checked(${example('tsp')}, '2085', ${JSON.stringify(`${root}examples/tsplib/gr17.tsp`)})`

const phases = ['false sharing', 'locks', 'sor', 'tsp'] as const
type Phase = (typeof phases)[number]

/** What was sent in a phase: of one kind, or for pages, or altogether. */
function sent({ stats }: Outcome, phase: Phase, what: string): number {
  const kinds = Object.entries(stats.phaseKinds[phase] ?? {})
  const counted = kinds.filter(
    ([kind]) =>
      what === 'messages' ||
      (what === 'for pages' ? purposeOf[kind as keyof typeof purposeOf] === 'pages' : kind === what),
  )
  return counted.reduce((sum, [, { messages = 0 }]) => sum + messages, 0)
}

/** Of a kind there are none, or some; a sum is at least, or at most, so many times treadmarks' sum. */
interface Expected {
  readonly what: string
  readonly phases: readonly Phase[]
  readonly is: 'none' | 'some' | readonly ['at least' | 'at most', number]
  /** Only on so many nodes or more. */
  readonly from?: number
}

/** Each turn of another writer moves the page. */
const oneOwner: readonly Expected[] = [
  { what: 'diffRequest', phases, is: 'none' },
  { what: 'homeFlush', phases, is: 'none' },
  { what: 'eagerFlush', phases, is: 'none' },
  { what: 'pageRequest', phases, is: 'some' },
  { what: 'for pages', phases: ['false sharing'], is: ['at least', 3] },
]

/**
 * A kind of its own shows that the protocol was there; a kind of another, that it does not do what that one does. The
 * factors leave room: what they bound varies by less than one in twenty from run to run.
 */
const expectations: Readonly<Record<string, readonly Expected[]>> = {
  treadmarks: [
    { what: 'diffRequest', phases, is: 'some' },
    { what: 'pageRequest', phases, is: 'none' },
    { what: 'homeFlush', phases, is: 'none' },
    { what: 'eagerFlush', phases, is: 'none' },
  ],
  'home-lrc': [
    { what: 'diffRequest', phases, is: 'none' },
    { what: 'diffPush', phases, is: 'none' },
    { what: 'eagerFlush', phases, is: 'none' },
    { what: 'pageRequest', phases, is: 'some' },
    { what: 'homeFlush', phases, is: 'some' },
    // Each writer tells the home instead of each reader.
    { what: 'for pages', phases: ['false sharing'], is: ['at most', 0.5], from: 8 },
  ],
  'eager-invalidate': [
    { what: 'diffRequest', phases, is: 'none' },
    { what: 'eagerUpdate', phases, is: 'none' },
    { what: 'eagerFlush', phases, is: 'some' },
    { what: 'eagerInvalidate', phases, is: 'some' },
    // Each release tells others; under treadmarks only the next turn's first miss asks.
    { what: 'messages', phases: ['locks'], is: ['at least', 1.25] },
    { what: 'for pages', phases: ['locks'], is: ['at least', 1.5] },
    { what: 'for pages', phases: ['locks'], is: ['at least', 3], from: 4 },
  ],
  'eager-update': [
    { what: 'diffRequest', phases, is: 'none' },
    { what: 'eagerInvalidate', phases, is: 'none' },
    { what: 'eagerFlush', phases, is: 'some' },
    { what: 'eagerUpdate', phases, is: 'some' },
    { what: 'messages', phases: ['locks'], is: ['at least', 1.25] },
    { what: 'for pages', phases: ['locks'], is: ['at least', 1.5] },
    { what: 'for pages', phases: ['locks'], is: ['at least', 3], from: 4 },
    // An update needs an answer, a pushed diff none.
    { what: 'for pages', phases: ['false sharing'], is: ['at least', 1.1] },
  ],
  ivy: oneOwner,
  'ivy-dynamic': oneOwner,
}

function holds(is: Expected['is'], mine: number, treadmarks: number): boolean {
  if (is === 'none') return mine === 0
  if (is === 'some') return mine > 0
  const [how, times] = is
  return how === 'at least' ? mine >= times * treadmarks : mine <= times * treadmarks
}

// Two runs at a time: nothing here goes by the clock.
for (const nodes of sizes) {
  describe(`${nodes} nodes`, { concurrency: 2 }, () => {
    const play = (t: TestContext, protocol: string): Promise<Outcome> =>
      runs(t, program, { nodes, options: ['--protocol', protocol], timeoutMs: 120_000 })
    let lazy: Promise<Outcome> | undefined
    for (const protocol of builtProtocols) {
      test(protocol, async (t) => {
        const expected = expectations[protocol]
        assert.ok(expected !== undefined, `${protocol}: write into this file what is to be expected of it`)
        const run = play(t, protocol)
        lazy ??= run
        const [outcome, other] = await Promise.all([run, lazy])
        assert.match(outcome.stdout, /check: bit for bit equal to the sequential program/)
        assert.match(outcome.stdout, /check: 2085 is the expected optimum/)
        for (const { what, phases, is, from = 0 } of expected) {
          for (const phase of phases) {
            const [mine, treadmarks] = [sent(outcome, phase, what), sent(other, phase, what)]
            const wanted = typeof is === 'string' ? is : `${is[0]} ${is[1]} × ${treadmarks}, which treadmarks sends`
            assert.ok(nodes < from || holds(is, mine, treadmarks), `${phase}: ${mine} ${what}, expected ${wanted}`)
          }
        }
      })
    }
  })
}

test('there is nothing to be expected of a protocol that does not exist', () => {
  assert.deepEqual(
    Object.keys(expectations).filter((name) => !builtProtocols.includes(name)),
    [],
  )
})
