/**
 * `npm run soak -- --minutes M`: the proof, for as long as one likes, with seeds that nobody has tried. Kinds of
 * work take turns, two at a time. A failing seed of the simulator goes into test/proof/seeds.txt, which the tests
 * replay; any other failure is kept in out/soak with the command that shows it again.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { builtProtocols } from '../dist/protocols/table.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const kept = join('test', 'proof', 'seeds.txt')
const usage = `npm run soak -- [options]

  --minutes M   how long (default 10); what has begun is brought to its end
  --from N      the first seed (default: from the clock, and printed)
  --only NAME   this kind of work alone; may be given again`

/** A child that takes longer than this hangs, ms. */
const LIMIT_MS = 15 * 60_000
/** Children at a time: the machine's, but no more than are good for the tests with real processes. */
const LANES = 2

const sim = (seed, ...args) => ['dist/lab/swarm/main.js', '--seed', seed, ...args, '--keep', kept]

/** All that are built but the first, which the kinds of its own are for; and pages that obey different ones. */
const relatives = [...builtProtocols.slice(1), 'mixed']
const under = (protocol) => ({ step: 200, args: (seed) => sim(seed, '--seeds', '200', '--protocol', protocol) })

/** Each takes `step` seeds at a time; `args` gets the first of them. */
const work = {
  'race-free': { step: 200, args: (seed) => sim(seed, '--seeds', '200', '--kind', 'race-free') },
  racy: { step: 200, args: (seed) => sim(seed, '--seeds', '200', '--kind', 'racy') },
  long: { step: 10, args: (seed) => sim(seed, '--seeds', '10', '--operations', '40000') },
  ...Object.fromEntries(relatives.map((protocol) => [protocol, under(protocol)])),
  litmus: { step: 1, args: (seed) => ['dist/lab/litmus/main.js', '--schedules', '200', '--seed', seed] },
  frames: { step: 1, args: (seed) => ['--import', 'tsx', 'test/proof/fuzz/main.ts', '--seed', seed] },
  native: { step: 1, args: (seed) => ['scripts/fuzz.mjs', '--seconds', '60', '--seed', seed] },
  programs: { step: 1, args: () => ['--import', 'tsx', 'test/soak/main.ts', '--seconds', '100', '--lap', '50'] },
  chaos: { step: 1, args: (seed) => ['--import', 'tsx', 'test/chaos/main.ts', '--seed', seed] },
}

class Usage extends Error {}

function options() {
  const known = {
    minutes: { type: 'string', default: '10' },
    from: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    only: { type: 'string', multiple: true, default: Object.keys(work) },
    help: { type: 'boolean', default: false },
  }
  let values
  try {
    values = parseArgs({ options: known }).values
  } catch (error) {
    throw new Usage(
      `${error.message}\nknown are ${Object.keys(known)
        .map((name) => `--${name}`)
        .join(', ')}`,
    )
  }
  for (const name of values.only) {
    if (work[name] === undefined) throw new Usage(`--only '${name}': known are ${Object.keys(work).join(', ')}`)
  }
  for (const name of ['minutes', 'from']) {
    if (!(Number(values[name]) > 0)) throw new Usage(`--${name} '${values[name]}': expected a number above 0`)
  }
  return { ...values, minutes: Number(values.minutes), from: Math.floor(Number(values.from)) }
}

/** Runs a child to its end: its exit code, or null for a signal, and what it printed. */
function child(args) {
  return new Promise((resolve) => {
    const process_ = spawn(process.execPath, args, { cwd: root, timeout: LIMIT_MS, killSignal: 'SIGKILL' })
    let output = ''
    for (const stream of [process_.stdout, process_.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    process_.on('close', (code) => resolve({ code, output }))
  })
}

async function soak({ minutes, from, only }) {
  const end = Date.now() + minutes * 60_000
  const tallies = new Map(only.map((name) => [name, { done: 0, failed: 0, next: from }]))
  let turn = 0
  console.log(`soak of ${minutes} minutes, from seed ${from}: ${only.join(', ')}`)
  const lane = async () => {
    while (Date.now() < end) {
      const name = only[turn++ % only.length]
      const tally = tallies.get(name)
      const seed = tally.next
      tally.next += work[name].step
      const args = work[name].args(String(seed))
      const { code, output } = await child(args)
      tally.done += work[name].step
      if (code !== 0) tally.failed++
      report(name, seed, args, code, output)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  let failures = 0
  for (const [name, { done, failed }] of tallies) {
    console.log(`${name.padEnd(10)} ${done} done, ${failed} failed`)
    failures += failed
  }
  return failures === 0 ? 0 : 1
}

function report(name, seed, args, code, output) {
  const last = output.trim().split('\n').at(-1) ?? ''
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} ${seed}: ${last}`)
  if (code === 0) return
  const path = join('out', 'soak', `${name}-${seed}.txt`)
  mkdirSync(join(root, 'out', 'soak'), { recursive: true })
  writeFileSync(join(root, path), `node ${args.join(' ')}\nended with ${code ?? 'a signal'}\n\n${output}`)
  console.log(`       kept in ${path}; again: node ${args.join(' ')}`)
}

try {
  const given = options()
  if (given.help) console.log(usage)
  else process.exitCode = await soak(given)
} catch (error) {
  if (!(error instanceof Usage)) throw error
  console.error(`soak: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
