/** `--stats-file` on what is no file: pipes with readers of every kind, and descriptors of the process itself. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gatherStatistics } from '../../src/cli/statistics.js'
import { StatsFile } from '../../src/cli/stats-file.js'
import { TreadMarksError } from '../../src/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'treadmarks-stats-file-'))
after(() => rmSync(folder, { recursive: true }))

const statistics = gatherStatistics(3, 1, 5, new Map())
const text = `${JSON.stringify(statistics, null, 2)}\n`
const root = fileURLToPath(new URL('../../', import.meta.url))

let pipes = 0
function makePipe(): string {
  const path = join(folder, `pipe-${pipes++}`)
  execFileSync('mkfifo', [path])
  return path
}

/** As a reader has it; it does not wait for a writer. */
const openToRead = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)

test('a pipe has its end once, behind the statistics', async () => {
  const path = makePipe()
  // It opens when we do, and ends at the first end that it sees.
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const got = new Promise<string>((resolve) => {
    let all = ''
    reader.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      all += chunk
    })
    reader.on('close', () => resolve(all))
  })
  const file = await whenOpened(path)
  await file.write(statistics)
  assert.equal(await got, text)
})

/** Until the reader has opened it, a pipe is refused. */
async function whenOpened(path: string): Promise<StatsFile> {
  for (;;) {
    try {
      return new StatsFile(path)
    } catch (error) {
      assert.match((error as Error).message, /cannot be written: it is a pipe that nobody has opened to read$/)
      await new Promise((go) => setTimeout(go, 5))
    }
  }
}

test('a pipe that nobody has opened to read is refused at the start', () => {
  const path = makePipe()
  assert.throws(
    () => new StatsFile(path),
    (error) => error instanceof TreadMarksError && error.code === 'ERR_TM_USAGE' && error.message.includes(path),
  )
})

test('a reader that has gone is an error', async () => {
  const path = makePipe()
  const reader = openToRead(path)
  const file = new StatsFile(path)
  closeSync(reader)
  await assert.rejects(async () => await file.write(statistics), /EPIPE/)
})

test('a reader that does not read is an error, after a while', async () => {
  const path = makePipe()
  const reader = openToRead(path)
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  const fill = Buffer.alloc(4096)
  assert.throws(() => {
    for (;;) writeSync(writer, fill)
  }, /EAGAIN/)
  const file = new StatsFile(path, 20)
  await assert.rejects(async () => await file.write(statistics), /^Error: nobody has read for 0\.02 s$/)
  closeSync(writer)
  closeSync(reader)
})

test('a reader that reads slowly gets all', async () => {
  const path = makePipe()
  const reader = openToRead(path)
  const file = new StatsFile(path, 60_000)
  // More than a pipe holds.
  const phases = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`phase ${i}`, { messages: i }]))
  const large = { ...statistics, phases }
  let written = false
  const writing = Promise.resolve(file.write(large)).then(() => {
    written = true
  })
  const chunks: Buffer[] = []
  const read = (): boolean => {
    const chunk = Buffer.alloc(1000)
    try {
      const length = readSync(reader, chunk)
      chunks.push(chunk.subarray(0, length))
      return length > 0
    } catch {
      return false
    }
  }
  while (!written) {
    read()
    await new Promise(setImmediate)
  }
  await writing
  while (read());
  assert.equal(Buffer.concat(chunks).toString(), `${JSON.stringify(large, null, 2)}\n`)
  closeSync(reader)
})

/** A shell with the launcher as its command `run`, in the folder. */
const shell = (command: string): { status: number | null; stdout: string; stderr: string } => {
  writeFileSync(join(folder, 'program.mjs'), "console.log('out')\n")
  const run = `run() { '${process.execPath}' '${root}bin/treadmarks.js' run "$@" program.mjs; }`
  return spawnSync('bash', ['-c', `${run}\n${command}`], { cwd: folder, encoding: 'utf8' })
}

test('/dev/stdout: a pipe, a file that has the output too, a socket', () => {
  const isStatistics = (text: string): void => {
    assert.match(text, /^out\n\{\n/)
    assert.equal((JSON.parse(text.slice(4)) as { nodes: number }).nodes, 1)
  }
  const piped = shell('set -o pipefail; run --stats-file /dev/stdout | cat')
  assert.deepEqual([piped.status, piped.stderr], [0, ''])
  isStatistics(piped.stdout)
  assert.deepEqual(shell('run --stats-file /dev/stdout > both').status, 0)
  isStatistics(readFileSync(join(folder, 'both'), 'utf8'))
  // The streams that Node makes for a child are sockets.
  const straight = shell('run --stats-file /proc/self/fd/1')
  assert.deepEqual([straight.status, straight.stderr], [0, ''])
  isStatistics(straight.stdout)
})

test('process substitution of a shell', () => {
  // What is left of the shell is its reader, which writes to where the test reads.
  const { status, stdout, stderr } = shell(`run --stats-file >(grep -c '"nodes"')`)
  assert.deepEqual([status, stderr], [0, ''])
  assert.equal(stdout, 'out\n1\n')
})

test('a descriptor that is closed, or only read, is refused at the start', () => {
  for (const [command, reason] of [
    ['run --stats-file /dev/fd/77', 'EBADF'],
    ['run --stats-file /dev/fd/0 < program.mjs', 'EBADF'],
  ] as const) {
    const { status, stdout, stderr } = shell(command)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, new RegExp(`^treadmarks: --stats-file /dev/fd/\\d+ cannot be written: ${reason}`))
  }
})

test('the launcher ends with 1 and says so when nobody takes the statistics', () => {
  // A pipe that is full: of what Linux lets it hold.
  const fill = 'mkfifo full; exec 4<> full; head -c 65536 /dev/zero >&4'
  const { status, stdout, stderr } = shell(`${fill}; run --stats-file full`)
  assert.deepEqual([status, stdout], [1, 'out\n'])
  assert.equal(stderr, 'treadmarks: --stats-file full could not be written: nobody has read for 5 s\n')
})
