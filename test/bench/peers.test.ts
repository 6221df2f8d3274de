/**
 * The peers of the programs find what the sequential programs find, bit for bit: threads of one process, and C with
 * Open MPI where it is installed. And what is made of their runs: order, comparison, tables, and the end of one that
 * hangs.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Case } from '../../bench/apps/catalog.js'
import { runOf } from '../../bench/apps/run-app.js'
import { measure, turned } from '../../bench/peers/measure.js'
import { findMpi, mpiArguments, type Program, type Transport } from '../../bench/peers/mpi.js'
import { OURS, type System, threadArguments } from '../../bench/peers/systems.js'
import { ratioTable, timeTable } from '../../bench/peers/tables.js'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Small {
  readonly app: string
  readonly program: Program
  readonly options: readonly string[]
  /** The same for the program in C. */
  readonly sizes: readonly string[]
}

const sor = (start: string, rows: number, cols: number, iterations: number): Small => {
  const sizes = [rows, cols, iterations].map(String)
  const named = ['rows', 'cols', 'iterations'].flatMap((name, i) => [`--${name}`, sizes[i] as string])
  return { app: 'sor', program: 'sor_mpi', options: ['--preset', start, ...named], sizes: [...sizes, start] }
}
const is = (keys: number, buckets: number, iterations: number): Small => {
  const sizes = [keys, buckets, iterations].map(String)
  const named = ['keys', 'buckets', 'iterations'].flatMap((name, i) => [`--${name}`, sizes[i] as string])
  return { app: 'is', program: 'is_mpi', options: named, sizes }
}

// Blocks of different heights, rows that end within a page, numbers of keys and buckets that nothing divides.
const small = [sor('zero', 40, 64, 60), sor('nonzero', 67, 130, 9), is(1 << 12, 1 << 7, 10), is(10_007, 5003, 60)]
const processes = [1, 2, 3]

const named = ({ app, sizes }: Small): string => `${app} ${sizes.join(' ')}`
const sequential = async ({ app, options }: Small) =>
  (await runOf(process.execPath, ['--import', 'tsx', path(`../../apps/${app}/sequential.ts`), ...options, '--json']))
    .result

for (const one of small) {
  test(`${named(one)}: threads find what the sequential program finds`, async () => {
    const expected = await sequential(one)
    for (const count of processes) {
      const { seconds, result } = await runOf(process.execPath, threadArguments(one.app, count, one.options))
      assert.deepEqual(result, expected, `${count} threads`)
      assert.ok(seconds > 0)
    }
  })
}

const built = spawnSync(process.execPath, [path('../../bench/peers/build.mjs')], { encoding: 'utf8' })
const mpi = findMpi()
const skip = mpi === undefined && (built.stderr.trim() || 'Open MPI is not installed')

test('the peers in C are compiled, or one line says what is missing', () => {
  assert.equal(built.status, 0, built.stderr)
  assert.ok(built.stderr.split('\n').length <= 2, built.stderr)
  assert.ok(mpi !== undefined || built.stderr !== '')
})

for (const one of small) {
  test(`${named(one)}: C with MPI finds what the sequential program finds`, { skip }, async () => {
    assert.ok(mpi !== undefined)
    const { digest } = await sequential(one)
    for (const transport of ['tcp', 'memory'] satisfies Transport[]) {
      for (const count of processes) {
        const { result } = await runOf('mpirun', mpiArguments(mpi, transport, count, one.program, one.sizes))
        assert.deepEqual(result, { digest }, `${count} processes, ${transport}`)
      }
    }
  })
}

test('arguments that cannot be are refused with what would do', async () => {
  await assert.rejects(runOf(process.execPath, threadArguments('sor', 0, [])), /from 1 to 64/)
  await assert.rejects(runOf(process.execPath, threadArguments('sor', 4, ['--rows', '3'])), /one for each of 4/)
})

test('a child that hangs is ended after the limit, and one that fails is told with its words', async () => {
  await assert.rejects(runOf(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], 300), /had not ended after 0.3 s/)
  await assert.rejects(runOf(process.execPath, ['-e', 'throw Error("no luck")']), /ended with 1: [\s\S]*no luck/)
  await assert.rejects(runOf('there-is-no-such-program', []), /ENOENT/)
})

const one: Case = {
  app: 'sor',
  preset: 'zero',
  bound: undefined,
  unfit: (count) => (count > 2 ? 'too many' : undefined),
}
const system = (name: string, seconds: readonly number[], digest = 'aa'): System => {
  const left = [...seconds]
  const run = async () => {
    const next = left.shift()
    if (next === undefined) throw new Error('it broke')
    return { seconds: next, result: { digest } }
  }
  return { name, title: name, run }
}
const measured = (systems: readonly System[], nodes = [2]) => measure(one, systems, nodes, 3, () => {})

test('ratios are formed round by round, for each number of processes that can work', async () => {
  const systems = [system(OURS, [0.002, 0.02, 0.2]), system('slower', [0.004, 0.04, 0.4])]
  const all = [await measured(systems, [2, 3])]
  assert.deepEqual(all[0]?.unfit, ['too many'])
  assert.deepEqual(all[0]?.wrong, [])
  assert.deepEqual(timeTable(all, systems), [
    ['program', 'processes', OURS, 'slower'],
    ['sor zero', '2', '20.0 (11.0 to 110)', '40.0 (22.0 to 220)'],
  ])
  assert.deepEqual(ratioTable(all, systems)[1], ['sor zero', '2', '0.50 (0.50 to 0.50)'])
})

test('another digest is wrong; who fails is left out, and the others go on', async () => {
  const systems = [system(OURS, [1, 1, 1]), system('other', [1, 1, 1], 'bb'), system('broken', [1])]
  const { on, wrong } = await measured(systems)
  assert.equal(wrong.filter((what) => what === 'other on 2: the digest is bb, of the first run aa').length, 3)
  assert.deepEqual(
    wrong.filter((what) => what.startsWith('broken')),
    ['broken on 2: it broke'],
  )
  assert.deepEqual([...(on[0]?.seconds.keys() ?? [])], [OURS, 'other'])
})

test('each round has another first, and all are in it', () => {
  const orders = Array.from({ length: 6 }, (_, round) => turned([1, 2, 3, 4, 5], round))
  for (const order of orders) assert.deepEqual([...order].sort(), [1, 2, 3, 4, 5])
  assert.ok(new Set(orders.map(([first]) => first)).size >= 4)
})
