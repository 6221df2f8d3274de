/**
 * How runs end. Whatever one process does, the others end with it, wherever they are: in a barrier, in a lock,
 * in a fault, in a loop without end. There is one message, it names process, node, cause and remedy, and no
 * process is left (run.ts looks). The promise is two seconds; the bound here leaves room for a busy machine.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { described, directory, type Outcome, pause, prelude, Run, root, run, type Spec } from './run.js'

const MOST_MS = 5_000

interface Expected {
  readonly code: number
  /** Begins the message, after `treadmarks: `. */
  readonly message: RegExp
  readonly error?: string
}

function endedWith(outcome: Outcome, { code, message, error }: Expected): void {
  assert.equal(outcome.code, code, described(outcome))
  const headlines = outcome.stderr.match(/^treadmarks: .*$/gm) ?? []
  assert.equal(headlines.length, 1, `one message:\n${outcome.stderr}`)
  assert.match(headlines[0] ?? '', new RegExp(`^treadmarks: ${message.source}`))
  if (error !== undefined) assert.match(outcome.stderr, new RegExp(`^ {2}${error}: .*\\w.*$`, 'm'))
  assert.ok(outcome.ms < MOST_MS, `the run ended ${Math.round(outcome.ms)} ms after the cause`)
}

/** Waits until the program prints NOW, from which time counts; then does what there is to do. */
async function fails(t: TestContext, text: string, spec: Spec, cause: (run: Run) => void = () => {}): Promise<Outcome> {
  const run = new Run(t, text, spec)
  await run.printed(/^NOW$/m)
  run.since = performance.now()
  cause(run)
  return await run.ended
}

/**
 * Four nodes: 0 computes for ever and holds a lock, 2 waits at a barrier, 3 for the lock. Node 1 waits until
 * they are there, says so, and does what the test wants.
 */
const others = `${prelude}
  import { existsSync, writeFileSync } from 'node:fs'
  const until = async (p) => {
    while (!existsSync(process.argv[1] + p)) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const arrive = () => writeFileSync(process.argv[1] + me, '')
  if (me === 0) {
    tm.lockAcquire(8)
    arrive()
    for (;;);
  } else if (me === 2) {
    arrive()
    tm.barrier(6)
  } else if (me === 3) {
    await until(0)
    arrive()
    tm.lockAcquire(8)
  } else {
    for (const p of [0, 2, 3]) await until(p)
    await new Promise((resolve) => setTimeout(resolve, 100))
    console.log('NOW')
    act()
  }
`

const causes: readonly (readonly [name: string, act: string, expected: Expected])[] = [
  [
    'throws',
    "throw new RangeError('boom')",
    { code: 1, message: /process 1 \(node 1\): uncaught RangeError: boom$/, error: 'ERR_TM_THREW' },
  ],
  [
    'throws what is no Error',
    'throw { why: 42 }',
    { code: 1, message: /process 1 \(node 1\): uncaught value: \{ why: 42 \}$/, error: 'ERR_TM_THREW' },
  ],
  [
    'leaves a rejection unhandled',
    "Promise.reject(new Error('lost'))",
    { code: 1, message: /process 1 \(node 1\): uncaught Error: lost$/, error: 'ERR_TM_THREW' },
  ],
  [
    'is killed',
    "process.kill(process.pid, 'SIGKILL')",
    { code: 137, message: /process 1 \(node 1\): killed by SIGKILL$/, error: 'ERR_TM_NODE_LOST' },
  ],
  [
    'crashes',
    "process.kill(process.pid, 'SIGSEGV')",
    { code: 139, message: /process 1 \(node 1\): killed by SIGSEGV$/, error: 'ERR_TM_NODE_LOST' },
  ],
  [
    'exits with 0 while others wait',
    'process.exit()',
    {
      code: 1,
      message: /process 0 \(node 0\): process 2 waits at barrier 6, but process 1 has ended and will not come$/,
      error: 'ERR_TM_MISSING',
    },
  ],
  [
    'exits with 3 while others wait',
    'tm.exit(3)',
    {
      code: 3,
      message: /process 0 \(node 0\): process 2 waits at barrier 6, but process 1 has/,
      error: 'ERR_TM_MISSING',
    },
  ],
  [
    'ends holding two locks',
    'tm.lockAcquire(11), tm.lockAcquire(12)',
    {
      code: 1,
      message: /process 1 \(node 1\): the program ended holding lock 1[12] and 1 more$/,
      error: 'ERR_TM_LOCK_AT_END',
    },
  ],
  [
    'meets elsewhere',
    'tm.distribute(1)',
    {
      code: 1,
      message:
        /process 0 \(node 0\): process 2 waits at barrier 6, but process 1 waits at distribute: they can never meet$/,
      error: 'ERR_TM_MEETING',
    },
  ],
]

