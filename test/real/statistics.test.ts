/**
 * Statistics of real runs: phases, kinds of messages and allocations each divide the same total.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Counters, described, prelude, run, runs } from './run.js'

const sum = (rows: Readonly<Record<string, Counters>>, name: string): number =>
  Object.values(rows).reduce((total, row) => total + (row[name] ?? 0), 0)
const costs = ['readFaults', 'writeFaults', 'twins', 'pagesFetched', 'diffsCreated', 'diffsApplied', 'diffBytes']

/** Three phases over two allocations; all begins with a phase, so that the phases together are the whole. */
const threePhases = `${prelude}
  tm.phase('fill')
  const grid = tm.alloc(Float64Array, 8 * 512, { name: 'the grid' })
  const sums = tm.alloc(Float64Array, 512, { name: 'sums' })
  for (let i = me; i < grid.length; i += n) grid[i] = i
  tm.phase('sum')
  tm.withLock(1, () => { sums[0] += grid.reduce((a, b) => a + b, 0) })
  tm.phase('talk')
  if (me === 0) for (let to = 1; to < n; to++) tm.send(to, Uint8Array.of(to))
  else assert.deepEqual(tm.recv(0), Uint8Array.of(me))
  tm.phase('read')
  assert.equal(sums[0], n * grid.length * (grid.length - 1) / 2)
`

test('kinds, allocations and phases divide what was counted', async (t) => {
  const { stats } = await runs(t, threePhases, { nodes: 3, options: ['--stats'] })
  const { total, kinds, allocations, phases, phaseKinds, phaseAllocations } = stats
  assert.ok((total.messages ?? 0) > 0 && costs.every((name) => (total[name] ?? 0) > 0))
  for (const name of ['messages', 'bytes']) assert.equal(sum(kinds, name), total[name], name)
  for (const name of costs) assert.equal(sum(allocations, name), total[name], name)
  assert.deepEqual(Object.keys(phases), ['fill', 'sum', 'talk', 'read'])
  for (const [phase, counters] of Object.entries(phases)) {
    for (const name of ['messages', 'bytes']) assert.equal(sum(phaseKinds[phase] ?? {}, name), counters[name], name)
    for (const name of costs) assert.equal(sum(phaseAllocations[phase] ?? {}, name), counters[name], name)
  }
  // The meeting with which the first phase begins is all that came before it.
  const before: Record<string, number> = { messages: 4, bytes: (kinds.arrive?.bytes ?? 0) + (kinds.depart?.bytes ?? 0) }
  for (const phase of Object.values(phaseKinds))
    before.bytes = (before.bytes ?? 0) - (phase.arrive?.bytes ?? 0) - (phase.depart?.bytes ?? 0)
  for (const [name, value] of Object.entries(total)) assert.equal(sum(phases, name) + (before[name] ?? 0), value, name)
  assert.deepEqual(Object.keys(allocations), ['the grid', 'sums'])
  assert.equal(phaseAllocations.fill?.sums, undefined)
  assert.equal(phaseAllocations.fill?.['the grid']?.writeFaults, 3 * 8)
  // Each node reads what the two others have written. One page then goes round with the lock, and perhaps ahead.
  assert.equal(phaseAllocations.sum?.['the grid']?.pagesFetched, 3 * 8)
  assert.ok((phaseAllocations.sum?.sums?.pagesFetched ?? 0) >= 2)
  assert.deepEqual(Object.keys(phaseAllocations.read ?? {}), ['sums'])
  assert.equal(phaseKinds.talk?.parcel?.messages, 2)
  assert.equal(kinds.parcel?.messages, 2)
})

test('pages that processes share falsely are told from those that they share truly, phase by phase', async (t) => {
  const text = `${prelude}
    const slots = tm.alloc(Float64Array, 512, { name: 'slots' })
    const total = tm.alloc(Float64Array, 512, { name: 'total' })
    const own = tm.alloc(Float64Array, 512 * n, { name: 'own' })
    own.fill(7, 512 * me, 512 * me + 512)
    slots.fill(me + 1, 2 * me, 2 * me + 2)
    tm.barrier()
    assert.equal(slots[0] + slots[3] + own[5 + 512 * ((me + 1) % n)], 10)
    tm.phase('add')
    for (let round = 0; round < 3; round++) tm.withLock(3, () => { total[9] += 1 })
    tm.barrier()
    slots[2 * me] += 1
    tm.barrier()
    assert.equal(total[9] + slots[0] + slots[2], 3 * n + 2 + 3)
  `
  const { stats, stderr } = await runs(t, text, { nodes: 2, options: ['--stats'] })
  const kinds = (row: Counters | undefined) => [row?.oneWriter, row?.falselyShared, row?.trulyShared]
  assert.deepEqual(kinds(stats.sharing.own), [2, 0, 0])
  assert.deepEqual(kinds(stats.sharing.slots), [0, 1, 0])
  assert.deepEqual(kinds(stats.sharing.total), [0, 0, 1])
  assert.equal(stats.phaseSharing.add?.own, undefined)
  assert.deepEqual(kinds(stats.phaseSharing.add?.total), [0, 0, 1])
  const [page] = stats.phasePages.add?.filter(({ allocation }) => allocation === 'slots') ?? []
  assert.deepEqual([page?.writers, page?.sharing], [[0, 1], 'falselyShared'])
  assert.ok((page?.transfers ?? 0) >= 2 && (page?.bytes ?? 0) > 0)
  assert.match(stderr, /^treadmarks: pages by who writes them\n.*\n {2}own +2 +3,\d+ /m)
  assert.match(stderr, /^treadmarks: phase add, pages with the most traffic\n/m)
})

