/**
 * What `npm start` shows: the example programs on 1, 2 and 4 processes, their results checked, and what sharing
 * the memory cost. Ends with a non-zero code, and the output of the run, where a check fails.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const counts = [1, 2, 4]
const picture = 'out/sor.png'

/** What to run, and what its output must say. */
const programs = [
  {
    name: 'sor',
    about: 'heat on a plate of 1024 × 3072 cells in shared memory, 100 iterations; only barriers',
    args: ['examples/sor.ts', '--start', 'tread', '--check', '--png', picture],
    good: /^check: bit for bit equal to the sequential program/m,
    claim: 'bit for bit equal to sequential',
  },
  ...[
    ['gr17', 2085],
    ['gr21', 2707],
    ['ulysses16', 6859],
  ].map(([name, optimum]) => ({
    name: `tsp ${name}`,
    about: `shortest round trip through ${name.replace(/\D+/, '')} cities; a queue and a bound under locks`,
    args: ['examples/tsp.ts', '--check', String(optimum), `examples/tsplib/${name}.tsp`],
    good: new RegExp(`shortest tour ${optimum}, proven[^]*^check: ${optimum} is the expected optimum`, 'm'),
    claim: `optimum ${optimum} proven`,
  })),
]

const temporary = mkdtempSync(join(tmpdir(), 'treadmarks-demo-'))
let running
process.on('exit', () => {
  running?.kill()
  rmSync(temporary, { recursive: true, force: true })
})
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
  process.on(signal, () => process.exit(128 + number))
}

/** Runs one program through the launcher: its output, exit code, wall time and counters. */
function run(args, count, statistics) {
  return new Promise((resolve) => {
    const began = performance.now()
    const command = ['bin/treadmarks.js', 'run', '-n', String(count), '--stats-file', statistics, ...args]
    running = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (text) => {
      output += text
    }
    running.stdout.setEncoding('utf8').on('data', keep)
    running.stderr.setEncoding('utf8').on('data', keep)
    running.on('error', (error) => resolve({ output: String(error), code: 1, seconds: 0 }))
    running.on('close', (code) => {
      running = undefined
      resolve({ output, code, seconds: (performance.now() - began) / 1000 })
    })
  })
}

function countersIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).total
  } catch {
    return undefined
  }
}

/** A line that appears at once and is completed later; on a terminal it counts the seconds meanwhile. */
function startLine(text) {
  const began = performance.now()
  const live = process.stdout.isTTY
  process.stdout.write(`${text} … `)
  const draw = () => process.stdout.write(`\r${text} … ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const timer = live ? setInterval(draw, 100) : undefined
  return (result) => {
    clearInterval(timer)
    process.stdout.write(live ? `\r\x1b[K${text} … ${result}\n` : `${result}\n`)
  }
}

const plural = (count) => (count === 1 ? '1 process' : `${count} processes`)
const thousands = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',')

const rows = []
const failures = []
const digests = new Set()
let timedPart
for (const { name, about, args, good, claim } of programs) {
  console.log(`${name}: ${about}`)
  for (const count of counts) {
    const finish = startLine(`  on ${plural(count)}`)
    const statistics = join(temporary, `${rows.length}.json`)
    const { output, code, seconds } = await run(args, count, statistics)
    const total = countersIn(statistics)
    const digest = /digest (\w+)/.exec(output)?.[1]
    if (digest !== undefined) digests.add(digest)
    const ok = code === 0 && good.test(output) && total !== undefined && (digest === undefined || digests.size === 1)
    finish(ok ? `${seconds.toFixed(1)} s, ${claim}` : `FAILED, exit code ${code}`)
    if (!ok) {
      failures.push(`${name} on ${plural(count)}`)
      console.log(output.replace(/^/gm, '    | '))
    }
    timedPart = /timed part: (.*)/.exec(output)?.[1] ?? timedPart
    rows.push([
      name,
      String(count),
      ok ? `${claim}: yes` : `FAILED, exit code ${code}`,
      /time ([\d.]+) s/.exec(output)?.[1] ?? '-',
      seconds.toFixed(1),
      ...[total && total.readFaults + total.writeFaults, total?.messages, total && total.bytes / 1000].map((number) =>
        number === undefined ? '-' : thousands(number),
      ),
    ])
  }
}

const head = ['program', 'processes', 'result', 'time s', 'wall s', 'faults', 'messages', 'kilobytes']
const leftAligned = new Set([0, 2])
const widths = head.map((title, i) => Math.max(...[head, ...rows].map((row) => row[i].length), title.length))
const printRow = (row) =>
  console.log(row.map((cell, i) => (leftAligned.has(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
console.log('')
printRow(head)
printRow(widths.map((width) => '─'.repeat(width)))
for (const row of rows) printRow(row)

console.log(`
time: the program's own, of its parallel part; wall: with start-up and checks, on ${availableParallelism()} cores.
sor's counts include process 0 fetching the whole plate to check it.`)
if (timedPart !== undefined) console.log(`Its timed iterations alone, on ${plural(counts.at(-1))}: ${timedPart}.`)

if (failures.length > 0) {
  console.log(`\nFAILED: ${failures.join(', ')}`)
  process.exitCode = 1
} else {
  console.log(`
The plate after 100 iterations: ${picture}
Next: read examples/sor.ts, then try
  npx treadmarks run -n 4 --stats examples/sor.ts --start nonzero
  npx treadmarks run -n 8 --label examples/tsp.ts examples/tsplib/gr21.tsp`)
}