for (const [name, act, expected] of causes) {
  test(`one process ${name}: all end, with one message`, async (t) => {
    const outcome = await fails(t, `${others} function act() { ${act} }`, { nodes: 4 })
    endedWith(outcome, expected)
    assert.equal(outcome.stats.nodes, 4)
  })
}

test('a thread that waits in a fault ends too, and so does a node that is stopped', async (t) => {
  const text = `${prelude}
    import { existsSync, writeFileSync } from 'node:fs'
    const words = tm.alloc(Int32Array, 16)
    if (me === 1) words[3] = 1
    tm.barrier()
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    if (me === 1) process.kill(process.pid, 'SIGSTOP')
    if (me === 2) {
      await sleep(200)
      writeFileSync(process.argv[1] + '.faults', '')
      console.log(words[3], 'never')
    }
    if (me === 0) {
      while (!existsSync(process.argv[1] + '.faults')) await sleep(5)
      await sleep(200)
      console.log('NOW')
      throw new Error('enough')
    }
  `
  const outcome = await fails(t, text, { nodes: 3 })
  endedWith(outcome, { code: 1, message: /process 0 \(node 0\): uncaught Error: enough$/ })
  assert.ok(!outcome.stdout.includes('never'))
})

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const
for (const [signal, code] of signals) {
  test(`${signal} to the launcher ends programs that compute for ever`, async (t) => {
    const text = `${prelude}
      tm.barrier()
      if (me === 0) console.log('NOW')
      for (;;);
    `
    const outcome = await fails(t, text, { nodes: 3 }, (run) => run.kill(run.pid, signal))
    assert.equal(outcome.code, code, described(outcome))
    assert.equal(outcome.stderr, `treadmarks: interrupted (${signal})\n`)
    assert.ok(outcome.ms < MOST_MS)
  })
}

test('Ctrl-C reaches the whole group, as a terminal sends it, and is one interruption', async (t) => {
  const text = `${prelude} tm.barrier(); if (me === 1) console.log('NOW'); if (me > 0) tm.barrier(); for (;;);`
  const outcome = await fails(t, text, { nodes: 3, group: true }, (run) => run.kill(-run.pid, 'SIGINT'))
  assert.equal(outcome.code, 130, described(outcome))
  assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
  assert.ok(outcome.ms < MOST_MS)
})

test('without their launcher the nodes vanish, whatever they do', async (t) => {
  const text = `${prelude}
    tm.barrier()
    if (me === 0) console.log('NOW')
    if (me === 2) process.kill(process.pid, 'SIGSTOP')
    if (me > 0) tm.barrier()
    for (;;);
  `
  const outcome = await fails(t, text, { nodes: 3 }, (run) => run.kill(run.pid, 'SIGKILL'))
  assert.equal(outcome.signal, 'SIGKILL')
  assert.equal(outcome.stderr, '')
})

test('a node that dies before it has joined ends the run', async (t) => {
  const run = new Run(t, `${prelude} tm.barrier()`, { nodes: 4 })
  let node: number | undefined
  while (node === undefined) {
    await pause(1)
    node = run.alive().find((pid) => pid !== run.pid)
  }
  run.kill(node, 'SIGKILL')
  const outcome = await run.ended
  endedWith(outcome, { code: 137, message: /process \d \(node \d\): killed by SIGKILL( before it joined the run)?$/ })
})

