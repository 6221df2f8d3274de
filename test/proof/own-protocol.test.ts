/** The protocol that docs/protocols/your-own.md walks through: one file, and one line in the table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { broadcast } from '../../docs/protocols/broadcast.js'
import type { CoherenceContext, CoherenceFactory } from '../../src/core/coherence.js'
import { done, type Outbox } from '../../src/core/events.js'
import { readTests } from '../../src/lab/litmus/suite.js'
import { tryMany } from '../../src/lab/litmus/trial.js'
import { judge } from '../../src/lab/litmus/verdict.js'
import { describeFailure } from '../../src/lab/swarm/report.js'
import { DEFAULT_OPERATIONS, kindOf, runSeed } from '../../src/lab/swarm/seed.js'
import { protocols } from '../../src/protocols/table.js'
import { amount } from './amount.js'

// The line.
Object.assign(protocols, { broadcast })

test('clusters from seeds read what they may', () => {
  let finished = 0
  for (let seed = 1; seed <= amount(40, 200); seed++) {
    const kind = kindOf(seed)
    const { failure, outcome } = runSeed({ seed, kind, operations: DEFAULT_OPERATIONS, protocol: 'broadcast' })
    if (failure !== undefined) assert.fail(`${kind} seed ${seed}: ${describeFailure(failure)}`)
    if (outcome?.end === 'finished') finished++
  }
  assert.ok(finished > 0.8 * amount(40, 200), `${finished} finished`)
})

test('litmus tests show what lazy release consistency allows', () => {
  for (const litmus of readTests([fileURLToPath(new URL('../../litmus', import.meta.url))])) {
    const { forbidden, failures } = judge(litmus, 'lrc', tryMany(litmus, broadcast, 1, amount(5, 40)))
    assert.deepEqual([[...forbidden.keys()], [...failures.keys()]], [[], []], litmus.name)
  }
})

test('without waiting for the answers it would be wrong, and that is found', () => {
  const hasty: CoherenceFactory = Object.assign(
    (context: CoherenceContext) => {
      const { outbox } = context
      const mute: Outbox = { send: (to, message) => outbox.send(to, message), answer: () => {} }
      const protocol = broadcast({ ...context, outbox: mute })
      const flush = protocol.flush.bind(protocol)
      protocol.flush = (proc) => {
        outbox.answer(proc, done)
        flush(proc)
      }
      return protocol
    },
    { flushes: true },
  )
  Object.assign(protocols, { hasty })
  const wrong = Array.from({ length: 40 }, (_, i) =>
    runSeed({ seed: i + 1, kind: 'race-free', operations: DEFAULT_OPERATIONS / 4, protocol: 'hasty' }),
  ).filter(({ failure }) => failure?.kind === 'wrong value')
  assert.ok(wrong.length > 0)
})