test('the table of --stats has them all', async (t) => {
  const { stderr } = await runs(t, threePhases, { nodes: 3, options: ['--stats'] })
  assert.match(stderr, /^ {2}plain messages +\d+ +[\d,]+\n {4}parcel +2 +[\d,]+\n/m)
  assert.match(stderr, /^treadmarks: by allocation\n.*\n {2}the grid +\d+ .*\n {2}sums +\d+ /m)
  assert.match(stderr, /^ {2}counter +fill +sum +talk +read$/m)
  assert.match(stderr, /^treadmarks: phase read, by allocation\n.*\n {2}sums +\d+ /m)
})

test('memory without a name counts for malloc, or under its type and length', async (t) => {
  const text = `${prelude}
    const small = tm.alloc(Float64Array, 1, { name: 'bound' })
    const other = tm.alloc(Float64Array, 1, { name: 'wärm "it"' })
    const at = tm.distribute(me === 0 ? tm.malloc(4096) : 0)
    const a = tm.alloc(Int32Array, 2048)
    tm.view(Uint8Array, at, 4096)[me] = 1
    a[me] = 1
    if (me === 0) small[0] = other[0] = 1
    tm.barrier()
    assert.equal(small[0] + other[0], 2)
  `
  const { stats } = await runs(t, text, { nodes: 2 })
  assert.deepEqual(Object.keys(stats.allocations), ['malloc', 'bound', 'bound + wärm "it"', 'Int32Array(2048)'])
  assert.equal(stats.allocations.malloc?.writeFaults, 2)
  assert.equal(stats.allocations['Int32Array(2048)']?.writeFaults, 2)
  assert.equal(stats.allocations['bound + wärm "it"']?.writeFaults, 1)
})

test('a phase has what was counted while it was the last that had begun', async (t) => {
  const text = `${prelude}
    const a = tm.alloc(Float64Array, 1024)
    tm.withLock(1, () => {})
    for (const [name, locks] of [['warm', 3], ['wärm "it" \\u{1f525}', 0], ['cold', 2], ['warm', 4]]) {
      tm.phase(name)
      for (let i = 0; i < locks; i++) tm.withLock(2, () => a[0]++)
    }
    tm.barrier()
    assert.equal(a[0], 9 * n)
  `
  const { stats } = await runs(t, text, { nodes: 3 })
  assert.deepEqual(Object.keys(stats.phases), ['warm', 'wärm "it" \u{1f525}', 'cold'])
  assert.equal(stats.total.lockAcquires, 30)
  assert.deepEqual(
    Object.values(stats.phases).map(({ lockAcquires, barriers }) => [lockAcquires, barriers]),
    [
      [21, 3],
      [0, 0],
      [6, 0],
    ],
  )
  await runs(t, `${prelude} tm.phase('warm'); tm.phase('warm')`, { nodes: 1 })
  await runs(t, `${prelude} tm.phase('warm'); tm.phase('warm')`, {})
})

test('what phase refuses, and how it says it', async (t) => {
  const text = `${prelude}
    const wrong = [['', "''"], ['x'.repeat(65), 'one of 65'], [undefined, 'undefined'], [7, '7'], [{}, 'Object']]
    for (const [name, shown] of wrong)
      fails('ERR_TM_ARGUMENT', new RegExp('^phase: name must be a string of 1 to 64 characters, not ' + shown + '$'), () => tm.phase(name))
    for (let i = 0; i < 1000; i++) tm.phase('p' + i)
    fails('ERR_TM_ARGUMENT', /^phase\\("one more"\\): there are 1000 different phases already/, () => tm.phase('one more'))
    tm.phase('p7')
  `
  const { stats } = await runs(t, text, { nodes: 2 })
  assert.equal(Object.keys(stats.phases).length, 1000)
  const wrong = await run(t, `${prelude} tm.phase(me === 0 ? 'warm' : 'cold')`, { nodes: 2 })
  assert.equal(wrong.code, 1, described(wrong))
  assert.match(wrong.stderr, /process [01] begins phase "(warm|cold)", but process [01] begins phase "(warm|cold)"/)
  assert.match(wrong.stderr, /ERR_TM_MEETING/)
})

test('a run that fails has its phases as well', async (t) => {
  const text = `${prelude}
    tm.phase('first')
    tm.withLock(0, () => {})
    tm.phase('second')
    if (me === 1) throw new Error('on purpose')
    tm.barrier()
  `
  const { code, stats } = await run(t, text, { nodes: 2 })
  assert.equal(code, 1)
  assert.deepEqual(Object.keys(stats.phases), ['first', 'second'])
  assert.equal(stats.phases.first?.lockAcquires, 2)
})