test('an exit code that nobody waits for is the run’s, and no message', async (t) => {
  const outcome = await run(t, `${prelude} if (me === 1) process.exit(Number(process.argv[2])); console.log('done')`, {
    nodes: 3,
    args: ['3'],
  })
  assert.equal(outcome.code, 3, described(outcome))
  assert.equal(outcome.stdout, 'done\ndone\n')
  assert.equal(outcome.stderr, '')
  // Also 13, by which Node tells that a module never settled; and one that is set and not passed.
  for (const [act, code] of [
    ['tm.barrier(); await 1; process.exit(13)', 13],
    ['tm.barrier(); process.exitCode = 13', 13],
    ['tm.barrier(); process.exitCode = 9; process.exit()', 9],
    ['tm.barrier(); process.exitCode = 9; process.exit(undefined)', 0],
  ] as const) {
    const outcome = await run(t, `${prelude} ${act}`, { nodes: 2 })
    assert.equal(outcome.code, code, described(outcome))
    assert.equal(outcome.stderr, '')
  }
})

test('a top-level await that never settles is an error, not a quiet end, whatever the exit code', async (t) => {
  for (const [before, code] of [
    ['', 13],
    ['process.exitCode = 5', 5],
    ['process.exitCode = 0', 13],
  ] as const) {
    const outcome = await run(t, `${prelude} ${before}; if (me === 1) await new Promise(() => {})`, { nodes: 2 })
    if (code !== 5)
      endedWith(outcome, { code, message: /process 1 \(node 1\): the program ended before its module had settled$/ })
    assert.equal(outcome.code, code)
    assert.match(outcome.stderr, /ERR_TM_UNSETTLED/)
  }
})

test('a program with a syntax error: the message has file and line', async (t) => {
  for (const [file, text] of [
    ['program.mjs', 'const fine = 1\nconst wrong = ;\n'],
    ['program.ts', 'enum Fine { A }\nconst wrong = ;\n'],
  ] as const) {
    const outcome = await run(t, text, { nodes: 3, file })
    endedWith(outcome, { code: 1, message: /process \d \(node \d\): uncaught (SyntaxError|TransformError): / })
    assert.match(outcome.stderr, /program\.\w+:2/)
  }
})

test('an error is told with its cause, and one of many with all of them', async (t) => {
  const text = `${prelude}
    if (me === 1) throw new AggregateError([new Error('first'), new RangeError('second')], 'both', { cause: new TypeError('inner') })
    tm.barrier()
  `
  const outcome = await run(t, text, { nodes: 2 })
  endedWith(outcome, { code: 1, message: /process 1 \(node 1\): uncaught AggregateError: both$/ })
  for (const part of [/\[cause\]: TypeError.*: inner/, /\[errors\]: \[/, /Error: first/, /: second/])
    assert.match(outcome.stderr, part)
})

test('a module that does not exist is named, with the one that wants it', async (t) => {
  for (const file of ['program.mjs', 'program.ts']) {
    const outcome = await run(t, "import { x } from './absent.js'\nconsole.log(x)\n", { nodes: 2, file })
    endedWith(outcome, {
      code: 1,
      message: /process \d \(node \d\): uncaught Error: Cannot find module '.*absent\.js'/,
    })
    assert.match(outcome.stderr, new RegExp(`imported from .*${file}`))
  }
})

test('a syntax error in a module that the program imports has its place too', async (t) => {
  const text = "import './helper.mjs'\n"
  const outcome = await run(t, text, {
    nodes: 2,
    files: { 'helper.mjs': "import './deeper.mjs'\n", 'deeper.mjs': 'let a\nlet a\n' },
  })
  endedWith(outcome, {
    code: 1,
    message: /process \d \(node \d\): uncaught SyntaxError: Identifier 'a' has already been declared$/,
  })
  assert.match(outcome.stderr, /deeper\.mjs:2/)
})

test('protections of neighbouring pages that differ beyond what the kernel can keep are an error with a remedy', async (t) => {
  const text = `${prelude}
    // Every second page of 256 MiB: each of two processes writes half of them, and the third hears of all.
    const pages = 65_000
    const all = tm.alloc(Uint8Array, pages * tm.pageSize)
    if (me < 2) for (let page = 2 * me; page < pages; page += 4) all[page * tm.pageSize] = 1
    tm.barrier()
    console.log('never')
  `
  const outcome = await run(t, text, { nodes: 3 })
  endedWith(
    { ...outcome, ms: 0 },
    {
      code: 1,
      message: /process \d \(node \d\): the heap's pages need more than \d+ mappings/,
      error: 'ERR_TM_MAPPINGS',
    },
  )
})

const npx = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npx-cli.js')

test('npx that is killed takes the run along', { skip: !existsSync(npx) }, async (t) => {
  const text = `${prelude} tm.barrier(); if (me === 0) console.log('NOW'); for (;;);`
  const options = [npx, 'treadmarks', 'run', '-n', '2']
  const outcome = await fails(t, text, { options }, (run) => run.kill(run.pid, 'SIGKILL'))
  assert.equal(outcome.signal, 'SIGKILL')
  assert.match(outcome.stderr, /^treadmarks: interrupted \(npm, which has started this, has gone\)$/m)
})

test('a shell that has started the launcher in the background may go', async (t) => {
  const where = directory(t)
  const text = `${prelude} tm.barrier(); setTimeout(() => { tm.barrier(); if (me === 0) console.log('done') }, 1000)`
  writeFileSync(join(where, 'program.mjs'), text)
  const command = `${process.execPath} ${join(root, 'bin/treadmarks.js')} run -n 2 ${join(where, 'program.mjs')} &`
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 30_000 })
  assert.equal(stdout, 'done\n')
})

