/** Where program threads run: each on a processor of its own when there are enough, anywhere otherwise or on demand. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { type TestContext, test } from 'node:test'
import { prelude, reports, runs } from './run.js'

const text = `${prelude}
  import { readFileSync } from 'node:fs'
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  console.log(JSON.stringify({ procId: me, allowed: /^Cpus_allowed_list:\\s*(.*)$/m.exec(status)[1] }))
`
const processors = availableParallelism()

async function allowed(t: TestContext, nodes: number, options: string[] = []): Promise<string[]> {
  const outcome = await runs(t, text, { nodes, options })
  return reports<{ procId: number; allowed: string }>(outcome).map((report) => report.allowed)
}

test('with a processor for each process, each program thread has its own', async (t) => {
  const nodes = Math.min(processors, 2)
  const places = await allowed(t, nodes)
  assert.equal(new Set(places).size, nodes)
  for (const place of places) assert.match(place, /^\d+$/)
})

test('--no-bind leaves the threads where they are, and so do more processes than processors', async (t) => {
  const free = await allowed(t, 2, ['--no-bind'])
  const crowded = await allowed(t, processors + 1)
  assert.equal(new Set([...free, ...crowded]).size, 1)
})
