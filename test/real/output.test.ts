/**
 * Output of programs: written at once, in order, complete, also when its process is killed in the next moment,
 * computes without pause, or writes faster than anybody reads.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, pause, prelude, Run, run, runs } from './run.js'

const LINES = 500

/** The lines of each process, which must be whole and in order. */
function byProcess(lines: readonly string[], processes: number, pattern = /^(\d) line (\d+)$/): number[] {
  const counts = new Array<number>(processes).fill(0)
  for (const line of lines) {
    const [, id = '', number = ''] = pattern.exec(line) ?? []
    if (id === '') continue
    assert.equal(Number(number), counts[Number(id)], `process ${id} wrote line ${number} out of order`)
    counts[Number(id)] = Number(number) + 1
  }
  return counts
}

test('lines of all processes come whole and in order, up to the moment of a death', async (t) => {
  const text = `${prelude}
    for (let i = 0; i < ${LINES}; i++) i % 2 ? console.log(me, 'line', i) : process.stdout.write(me + ' line ' + i + '\\n')
    console.error('error of', me)
    tm.barrier()
    if (me === 2) {
      console.log('last words')
      process.kill(process.pid, 'SIGKILL')
    }
    tm.barrier()
  `
  for (const options of [[], ['--label']]) {
    const outcome = await run(t, text, { nodes: 4, options })
    assert.equal(outcome.code, 137, described(outcome))
    const pattern = options.length === 0 ? /^(\d) line (\d+)$/ : /^\[\d\] (\d) line (\d+)$/
    assert.deepEqual(byProcess(outcome.lines, 4, pattern), [LINES, LINES, LINES, LINES])
    assert.match(outcome.stdout, /last words$/m)
    for (let id = 0; id < 4; id++) assert.match(outcome.stderr, new RegExp(`error of ${id}$`, 'm'))
    assert.match(outcome.stderr, /^treadmarks: process 2 \(node 2\): killed by SIGKILL$/m)
  }
})

test('a megabyte in one write arrives, though nobody reads for a while and the writer is killed after it', async (t) => {
  const text = `${prelude}
    console.log('begin')
    process.stdout.write('x'.repeat(1 << 20) + '\\n')
    process.stdout.write(Buffer.from('end\\n'))
    process.kill(process.pid, 'SIGKILL')
  `
  for (const options of [[], ['--label']]) {
    const running = new Run(t, text, { nodes: 1, options })
    running.holdOutput(true)
    await pause(700)
    running.holdOutput(false)
    const outcome = await running.ended
    assert.equal(outcome.code, 137, described(outcome))
    // With --label a line that long comes in pieces, each a line.
    const printed = outcome.stdout.replaceAll(/^\[0\] /gm, '')
    assert.deepEqual([printed.slice(0, 6), printed.slice(-4)], ['begin\n', 'end\n'])
    assert.equal(printed.replaceAll(/[^x]/g, '').length, 1 << 20)
  }
})

test('output is there at once, from a thread that then computes or waits', async (t) => {
  const text = `${prelude}
    // The test waits for the second and then interrupts: the first must be written by then.
    process.stderr.write('err ' + me + '\\n')
    console.log('out', me)
    if (me === 0) for (;;);
    tm.barrier()
  `
  const running = new Run(t, text, { nodes: 2 })
  await running.printed(/^out 0$/m)
  await running.printed(/^out 1$/m)
  running.kill(running.pid, 'SIGTERM')
  const outcome = await running.ended
  assert.equal(outcome.code, 143, described(outcome))
  assert.match(outcome.stderr, /^err 0$/m)
  assert.match(outcome.stderr, /^err 1$/m)
})

test('what a program prints before it exits, and from timers and exit handlers, is not lost', async (t) => {
  const text = `${prelude}
    process.on('exit', (code) => console.log('exit handler', code))
    setTimeout(() => {
      console.log('timer')
      process.exit()
    }, 10)
    console.log('module')
  `
  for (const nodes of [undefined, 1]) {
    assert.equal((await runs(t, text, { nodes })).stdout, 'module\ntimer\nexit handler 0\n')
  }
})

test('a part of the heap can be written to standard output, wherever its pages are', async (t) => {
  const text = `${prelude}
    const bytes = tm.alloc(Uint8Array, 3 * tm.pageSize)
    if (me === 1) bytes.fill(0x61)
    tm.barrier()
    if (me === 0) process.stdout.write(bytes)
    tm.barrier()
  `
  assert.equal((await runs(t, text, { nodes: 2 })).stdout, 'a'.repeat(3 * 4096))
})

test('a reader that goes away ends the run as it would end any program', async (t) => {
  const text = `${prelude}
    for (;;) {
      console.log('y'.repeat(1000))
      await new Promise(setImmediate)
    }
  `
  for (const options of [[], ['--label']]) {
    const running = new Run(t, text, { nodes: 2, options })
    await running.printed(/y\n/)
    running.since = performance.now()
    running.closeOutput()
    const outcome = await running.ended
    assert.notEqual(outcome.code, 0)
    assert.match(outcome.stderr, /EPIPE/)
    assert.ok(outcome.ms < 5_000)
  }
})