test('Ctrl-C twice at once, by a terminal to all: they end, and nothing hangs', async (t) => {
  const text = `${prelude} tm.barrier(); if (me === 0) console.log('NOW'); for (;;);`
  const outcome = await fails(t, text, { nodes: 3, group: true }, (run) => {
    run.kill(-run.pid, 'SIGINT')
    run.kill(-run.pid, 'SIGINT')
  })
  assert.equal(outcome.code, 130, described(outcome))
  assert.equal(outcome.stderr, 'treadmarks: interrupted (SIGINT)\n')
})

test('a child process of the program that outlives it holds nothing of the run, and does not hold it up', async (t) => {
  const text = `${prelude}
    import { spawn } from 'node:child_process'
    const words = tm.alloc(Int32Array, 4096)
    words[me] = 1
    tm.barrier()
    if (me === 1) {
      const env = { PATH: process.env.PATH }
      for (const stdio of ['ignore', 'inherit']) {
        const child = spawn('sleep', ['20'], { stdio, env, detached: true })
        child.unref()
        console.log('CHILD', child.pid)
      }
    }
    tm.barrier()
  `
  const run = new Run(t, text, { nodes: 2 })
  const children = async (): Promise<number[]> => {
    await run.printed(/CHILD \d+\n[\s\S]*CHILD \d+\n/)
    return [...run.stdout.matchAll(/CHILD (\d+)/g)].map((match) => Number(match[1]))
  }
  const pids = await children()
  t.after(() => pids.forEach((pid) => void process.kill(pid, 'SIGKILL')))
  for (const pid of pids) {
    const held = readdirSync(`/proc/${pid}/fd`)
      .filter((fd) => Number(fd) > 2)
      .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    assert.deepEqual(
      held.filter((name) => /socket:|memfd|eventfd/.test(name)),
      [],
    )
    assert.ok(!readFileSync(`/proc/${pid}/maps`, 'latin1').includes('memfd:treadmarks'))
  }
  const left = await run.exited
  assert.equal(left.code, 0)
  for (const pid of pids) assert.ok(existsSync(`/proc/${pid}`), 'it goes on')
})

test('a full disk: under the statistics and under the output', async (t) => {
  const text = `${prelude} tm.barrier(); if (me === 0 && process.argv[2]) console.log('x')`
  const lost = await run(t, text, { nodes: 2, options: ['--stats-file', '/dev/full'] })
  assert.equal(lost.code, 1, described(lost))
  assert.match(lost.stderr, /^treadmarks: --stats-file \/dev\/full could not be written: ENOSPC[^\n]*\n$/)
  const where = directory(t)
  writeFileSync(join(where, 'program.mjs'), text)
  const words = [join(root, 'bin/treadmarks.js'), 'run', '-n', '2', join(where, 'program.mjs'), 'x']
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, words, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
  closeSync(full)
  assert.equal(status, 1)
  assert.match(stderr, /^treadmarks: process 0 \(node 0\): uncaught Error: ENOSPC/)
})
