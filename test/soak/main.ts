/**
 * `npm run soak -- --only programs`: runs of test/soak/program.ts, one after the other, and a look at what grows: in a
 * run descriptors, threads and memory of each process, between runs those of this one, which starts them. Memory may
 * grow by what the protocol keeps, which is printed, and by a margin for the garbage collector of V8.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Command, type Given, run } from '../../src/lab/command-line.js'
import { growth, type Look, MARGIN_BYTES } from './growth.js'

const command: Command = {
  name: 'soak -- --only programs',
  about: 'Runs over-relaxation and the travelling salesman in a loop and looks at what grows.',
  options: {
    seconds: { value: 'N', least: 1, help: 'how long all runs together may take to begin (default 120)' },
    lap: { value: 'N', least: 1, help: 'how long each run lasts, seconds (default 60)' },
    nodes: { value: 'N', least: 1, most: 16, help: 'processes of each run (default 2)' },
  },
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

async function main(given: Given): Promise<number> {
  const end = performance.now() + given.number('seconds', 120) * 1000
  const nodes = given.number('nodes', 2)
  let first: string | undefined
  let wrong = 0
  for (let number = 1; number === 1 || performance.now() < end; number++) {
    const { code, looks } = await once(nodes, given.number('lap', 60))
    const complaints = code === 0 ? growth(looks) : [`ended with ${code}`]
    const own = ownState()
    first ??= own
    if (own !== first) complaints.push(`after the first run the launching process had ${first}, now ${own}`)
    console.log(summary(number, looks))
    for (const complaint of complaints) console.log(`  WRONG: ${complaint}`)
    wrong += complaints.length
  }
  return wrong === 0 ? 0 : 1
}

function once(nodes: number, seconds: number): Promise<{ code: number | null; looks: Look[] }> {
  return new Promise((resolve, reject) => {
    const args = [path('../../bin/treadmarks.js'), 'run', '-n', String(nodes), path('./program.ts'), String(seconds)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => {
      const lines = text.split('\n').filter((line) => line !== '')
      resolve({ code, looks: lines.map((line) => JSON.parse(line) as Look) })
    })
  })
}

/** Descriptors and children of this process. */
function ownState(): string {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid)
  return `${readdirSync('/proc/self/fd').length} descriptors and ${children.length} children`
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    // It has just ended.
    return -1
  }
}

function summary(number: number, looks: readonly Look[]): string {
  const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1)
  const last = looks.filter(({ process, lap }) => !looks.some((other) => other.process === process && other.lap > lap))
  const each = last.map((look) => {
    const kept = `keeps ${look.keptIntervals} intervals, ${look.keptNotices} notices, ${mib(look.keptDiffBytes)} MiB in ${look.keptDiffs} diffs`
    return `  process ${look.process}: ${look.lap} laps, ${look.descriptors} descriptors, ${look.threads} threads, ${mib(look.memory)} MiB; ${kept}`
  })
  return [`run ${number} (margin ${mib(MARGIN_BYTES)} MiB)`, ...each].join('\n')
}

await run(command, process.argv.slice(2), main)
