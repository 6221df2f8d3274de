/**
 * Real processes under random harm: the first seeds of many (`npm run chaos` takes more), that the seeds together
 * hold every kind of harm, and the one case that is too rare to wait for.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount } from '../proof/amount.js'
import { pause, prelude, Run } from '../real/run.js'
import { chaos } from './chaos.js'
import { type Plan, planOf } from './plan.js'

test('stops, kills and cuts at random: the right result or the typed error', async (t) => {
  for (let seed = 1; seed <= amount(4, 30); seed++) await t.test(`seed ${seed}`, async () => void (await chaos(seed)))
})

test('every kind of harm is in some seeds and not in others', () => {
  const flows = ({ wires }: Plan) => [...(wires?.values() ?? [])].flatMap(({ up, down }) => [up, down])
  const kinds: Readonly<Record<string, (plan: Plan) => boolean>> = {
    'stopped at a point': ({ wounds }) => wounds.some(({ signal }) => signal === 'SIGSTOP'),
    'killed at a point': ({ wounds }) => wounds.some(({ signal }) => signal === 'SIGKILL'),
    'stopped from outside': ({ strikes }) => strikes.some(({ act }) => 'stops' in act && act.stops === 1),
    'stopped again and again': ({ strikes }) => strikes.some(({ act }) => 'stops' in act && act.stops > 1),
    'killed from outside': ({ strikes }) =>
      strikes.some(({ act, target }) => 'signal' in act && act.signal === 'SIGKILL' && target !== 'launcher'),
    'killed while another is stopped': ({ strikes }) =>
      strikes.some(({ act }) => 'signal' in act && act.stopped !== undefined),
    'the launcher stopped': ({ strikes }) => strikes.some(({ act, target }) => 'stops' in act && target === 'launcher'),
    'the launcher ended': ({ strikes }) => strikes.some(({ act, target }) => 'signal' in act && target === 'launcher'),
    'while joining': ({ strikes }) => strikes.some(({ when }) => when.round === 0),
    'byte by byte': (plan) => flows(plan).some(({ chunks }) => chunks === 'bytes'),
    late: (plan) => flows(plan).some(({ delayMs }) => delayMs > 0),
    frozen: (plan) => flows(plan).some(({ freeze }) => freeze !== undefined),
    'cut in the handshake': (plan) => flows(plan).some(({ cut }) => cut !== undefined && cut.at < 90),
    'cut later': (plan) => flows(plan).some(({ cut }) => cut !== undefined && cut.at >= 90),
    'nothing but stops and delays': (plan) =>
      plan.wounds.every(({ signal }) => signal === 'SIGSTOP') &&
      plan.strikes.every(({ act }) => 'stops' in act) &&
      flows(plan).every(({ cut }) => cut === undefined),
  }
  const plans = Array.from({ length: 1000 }, (_, seed) => planOf(seed))
  for (const [kind, has] of Object.entries(kinds)) {
    const count = plans.filter(has).length
    assert.ok(count >= 20 && count <= 980, `${kind}: in ${count} of 1,000 seeds`)
  }
  assert.deepEqual(planOf(17), planOf(17))
})

test('a launcher that is killed takes along nodes of which all are stopped, wherever they stand', async (t) => {
  const text = `${prelude}
    const words = tm.alloc(Int32Array, 100)
    for (let round = 1; ; round++) {
      tm.withLock(1, () => words[0]++)
      tm.barrier()
      if (round === 3) console.log(process.pid, 'goes on')
    }
  `
  const run = new Run(t, text, { nodes: 3 })
  await run.printed(/(?:goes on\n.*){3}/s)
  for (const pid of run.alive()) process.kill(pid, 'SIGSTOP')
  await pause(100)
  run.kill(run.pid, 'SIGKILL')
  const outcome = await run.ended
  assert.equal(outcome.signal, 'SIGKILL')
  assert.equal(outcome.stderr, '')
})
