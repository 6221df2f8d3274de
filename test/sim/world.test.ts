/** Whole simulated runs: how they end, that they are the same each time, and that faults do what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checker } from '../../src/check/checker.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import type { Operation, Program } from '../../src/sim/operation.js'
import { calm, type Fault, type Plan } from '../../src/sim/plan.js'
import { type Outcome, World } from '../../src/sim/world.js'

function run(program: Program, change: Partial<Plan> = {}, threads = 1): Outcome {
  const nodes = program.length / threads
  const plan = { ...calm(nodes, 1), maxSteps: 100_000, ...change }
  const shape = { nodes, threads, pages: 8, pageBytes: 64, coherence: treadmarks }
  return new World(shape, plan, program, new Checker(program.length, 512, { raceFree: true })).run()
}

const each = (procs: number, operations: (proc: number) => Operation[]): Program =>
  Array.from({ length: procs }, (_, proc) => operations(proc))

/** Each process adds to one byte under a lock, some times. */
const counting = (procs: number, times: number): Program =>
  each(procs, (proc) => [
    ...Array.from({ length: times }, (_, i): Operation[] => [
      { type: 'acquire', lock: 5 },
      { type: 'load', address: 9 },
      { type: 'store', address: 9, value: (proc * times + i + 1) % 256 },
      { type: 'release', lock: 5 },
    ]).flat(),
    { type: 'barrier', id: 0 },
    { type: 'load', address: 9 },
  ])

test('a program runs to its end, and says what it cost', () => {
  const outcome = run(counting(4, 10))
  assert.equal(outcome.end, 'finished')
  assert.equal(outcome.operations, 4 * 42)
  assert.ok(outcome.messages > 0 && outcome.bytes > outcome.messages * 5)
})

test('the same seed is the same run, another seed another', () => {
  assert.deepEqual(run(counting(4, 10)), run(counting(4, 10)))
  assert.notEqual(run(counting(4, 10)).hash, run(counting(4, 10), { seed: 2 }).hash)
})

test('several processes on a node', () => {
  assert.equal(run(counting(6, 8), { interrupt: 0.5 }, 3).end, 'finished')
})

test('a run in which nobody can go on says who waits for what', () => {
  const take = (lock: number): Operation => ({ type: 'acquire', lock })
  // Each has its first lock when they meet, and wants the other's.
  const outcome = run(each(2, (proc) => [take(proc), { type: 'barrier', id: 0 }, take(1 - proc)]))
  assert.equal(outcome.end, 'hang')
  assert.match(outcome.why, /process 0 waits at \{"type":"acquire","lock":1\}; process 1 waits at/)
})

test('a run that goes round for ever is a hang too', () => {
  const outcome = run([[{ type: 'poll', lock: 0, address: 0, value: 1, rests: false }], []])
  assert.equal(outcome.end, 'hang')
  assert.match(outcome.why, /still running after 100000 steps/)
})

test('a node that stands still for long is waited for', () => {
  const pause: Fault = { type: 'pause', at: 5, node: 1, lasts: 1e6 }
  const outcome = run(counting(3, 10), { faults: [pause] })
  assert.equal(outcome.end, 'finished')
  assert.ok(outcome.time > 1e6)
})

test('threads that are taken off their processors in the middle of a fault are waited for', () => {
  const outcome = run(counting(6, 10), { faults: [{ type: 'stall', at: 0, chance: 1, lasts: 1e5 }] }, 3)
  assert.equal(outcome.end, 'finished')
  assert.ok(outcome.time > 1e6)
})

test('a clogged connection is waited for', () => {
  const outcome = run(counting(3, 10), { faults: [{ type: 'clog', at: 0, from: 1, to: 0, lasts: 1e6 }] })
  assert.equal(outcome.end, 'finished')
  assert.ok(outcome.time > 1e6)
})

test('a node that dies, or a connection that is cut, ends the run; it never hangs', () => {
  for (let seed = 0; seed < 40; seed++) {
    const fault: Fault = seed % 2 === 0 ? { type: 'kill', at: 100, node: 1 } : { type: 'cut', at: 100, a: 0, b: 2 }
    const outcome = run(counting(3, 10), { seed, faults: [fault] })
    assert.equal(outcome.end, 'lost', `seed ${seed}`)
    assert.match(outcome.why, seed % 2 === 0 ? /to node 1$/ : /node [02] lost its connection to node [02]$/)
  }
})

test('a fault after the end changes nothing', () => {
  const quiet = run(counting(3, 4))
  const outcome = run(counting(3, 4), { faults: [{ type: 'kill', at: quiet.time + 1, node: 0 }] })
  assert.equal(outcome.end, 'finished')
})

test('polling without rest does not keep a lock from those who wait for it', () => {
  const value = 1
  const outcome = run(
    each(3, (proc) =>
      proc === 2
        ? [
            { type: 'acquire', lock: 0 },
            { type: 'store', address: 3, value },
            { type: 'release', lock: 0 },
          ]
        : [{ type: 'poll', lock: 0, address: 3, value, rests: false }],
    ),
  )
  assert.equal(outcome.end, 'finished')
})

test('who waits on a condition is woken, and sees what was written before', () => {
  const outcome = run(
    each(4, (proc) => [
      { type: 'acquire', lock: 1 },
      ...(proc === 3
        ? ([
            { type: 'store', address: 7, value: 1 },
            { type: 'broadcast', lock: 1, cond: 2 },
          ] as Operation[])
        : ([{ type: 'await', lock: 1, cond: 2, address: 7, value: 1 }] as Operation[])),
      { type: 'release', lock: 1 },
    ]),
  )
  assert.equal(outcome.end, 'finished')
})

test('memory that was used before is zeroed for its next owner', () => {
  const use = (block: number, value: number): Operation[] => [
    { type: 'malloc', block, bytes: 32 },
    { type: 'loadBlock', block, offset: 5 },
    { type: 'storeBlock', block, offset: 5, value },
    { type: 'free', block },
  ]
  const program = each(3, (proc) => Array.from({ length: 6 }, (_, i) => use(i, proc + 1)).flat())
  for (let seed = 0; seed < 20; seed++) assert.equal(run(program, { seed }).end, 'finished')
})

test('what waits for a busy service is looked at once, not each time that something else is done', () => {
  // Everybody's arrival waits for the slow manager. Looking at all of them after each would take more than 3,000 steps.
  const outcome = run(
    each(64, () => [{ type: 'barrier', id: 0 }]),
    { service: 1_000, maxSteps: 1_000 },
  )
  assert.equal(outcome.end, 'finished')
})
