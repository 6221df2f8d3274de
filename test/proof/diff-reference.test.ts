/**
 * The native diff is the reference's, byte for byte: what is made of two pages, and what is taken or refused and
 * written, over many patterns and pages of several sizes. A process has one heap, so each size has its process.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { amount } from './amount.js'

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const SEED = 1994

before(() => {
  execFileSync(process.execPath, [fromRoot('scripts/build-native.mjs')])
})

interface Seen {
  readonly runs: number
  readonly bitmaps: number
  readonly empty: number
  readonly taken: number
  readonly refused: number
}

const sizes: [pageBytes: number, sample: number, full: number][] = [
  [4096, 3_000, 50_000],
  [8192, 800, 10_000],
  [65_536, 60, 1_000],
  [1_048_576, 5, 60],
]
for (const [pageBytes, sample, full] of sizes) {
  test(`pages of ${pageBytes} bytes`, { timeout: 200_000 }, () => {
    const rounds = amount(sample, full)
    const args = ['--import', 'tsx', fromRoot('test/proof/fixtures/compare-diffs.ts')]
    const numbers = [pageBytes, SEED, rounds].map(String)
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...numbers], { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    const seen = JSON.parse(stdout) as Seen
    assert.equal(seen.runs + seen.bitmaps + seen.empty, rounds)
    // The patterns make both kinds, and what is spoilt is sometimes still a diff.
    assert.ok(seen.runs > 0 && (seen.bitmaps > 0 || rounds < 20), stdout)
    assert.ok(seen.taken > 0 && seen.refused > rounds, stdout)
  })
}
