/** The programs of apps/ in their quick sizes: shared memory and messages give what the sequential program gives. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cases, nameOf } from '../../bench/apps/catalog.js'
import { differences } from '../../bench/apps/measure.js'
import { type Place, runAlone, runTogether } from '../../bench/apps/run-app.js'
import { amount } from '../proof/amount.js'
import { compiled } from '../real/compiled.js'

/** Numbers of processes that divide everything, and one that leaves a rest. */
const counts = amount(0, 1) === 1 ? [1, 2, 4, 8] : [3, 4]

/** The shared versions run as they stand on the fewest processes; all else is JavaScript. */
const versions = ['sequential', 'shared', 'messages'] as const
const apps = [...new Set(cases(true).map(({ app }) => app))]
const folder = compiled(
  'apps',
  apps.flatMap((app) => versions.map((version) => `apps/${app}/${version}.ts`)),
)
const asJavaScript: Place = (app, version) => `${folder}/apps/${app}/${version}.js`

for (const one of cases(true)) {
  describe(nameOf(one), { concurrency: 2 }, async () => {
    const expected = runAlone(one, asJavaScript)
    for (const count of counts.filter((processes) => one.unfit(processes) === undefined)) {
      for (const version of count === 1 || count === 4 ? (['shared'] as const) : (['shared', 'messages'] as const)) {
        test(`${version} on ${count}`, async () => {
          const { result } = await runTogether(one, version, count, count === counts[0] ? undefined : asJavaScript)
          assert.deepEqual(differences((await expected).result, result, one.bound), [])
        })
      }
    }
  })
}

test('results that differ are told with both values; numbers may differ by the bound of their program', () => {
  assert.deepEqual(differences({ digest: 'a', sum: 1 }, { digest: 'b', sum: 1 }, undefined), [
    'digest is b, sequentially a',
  ])
  assert.deepEqual(differences({ sum: 1 }, { sum: 1 + 1e-12 }, 1e-9), [])
  assert.deepEqual(differences({ sum: 1 }, { sum: 1 + 1e-12 }, undefined), ['sum is 1.000000000001, sequentially 1'])
  assert.deepEqual(differences({ sum: 1 }, { sum: 1.1 }, 1e-9), ['sum is 1.1, sequentially 1'])
  assert.deepEqual(differences({ sum: 1 }, {}, 1e-9), ['sum is undefined, sequentially 1'])
})
