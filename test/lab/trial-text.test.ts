/** Trials as text: what was kept is read again as it was, and an error says where it is and what was expected. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { trialOf } from '../../src/lab/swarm/seed.js'
import { runTrial } from '../../src/lab/swarm/trial.js'
import { readTrial } from '../../src/lab/swarm/trial-file.js'
import { printTrial } from '../../src/lab/swarm/trial-text.js'

function file(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tm-trial-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'trial.txt')
  writeFileSync(path, text)
  return path
}

const small = `# two processes, one byte
kind race-free
protocol treadmarks
nodes 2
threads 1
pages 1
page-bytes 64
seed 3
delay same 5
pace burst 1 think 1 service 1 interrupt 0
slowness 1 1
max-steps 1000
phase
0: acquire 1 | store 4 9 | release 1
phase
1: load 4  # after the barrier
`

for (const protocol of ['treadmarks', 'mixed']) {
  test(`${protocol}: a drawn trial is printed and read again as the same run`, (t) => {
    const texts: string[] = []
    for (let seed = 1; seed <= 40; seed++) {
      const kind = seed % 2 === 0 ? 'race-free' : 'racy'
      const trial = trialOf({ seed, kind, operations: 200, protocol })
      const text = printTrial(trial)
      const again = readTrial(file(t, text))
      assert.equal(printTrial(again), text, `seed ${seed}`)
      assert.equal(runTrial(again).hash, runTrial(trial).hash, `seed ${seed}`)
      texts.push(text)
    }
    // Pages are dealt out from the beginning, or by allocations.
    const some = (what: RegExp): boolean => texts.some((text) => what.test(text))
    assert.equal(some(/^dealt /m), protocol === 'mixed')
    assert.equal(some(/^all: allocUnder 1000000 \d+ [a-z-]+$/m), protocol === 'mixed')
  })
}

test('pages are dealt out by hand', (t) => {
  const dealt = small.replace('pages 1\n', 'pages 1\ndealt eager-update\n')
  const { setup } = readTrial(file(t, dealt))
  assert.deepEqual([setup.protocol, setup.dealt], ['treadmarks', ['eager-update']])
  assert.equal(runTrial(readTrial(file(t, dealt))).outcome?.end, 'finished')
})

test('a trial can be written by hand, with comments', (t) => {
  const verdict = runTrial(readTrial(file(t, small)))
  assert.equal(verdict.failure, undefined)
  assert.equal(verdict.outcome?.end, 'finished')
  assert.equal(verdict.accesses, 2)
})

test('an error in a trial names file, line and what was expected', (t) => {
  const wrong = (from: string, to: string): string => {
    const path = file(t, small.replace(from, to))
    try {
      readTrial(path)
    } catch (error) {
      const { message } = error as Error
      assert.ok(message.startsWith(`${path}:`), message)
      return message.slice(path.length + 1)
    }
    throw new Error('it was read without an error')
  }
  assert.match(wrong('store 4 9', 'stroe 4 9'), /^14: found the operation 'stroe', expected one of load, store/)
  assert.match(wrong('store 4 9', 'store 4'), /^14: found 1 words after 'store', expected address, value/)
  assert.match(wrong('store 4 9', 'store 4 x'), /^14: found 'x', expected a number/)
  assert.match(wrong('kind race-free', 'kind wild'), /found the kind 'wild', expected race-free or racy/)
  assert.match(wrong('protocol treadmarks', 'protocol mesi'), /found the protocol 'mesi', expected treadmarks/)
  assert.match(wrong('pages 1\n', 'pages 1\ndealt mesi\n'), /found the protocol 'mesi', expected treadmarks/)
  assert.match(
    wrong('pages 1\n', 'pages 2\ndealt home-lrc\n'),
    /found 1 protocols in 'dealt', expected 2, one for each/,
  )
  assert.match(wrong('nodes 2\n', ''), /found no such line so far, expected a line 'nodes …'/)
  assert.match(wrong('slowness 1 1', 'slowness 1'), /found 1 numbers in 'slowness', expected 2 of them/)
  assert.match(wrong('delay same 5', 'delay slow 5'), /found the delay 'slow', expected same, even/)
  assert.match(wrong('phase\n0:', '0:'), /^13: found a section of process 0, expected a line 'phase' before it/)
  assert.match(wrong('phase\n0:', 'fase\n0:'), /^13: found 'fase', expected 'phase', 'fault'/)
  assert.match(wrong('1: load 4', '2: load 4'), /^16: found process 2, expected 0 to 1/)
  assert.match(wrong('1: load 4', '1: load 64'), /^16: found address 64, expected 0 to 63/)
  assert.match(wrong('phase\n0:', 'fault kill 3 2\nphase\n0:'), /found a fault of node 2, expected 0 to 1/)
  assert.match(wrong('store 4 9', 'store 4 256'), /^14: found value 256, expected 0 to 255/)
})

test('a file that is not there', () => {
  assert.throws(() => readTrial('/nowhere/trial.txt'), /\/nowhere\/trial\.txt cannot be read: ENOENT/)
})
