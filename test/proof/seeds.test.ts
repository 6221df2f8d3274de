/**
 * Whole executions from seeds, as `npm run sim` runs them: race-free programs read the one right value, racy ones
 * an allowed one; a seed is the same run each time; and what failed once is tried again.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MIXED } from '../../src/lab/protocols.js'
import type { Kind } from '../../src/lab/swarm/draw.js'
import { keepSeed, readSeeds } from '../../src/lab/swarm/kept-seeds.js'
import { describeFailure } from '../../src/lab/swarm/report.js'
import { DEFAULT_OPERATIONS, kindOf, runSeed, type SeedRun } from '../../src/lab/swarm/seed.js'
import { builtProtocols } from '../../src/protocols/table.js'
import { amount } from './amount.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const kinds: readonly Kind[] = ['race-free', 'racy']
const run = (seed: number, kind = kindOf(seed)): SeedRun => ({
  seed,
  kind,
  operations: DEFAULT_OPERATIONS,
  protocol: 'treadmarks',
})

/** What the command prints; rejects when it ends with another code than 0. */
async function sim(...args: readonly string[]): Promise<string> {
  const command = ['--max-semi-space-size=64', 'dist/lab/swarm/main.js', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, maxBuffer: 2 ** 24 })
  return stdout
}

// Side by side: there are two processors.
describe('seeds', { concurrency: true }, () => {
  for (const kind of kinds) {
    const count = amount(60, 2_000)
    test(`${count} ${kind} programs of about ${DEFAULT_OPERATIONS} operations: every read is right`, async (t) => {
      const out = await sim('--seeds', String(count), '--kind', kind)
      t.diagnostic(out.trim())
      const [, finished = 0, lost = 0] = /(\d+) finished(?:, (\d+) lost)?/.exec(out) ?? []
      assert.equal(Number(finished) + Number(lost), count, out)
      assert.ok(Number(finished) > 0.8 * count, out)
    })
  }
})

describe('seeds of the other protocols', { concurrency: true }, () => {
  for (const protocol of [...builtProtocols.slice(1), MIXED]) {
    const count = amount(60, 500)
    test(`${protocol}: ${count} programs, race-free and racy: every read is right`, async () => {
      const out = await sim('--seeds', String(count), '--protocol', protocol, '--operations', '1000')
      const [, finished = 0, lost = 0] = /(\d+) finished(?:, (\d+) lost)?/.exec(out) ?? []
      assert.equal(Number(finished) + Number(lost), count, out)
      assert.ok(Number(finished) > 0.8 * count, out)
    })
  }
})

test(`${amount(6, 50)} seeds are run twice and give the same hash, here and in another process`, async () => {
  for (let seed = 1; seed <= amount(6, 50); seed++) {
    const { hash } = runSeed(run(seed))
    assert.equal(runSeed(run(seed)).hash, hash, `seed ${seed}`)
    if (seed <= 3) assert.match(await sim('--seed', String(seed)), new RegExp(`^hash ${hash}$`, 'm'))
  }
})

test('seeds that failed once', () => {
  for (const kept of readSeeds(join(root, 'test/proof/seeds.txt'))) {
    const { failure } = runSeed(kept)
    if (failure !== undefined) assert.fail(`${kept.kind} seed ${kept.seed}: ${describeFailure(failure)}`)
  }
})

test('a failing seed is kept and read again; a line that is wrong is told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tm-seeds-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'seeds.txt')
  writeFileSync(path, `# seeds\nracy 5 100 ${MIXED}\n`)
  assert.deepEqual(readSeeds(path), [{ ...run(5, 'racy'), operations: 100, protocol: MIXED }])
  writeFileSync(path, '# seeds\n')
  for (const seed of [3, 4]) keepSeed(path, run(seed, 'racy'), 'wrong value: process 1 read 2 from byte 3\nallowed: 4')
  assert.deepEqual(readSeeds(path), [run(3, 'racy'), run(4, 'racy')])
  writeFileSync(path, '\nracy x 2000 treadmarks\n')
  assert.throws(() => readSeeds(path), /seeds\.txt:2: expected 'race-free' or 'racy', a seed/)
})
