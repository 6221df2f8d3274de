/** Nodes that are killed at random moments: typed ends, and nothing left behind. `npm run kills` does many, and looks at the time. */
import { test } from 'node:test'
import { amount } from '../proof/amount.js'
import { kill } from './kill.js'

test('a random node is killed at a random moment', { timeout: 280_000 }, async (t) => {
  for (let seed = 1; seed <= amount(4, 25); seed++) await t.test(`seed ${seed}`, async () => void (await kill(seed)))
})
