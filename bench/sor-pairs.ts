/**
 * SOR on two processes beside two independent sequential runs of half the size: the same points computed, with
 * and without a shared memory between them. Interleaved in one run, because these machines are noisy; prints
 * each pair's ratio of throughputs, their median and spread.
 * `npm run bench -- [rounds] [iterations] [warm-up iterations] [options of treadmarks run]`
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.argv[2] ?? 11)
const iterations = Number(process.argv[3] ?? 1000)
/** Before the clock starts, alike on both sides: V8 takes a second or two to compile the service thread. */
const warmUp = Number(process.argv[4] ?? 1000)
const options = process.argv.slice(5)
const amounts = [String(iterations), String(warmUp)]
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Ms of the slower of two runs side by side. */
async function independent(): Promise<number> {
  const halves = [0, 1].map(() => fork(path('./sor-half.ts'), amounts, { execArgv: ['--import', 'tsx'] }))
  await Promise.all(halves.map(message))
  const times = halves.map(message)
  for (const half of halves) half.send('go')
  return Math.max(...(await Promise.all(times)).map(Number))
}

const message = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`sor-half.ts ended with ${code}`)))
  })

/** Ms of the same points on shared memory. */
function shared(): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = [path('../bin/treadmarks.js'), 'run', '-n', '2', ...options, path('./sor-shared.ts'), ...amounts]
    const run = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    run.stdout.on('data', (chunk) => {
      out += chunk
    })
    run.once('exit', (code) =>
      code === 0 ? resolve(Number(out)) : reject(new Error(`treadmarks run ended with ${code}`)),
    )
  })
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b)
const quantile = (numbers: readonly number[], q: number): number =>
  sorted(numbers)[Math.round((numbers.length - 1) * q)] as number
const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`

const ratios: number[] = []
console.log(`SOR 1024x3072, ${iterations} iterations after ${warmUp}, ${rounds} interleaved pairs`)
console.log('round   two halves   shared   throughput')
for (let round = 1; round <= rounds; round++) {
  // Whoever goes first changes, so that a drift of the machine falls on both.
  const times =
    round % 2 === 0 ? [await independent(), await shared()] : [await shared(), await independent()].reverse()
  const [halves, together] = times as [number, number]
  ratios.push(halves / together)
  const columns = [
    String(round).padStart(5),
    `${halves.toFixed(0)} ms`.padStart(12),
    `${together.toFixed(0)} ms`.padStart(8),
  ]
  console.log(`${columns.join(' ')}   ${percent(halves / together)}`)
}
const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => percent(quantile(ratios, q)))
console.log(`median ${middle} of the throughput of two independent halves; middle half of the pairs ${low} to ${high}`)
