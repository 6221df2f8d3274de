/**
 * Output of programs: written at once, in order, complete, also when its process is killed in the next moment,
 * computes without pause, or writes faster than anybody reads.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { described, directory, pause, prelude, Run, root, run, runs } from './run.js'

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

test('and when the program never comes back to its event loop: the error is that of the write', async (t) => {
  // Waiting in a barrier, computing, or about to end in an error that it would not have without its output.
  const loops = [
    "for (let i = 0; ; i++) { if (me === 0) console.log('step', i); tm.barrier() }",
    "for (let i = 0; ; i++) { if (me === 0) process.stdout.write('step ' + i + '\\n'); tm.barrier() }",
    "if (me === 0) { const { Console } = await import('node:console'); const own = new Console(process.stdout); for (;;) own.log('step') }",
  ]
  for (const options of [[], ['--label']]) {
    for (const loop of loops) {
      const running = new Run(t, prelude + loop, { nodes: 2, options })
      await running.printed(/step/)
      running.closeOutput()
      const outcome = await running.ended
      assert.equal(outcome.code, 1, described(outcome))
      assert.match(outcome.stderr, /^treadmarks: process 0 \(node 0\): uncaught Error: EPIPE: broken pipe, write\n/)
      assert.match(outcome.stderr, /\n {6}at .*program\.mjs:\d+/)
    }
  }
})

/** Runs the program with a full disk under its output. */
function onFullDisk(t: TestContext, text: string, ...options: string[]): { status: number | null; stderr: string } {
  const program = join(directory(t), 'program.mjs')
  writeFileSync(program, text)
  const full = openSync('/dev/full', 'w')
  const words = [join(root, 'bin/treadmarks.js'), 'run', ...options, program]
  const { status, stderr } = spawnSync(process.execPath, words, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
  closeSync(full)
  return { status, stderr }
}

test('a full disk ends a program that never comes back to its event loop, also by way of the launcher', (t) => {
  const text = `${prelude} for (let i = 0; ; i++) { if (me === 1) console.log('step', i); tm.barrier() }`
  const straight = onFullDisk(t, text, '-n', '2')
  assert.equal(straight.status, 1)
  assert.match(
    straight.stderr,
    /^treadmarks: process 1 \(node 1\): uncaught Error: ENOSPC: no space left on device, write\n/,
  )
  const labelled = onFullDisk(t, text, '-n', '2', '--label')
  assert.equal(labelled.status, 1)
  assert.match(labelled.stderr, /^treadmarks: process 1 \(node 1\): uncaught Error: EPIPE: broken pipe, write\n/)
})

test('the first error counts: that of the write, not one that comes of it', (t) => {
  const text = `${prelude}
    process.on('exit', () => console.log('one more that fails'))
    for (let i = 0; i < 3; i++) console.log('step', i)
    throw new Error('the loop has ended')
  `
  const { status, stderr } = onFullDisk(t, text, '-n', '1')
  assert.equal(status, 1)
  assert.match(stderr, /^treadmarks: process 0 \(node 0\): uncaught Error: ENOSPC: no space left on device, write\n/)
  assert.doesNotMatch(stderr, /the loop has ended/)
})

test('a program that listens for errors of the stream, or of all, hears of it and goes on', (t) => {
  const text = (listener: string): string => `${prelude}
    const heard = (error) => process.stderr.write('heard ' + error.code + '\\n')
    ${listener}.on(${listener === 'process' ? "'uncaughtException'" : "'error'"}, heard)
    process.stdout.write('lost')
    console.log('lost')
    await new Promise((go) => setTimeout(go, 20))
    process.stderr.write('done\\n')
  `
  for (const listener of ['process', 'process.stdout']) {
    const { status, stderr } = onFullDisk(t, text(listener), '-n', '1')
    assert.deepEqual([status, stderr], [0, 'heard ENOSPC\nheard ENOSPC\ndone\n'])
  }
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
