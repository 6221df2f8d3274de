/** `--stats` as text: what is told, what is left out, and names that would do harm to a terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherStatistics } from '../../src/cli/statistics.js'
import { statsTable } from '../../src/cli/stats-table.js'
import type { Tally } from '../../src/core/tally.js'
import type { CountersReport } from '../../src/runtime/control.js'

const tally = (messages: number, kinds: Tally['kinds'], allocations: Tally['allocations']): Tally => ({
  counters: { messages, bytes: 1000 * messages },
  kinds,
  allocations,
})

const cost = (readFaults: number, writeFaults: number) => ({ readFaults, writeFaults, twins: writeFaults })

function table(total: Tally, phases: Record<string, Tally> = {}, pages: CountersReport['pages'] = {}): string {
  return statsTable(gatherStatistics(2, 1, 12.34, new Map([[1, { type: 'counters', total, phases, pages }]])))
}

test('messages by kind, under what they are for, and the cost of pages by allocation, the dearest first', () => {
  const kinds = {
    arrive: { messages: 4, bytes: 4096 },
    lockGrant: { messages: 1, bytes: 30 },
    depart: { messages: 0, bytes: 0 },
    lockRequest: { messages: 2, bytes: 1_234_567 },
  }
  const text = table(tally(7, kinds, { small: cost(1, 2), none: cost(0, 0), 'the grid': cost(1000, 10) }))
  const [head = '', ...rest] = text.split('treadmarks: ')[1]?.split('\n') ?? []
  assert.equal(head, '2 nodes, 2 processes, 12.3 ms')
  assert.match(rest[0] ?? '', /^ {2}counter +total +node 0 +node 1$/)
  assert.equal(
    text.slice(text.indexOf('treadmarks: by kind')),
    `treadmarks: by kind of message
  kind           messages      bytes
  locks                 3  1,234,597
    lockRequest         2  1,234,567
    lockGrant           1         30
  meetings              4      4,096
    arrive              4      4,096
treadmarks: by allocation
  allocation  readFaults  writeFaults  twins
  the grid         1,000           10     10
  small                1            2      2
`,
  )
})

test('pages: who writes them, by allocation, and those with the most traffic', () => {
  const row = (page: number, bytes: number, writers: number[], overlap: boolean, allocation: string) => ({
    page,
    bytes,
    transfers: 2,
    writers,
    overlap,
    allocation,
  })
  const first = [row(7, 10, [0], false, 'grid'), row(9, 5000, [0, 2], false, 'sums')]
  const later = [row(7, 20, [0], false, 'grid'), row(8, 40, [1, 3], true, 'grid')]
  const text = table(tally(1, {}, {}), { sweep: tally(1, {}, {}) }, { '': first, sweep: later })
  assert.equal(
    text.slice(text.indexOf('treadmarks: pages by'), text.indexOf('treadmarks: by phase')),
    `treadmarks: pages by who writes them
  allocation  one writer  bytes  shared falsely  bytes  shared truly  bytes
  sums                 0      0               1  5,000             0      0
  grid                 1     30               0      0             1     40
treadmarks: pages with the most traffic
  page    transfers  bytes  writers         sharing
  9 sums          2  5,000      0,2  shared falsely
  8 grid          2     40      1,3    shared truly
  7 grid          4     30        0      one writer
`,
  )
  assert.match(text, /phase sweep, pages with the most traffic\n.*\n {2}8 grid .*\n {2}7 grid .*20.*\n$/)
})

test('nothing is said of what was not counted', () => {
  const text = table(tally(0, { arrive: { messages: 0, bytes: 0 } }, { grid: cost(0, 0) }))
  assert.doesNotMatch(text, /by kind|by allocation|by phase/)
})

test('few phases have kinds and allocations, more have counters, and many are left to the file', () => {
  const one = tally(3, { parcel: { messages: 3, bytes: 9 } }, { grid: cost(5, 6) })
  const few = table(one, { warm: one, ['__proto__']: one })
  assert.match(few, /^treadmarks: by phase, all nodes together\n {2}counter +warm +__proto__$/m)
  for (const name of ['warm', '__proto__']) {
    assert.match(
      few,
      new RegExp(
        `^treadmarks: phase ${name}, by kind of message\n.*\n {2}plain messages +3 +9\n {4}parcel +3 +9$`,
        'm',
      ),
    )
    assert.match(few, new RegExp(`^treadmarks: phase ${name}, by allocation\n.*\n {2}grid +5 +6 +6$`, 'm'))
  }
  const phases = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, one]))
  const five = table(one, phases(5))
  assert.match(five, /counter +p0 +p1 +p2 +p3 +p4$/m)
  assert.match(five, /\n {2}\(kinds and allocations of each phase: --stats-file has them\)\n$/)
  assert.doesNotMatch(five, /treadmarks: phase/)
  assert.match(table(one, phases(9)), /p7\n(.*\n)* {2}\(1 more phase, which --stats-file has\)\n/)
})

test('the cheapest of many allocations are left to the file', () => {
  const all = Object.fromEntries(Array.from({ length: 22 }, (_, i) => [`a${i}`, cost(i + 1, 0)]))
  const text = table(tally(0, {}, all))
  assert.match(text, /\n {2}a21 .*\n {2}a20 /)
  assert.match(text, /\n {2}a2 .*\n {2}\(2 more allocations, which --stats-file has\)\n$/)
})

test('a name moves no cursor and fills no screen', () => {
  const one = tally(1, {}, { '\x1b[2J\n': cost(1, 1), ['x'.repeat(50)]: cost(1, 1) })
  const text = table(one, { '\u202egnp': one })
  assert.ok(!/[^\P{C}\n]/u.test(text))
  assert.match(text, /^ {2}\\u\{1b\}\[2J\\u\{a\} +1 +1 +1$/m)
  assert.match(text, /^ {2}x{39}… +1 +1 +1$/m)
  assert.match(text, /counter +\\u\{202e\}gnp$/m)
})
