/**
 * Heat spreading on a plate by red-black successive over-relaxation: the whole plate lies in shared memory, each
 * process computes a block of rows, and barriers are all the synchronisation there is. Nobody sends a row to a
 * neighbour: a process reads the rows next to its block, and the pages that changed come when it touches them.
 *
 *   npx treadmarks run -n 4 examples/sor.ts --check --start tread --png out/sor.png
 */
import * as tm from 'treadmarks'
import { parseArgs, processes, readArguments, UsageError, wholeNumber } from './lib/arguments.js'
import { pictureSize, renderRows, writePng } from './lib/picture.js'
import { BLACK, blockOf, digest, initialise, type Plate, RED, relax, starts } from './lib/sor.js'

const usage = `usage: sor.ts [--rows 1024] [--cols 3072] [--iterations 100] [--start ${starts.join('|')}]
              [--png FILE] [--check] [--quiet]`

const options = readArguments(usage, () => {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1024' },
      cols: { type: 'string', default: '3072' },
      iterations: { type: 'string', default: '100' },
      start: { type: 'string', default: 'zero' },
      png: { type: 'string' },
      check: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  })
  const start = starts.find((name) => name === values.start)
  if (start === undefined) throw new UsageError(`--start is one of ${starts.join(', ')}, not '${values.start}'`)
  const plate: Plate = { rows: wholeNumber('rows', values.rows, 3), cols: wholeNumber('cols', values.cols, 4) }
  if (plate.cols % 2 !== 0) throw new UsageError('--cols must be even: half of each row is red, half black')
  return { ...values, plate, start, iterations: wholeNumber('iterations', values.iterations, 1) }
})
const { plate, start, iterations } = options
const half = plate.cols / 2
const say = (line: string): void => {
  if (tm.procId === 0 && !options.quiet) console.log(line)
}

// The same two arrays in every process, on pages of their own, all zeros.
const red = tm.alloc(Float32Array, plate.rows * half, { name: 'red' })
const black = tm.alloc(Float32Array, plate.rows * half, { name: 'black' })

// Each process sets up its own rows and so is the first to have their pages. A page that nobody has written is
// zero everywhere without a single message, which is why `initialise` leaves the zeros alone.
const [from, to] = blockOf(plate.rows, tm.procId, tm.nprocs)
initialise(red, black, plate, from, to, start)
tm.barrier()

// Rows from-1 and to belong to the neighbours. The barrier after each half is what makes their new values
// visible here, and what keeps a process from overwriting cells that a neighbour still has to read.
function iterate(): void {
  relax(red, black, RED, plate, from, to)
  tm.barrier()
  relax(black, red, BLACK, plate, from, to)
  tm.barrier()
}

iterate() // the first iteration warms up, and is not timed
const before = tm.stats()
const began = performance.now()
for (let i = 1; i < iterations; i++) iterate()
const seconds = (performance.now() - began) / 1000
const after = tm.stats()

// The digest of the result must be the same for any number of processes, and should not make process 0 fetch
// the whole plate: each process sums up its own rows, and only those sums are read by another.
const sums = tm.alloc(Uint32Array, plate.rows * 2, { name: 'sums' })
const redWords = tm.view(Uint32Array, red.byteOffset, red.length)
const blackWords = tm.view(Uint32Array, black.byteOffset, black.length)
for (let row = from; row < to; row++) {
  sums[row * 2] = digest(redWords, row * half, (row + 1) * half)
  sums[row * 2 + 1] = digest(blackWords, row * half, (row + 1) * half)
}

// What the timed iterations cost, gathered the same way: a slot for each process, and a barrier before reading.
const counted = ['readFaults', 'writeFaults', 'messages', 'bytes'] as const
const costs = tm.alloc(Float64Array, tm.nprocs * counted.length, { name: 'costs' })
counted.forEach((name, i) => {
  costs[tm.procId * counted.length + i] = after[name] - before[name]
})

// The picture, too, is made where the rows are.
const { width, height } = pictureSize(plate)
const pixels = options.png === undefined ? undefined : tm.alloc(Uint8Array, width * height, { name: 'pixels' })
if (pixels !== undefined) {
  const [top, bottom] = blockOf(height, tm.procId, tm.nprocs)
  renderRows(pixels, red, black, plate, top, bottom)
}
tm.barrier()

if (tm.procId === 0) {
  const total = (i: number): number => {
    let sum = 0
    for (let id = 0; id < tm.nprocs; id++) sum += costs[id * counted.length + i] as number
    return sum / (tm.nprocs / tm.nodeCount) // counters are a node's, and each of its processes has given them
  }
  const hex = digest(sums, 0, sums.length).toString(16).padStart(8, '0')
  const shape = `${plate.rows}x${plate.cols}, ${iterations} iterations, ${processes}`
  console.log(`sor ${shape}: digest ${hex}, time ${seconds.toFixed(3)} s`)
  say(`timed part: ${total(0) + total(1)} faults, ${total(2)} messages, ${Math.round(total(3) / 1000)} kilobytes`)

  if (options.png !== undefined && pixels !== undefined) {
    // Files are written by the operating system, which takes no page faults for us: give it a private copy.
    writePng(options.png, Uint8Array.from(pixels), plate)
    say(`picture: ${options.png} (${width}x${height})`)
  }
  if (options.check) check()
}

/** Runs the sequential program on private arrays and compares every byte; this fetches the whole plate. */
function check(): void {
  const privateRed = new Float32Array(red.length)
  const privateBlack = new Float32Array(black.length)
  initialise(privateRed, privateBlack, plate, 0, plate.rows, start)
  let began = 0
  for (let i = 0; i < iterations; i++) {
    if (i === 1) began = performance.now()
    relax(privateRed, privateBlack, RED, plate, 0, plate.rows)
    relax(privateBlack, privateRed, BLACK, plate, 0, plate.rows)
  }
  const seconds = iterations > 1 ? (performance.now() - began) / 1000 : 0

  const words = new Uint32Array(privateRed.buffer)
  const otherWords = new Uint32Array(privateBlack.buffer)
  const differs = words.findIndex((word, i) => word !== redWords[i])
  const otherDiffers = otherWords.findIndex((word, i) => word !== blackWords[i])
  if (differs < 0 && otherDiffers < 0) {
    console.log(`check: bit for bit equal to the sequential program (${seconds.toFixed(3)} s)`)
    return
  }
  const [colour, i, is, was] =
    differs >= 0
      ? ['red', differs, red[differs], privateRed[differs]]
      : ['black', otherDiffers, black[otherDiffers], privateBlack[otherDiffers]]
  console.error(`check: WRONG: ${colour} cell ${i % half} of row ${Math.floor(i / half)} is ${is}, sequentially ${was}`)
  tm.exit(1)
}
