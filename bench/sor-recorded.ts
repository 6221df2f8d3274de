/**
 * What recording costs: over-relaxation on two processes with --record and without, interleaved in pairs, because
 * these machines are noisy. Prints for each pair the time of the iterations and the processor time of the whole
 * run, which other programs on the machine disturb less; then medians and spread of the ratios, and the bytes.
 * `node --import tsx bench/sor-recorded.ts [rounds] [iterations] [start]`
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.argv[2] ?? 11)
const iterations = process.argv[3] ?? '1000'
const start = process.argv[4] ?? 'tread'
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Taken {
  /** Of the timed part of examples/sor.ts, s. */
  readonly elapsed: number
  /** Of launcher and nodes, s. */
  readonly processor: number
}

/** Processor time of the children that have ended, and of theirs, s: the kernel counts in hundredths. */
function childrenTime(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

function run(options: readonly string[]): Promise<Taken> {
  const before = childrenTime()
  return new Promise((resolve, reject) => {
    const program = [path('../examples/sor.ts'), '--iterations', iterations, '--start', start]
    const args = [path('../bin/treadmarks.js'), 'run', '-n', '2', ...options, ...program]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.once('close', (code) => {
      const time = /time ([\d.]+) s/.exec(out)?.[1]
      if (code === 0 && time !== undefined) resolve({ elapsed: Number(time), processor: childrenTime() - before })
      else reject(new Error(`treadmarks run ended with ${code}: ${out}`))
    })
  })
}

let bytes = 0
async function recorded(): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), 'treadmarks-recorded-'))
  try {
    const taken = await run(['--record', folder])
    bytes = readdirSync(folder).reduce((total, file) => total + statSync(join(folder, file)).size, 0)
    return taken
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const pairs: { readonly plain: Taken; readonly taped: Taken }[] = []
console.log(`SOR 1024x3072, ${iterations} iterations from '${start}', ${rounds} interleaved pairs`)
console.log('round    plain   recorded   processor   recorded')
for (let round = 1; round <= rounds; round++) {
  // Whoever goes first changes, so that a drift of the machine falls on both.
  const first = round % 2 === 0 ? await run([]) : undefined
  const taped = await recorded()
  const plain = first ?? (await run([]))
  pairs.push({ plain, taped })
  const columns = [plain.elapsed, taped.elapsed, plain.processor, taped.processor]
  console.log(`${round}`.padStart(5), columns.map((time) => `${time.toFixed(2)} s`.padStart(9)).join(' '))
}

const quantile = (numbers: readonly number[], q: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.round((numbers.length - 1) * q)] as number
for (const name of ['elapsed', 'processor'] as const) {
  const ratios = pairs.map(({ plain, taped }) => taped[name] / plain[name])
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q).toFixed(3))
  console.log(`${name}: × ${middle}, middle half of the pairs ${low} to ${high}`)
}
const elapsed = quantile(
  pairs.map(({ taped }) => taped.elapsed),
  0.5,
)
console.log(`${bytes} bytes recorded, ${(bytes / elapsed / 1e6).toFixed(1)} MB a second`)
