/**
 * The example programs as a user runs them: through the launcher, on several real processes, with results that
 * are checked to the last bit.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PNG } from 'pngjs'
import { compiled } from '../real/compiled.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'treadmarks-examples-'))
after(() => rmSync(folder, { recursive: true, force: true }))

before(() => {
  for (const file of ['bin/treadmarks.js', 'dist/index.js', 'dist/cli/main.js']) {
    assert.ok(existsSync(join(root, file)), `${file} is missing: run \`npm run build\` first`)
  }
})

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly messages: number
}

/** On four processes the programs run as they stand; otherwise as JavaScript, which starts sooner. */
const place = compiled('examples', ['examples/sor.ts', 'examples/tsp.ts'])
const javaScript = { 'sor.ts': `${place}/examples/sor.js`, 'tsp.ts': `${place}/examples/tsp.js` } as const

/** `treadmarks run -n nodes program …args`; a run that takes a minute has failed. */
async function run(nodes: number, program: keyof typeof javaScript, ...args: string[]): Promise<Outcome> {
  const statistics = join(folder, 'statistics.json')
  const launcher = ['bin/treadmarks.js', 'run', '-n', String(nodes), '--stats-file', statistics]
  const child = spawn(
    process.execPath,
    [...launcher, nodes === 4 ? join('examples', program) : javaScript[program], ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  assert.ok(existsSync(statistics), `no statistics; exit code ${code}\n${stdout}${stderr}`)
  const { total, nodes: counted } = JSON.parse(readFileSync(statistics, 'utf8')) as {
    total: { messages: number }
    nodes: number
  }
  rmSync(statistics)
  assert.equal(counted, nodes)
  return { code, stdout, stderr, messages: total.messages }
}

function assertFine(outcome: Outcome, nodes: number): void {
  assert.equal(outcome.code, 0, `exit code ${outcome.code} on ${nodes} nodes\n${outcome.stdout}${outcome.stderr}`)
  assert.equal(outcome.stderr, '')
  assert.equal(outcome.messages > 0, nodes > 1, `${outcome.messages} messages between ${nodes} nodes`)
}

const counts = [1, 2, 4, 8]

// Small plates have many rows, and so several processes, on one page.
for (const [what, shape] of [
  ['real size', []],
  ['real size, every cell changing', ['--start', 'nonzero', '--iterations', '20']],
  ['small', ['--rows', '64', '--cols', '96', '--iterations', '30', '--start', 'nonzero']],
  ['odd', ['--rows', '61', '--cols', '370', '--iterations', '25', '--start', 'tread']],
  ['fewer rows than processes', ['--rows', '5', '--cols', '40', '--iterations', '10']],
] as const) {
  test(`sor, ${what}: bit for bit equal to the sequential program on ${counts.join(', ')} processes`, async () => {
    const digests = new Set<string | undefined>()
    for (const nodes of counts) {
      const outcome = await run(nodes, 'sor.ts', '--check', ...shape)
      assertFine(outcome, nodes)
      assert.match(outcome.stdout, /^check: bit for bit equal to the sequential program/m)
      digests.add(/digest ([0-9a-f]{8})/.exec(outcome.stdout)?.[1])
    }
    assert.equal(digests.size, 1, [...digests].join(' '))
    assert.ok(!digests.has(undefined))
  })
}

test('sor writes a picture, the same on any number of processes', async () => {
  const pictures: PNG[] = []
  for (const nodes of [1, 3]) {
    const file = join(folder, 'pictures', `${nodes}.png`)
    const shape = ['--rows', '90', '--cols', '120', '--iterations', '5', '--start', 'tread']
    assertFine(await run(nodes, 'sor.ts', '--png', file, ...shape), nodes)
    pictures.push(PNG.sync.read(readFileSync(file)))
  }
  assert.deepEqual([pictures[0]?.width, pictures[0]?.height], [120, 90])
  assert.deepEqual(pictures[0]?.data, pictures[1]?.data)
})

for (const [name, optimum] of [
  ['gr17', 2085],
  ['gr21', 2707],
  ['ulysses16', 6859],
] as const) {
  test(`tsp, ${name}: proves ${optimum} on 1, 2 and 4 processes`, async () => {
    for (const nodes of [1, 2, 4]) {
      const outcome = await run(nodes, 'tsp.ts', '--check', String(optimum), `examples/tsplib/${name}.tsp`)
      assertFine(outcome, nodes)
      assert.match(outcome.stdout, new RegExp(`shortest tour ${optimum}, proven`))
      const tour = /^tour: (.*)$/m.exec(outcome.stdout)?.[1]?.split(' ').map(Number) ?? []
      assert.equal(tour[0], 1)
      const inOrder = [...tour].sort((a, b) => a - b)
      assert.ok(inOrder.every((city, i) => city === i + 1))
    }
  })
}

test('tsp is right with a queue of one, and with everything in the queue', async () => {
  for (const extra of [
    ['--queue', '1'],
    ['--queue', '50', '--threshold', '1'],
  ]) {
    assertFine(await run(3, 'tsp.ts', ...extra, '--check', '2707', 'examples/tsplib/gr21.tsp'), 3)
  }
})

test('tsp fails where the optimum is not the expected one', async () => {
  const outcome = await run(2, 'tsp.ts', '--check', '2084', 'examples/tsplib/gr17.tsp')
  assert.equal(outcome.code, 1, outcome.stdout + outcome.stderr)
  assert.match(outcome.stderr, /check: WRONG: expected 2084, found 2085/)
})

test('wrong arguments and files are said once, and end all processes', async () => {
  const missing = await run(2, 'tsp.ts', 'examples/tsplib/none.tsp')
  assert.equal(missing.code, 1, missing.stdout + missing.stderr)
  assert.equal(missing.stderr.match(/none\.tsp: cannot be read/g)?.length, 1, missing.stderr)
  const unknown = await run(2, 'sor.ts', '--speed', '9')
  assert.equal(unknown.code, 2, unknown.stdout + unknown.stderr)
  assert.equal(unknown.stderr.match(/Unknown option '--speed'/g)?.length, 1, unknown.stderr)
})
