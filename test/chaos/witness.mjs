/**
 * The program of the chaos runs. Every byte that it shares follows from the seed: after each barrier each process
 * checks all of them against what it worked out in private memory, and prints what they add up to, so that any line
 * of output is right or wrong by itself. Where the plan says so a process wounds itself, at a known point of its
 * work. Run without the launcher it does everybody's work, and prints what each process of a run must print.
 */
import * as tm from 'treadmarks'

const [seed, rounds, size] = process.argv.slice(2, 5).map(Number)
/** Of the form { process, round, point, signal }. */
const wounds = JSON.parse(process.argv[5] ?? '[]')
const { procId: me, nprocs: n } = tm

const LOCKS = 3
/** In each round: additions under a lock, and blocks of memory that change hands. */
const JOBS = 12
const BLOCKS = 5
const MAX_BLOCK_BYTES = 3000

const bytes = tm.alloc(Uint8Array, size)
const total = tm.alloc(Uint32Array, LOCKS)
const addresses = tm.alloc(Float64Array, BLOCKS)
// On a page of its own: the two halves of a critical section touch different pages.
const double = tm.alloc(Uint32Array, LOCKS, { align: tm.pageSize })
const expected = { bytes: new Uint8Array(size), total: new Uint32Array(LOCKS) }
let sum = 2166136261

const say = (what) => console.log(`${me} ${what}`)

/** A number that is as good as random, from the seed, what it is for, the round and the place. */
function mix(what, round, i) {
  let h = Math.imul(seed ^ Math.imul(what, 0x9e3779b1), 0x85ebca6b) ^ round
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ i
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

/** A point may come several times in a round; the first time counts. */
const done = new Set()

function at(round, point) {
  for (const [i, wound] of wounds.entries()) {
    if (wound.process !== me || wound.round !== round || wound.point !== point || done.has(i)) continue
    done.add(i)
    say(`wound ${i}`)
    process.kill(process.pid, wound.signal)
  }
}

function check(found, wanted, what) {
  if (found !== wanted) throw new Error(`WRONG: ${what} is ${found} and must be ${wanted}`)
}

function add(value, what, wanted) {
  check(value, wanted, what)
  sum = Math.imul(sum ^ value, 16777619)
}

/** Three bytes of four are written anew, each by anybody: neighbours belong to different processes. */
function writeBytes(round) {
  for (let i = 0; i < size; i++) {
    if (i === size >> 1) at(round, 'writing')
    const h = mix(1, round, i)
    if ((h & 3) === 0) continue
    const value = (h >>> 2) & 0xff
    expected.bytes[i] = value
    if ((h >>> 10) % n === me) bytes[i] = value
  }
}

function addUp(round) {
  for (let job = 0; job < JOBS; job++) {
    const h = mix(2, round, job)
    const lock = h % LOCKS
    const amount = (h >>> 8) & 0xffff
    expected.total[lock] += amount
    if ((job + round) % n !== me) continue
    tm.withLock(lock, () => {
      check(double[lock], 2 * total[lock], `double[${lock}]`)
      total[lock] += amount
      at(round, 'locked')
      double[lock] += 2 * amount
    })
  }
}

const blockByte = (h, i) => (h + 31 * i) & 0xff
const blockBytes = (h) => 1 + (h % MAX_BLOCK_BYTES)

function fillBlocks(round) {
  for (let k = 0; k < BLOCKS; k++) {
    if ((k + round) % n !== me) continue
    const h = mix(3, round, k)
    const address = tm.malloc(blockBytes(h))
    const block = tm.view(Uint8Array, address, blockBytes(h))
    at(round, 'allocated')
    for (let i = 0; i < block.length; i++) {
      check(block[i], 0, `byte ${i} of a new block`)
      block[i] = blockByte(h, i)
    }
    addresses[k] = address
  }
}

/** Where the blocks are: read while nobody writes it. */
function checkAll(round) {
  for (let i = 0; i < size; i++) {
    if (i === size >> 1) at(round, 'checking')
    add(bytes[i], `bytes[${i}]`, expected.bytes[i])
  }
  for (let lock = 0; lock < LOCKS; lock++) {
    add(total[lock], `total[${lock}]`, expected.total[lock])
    add(double[lock], `double[${lock}]`, (2 * expected.total[lock]) >>> 0)
  }
  for (let k = 0; k < BLOCKS; k++) {
    const h = mix(3, round, k)
    const block = tm.view(Uint8Array, addresses[k], blockBytes(h))
    for (let i = 0; i < block.length; i++) add(block[i], `byte ${i} of block ${k}`, blockByte(h, i))
  }
  return Array.from(addresses)
}

for (let round = 1; round <= rounds; round++) {
  say(`round ${round} pid ${process.pid}`)
  writeBytes(round)
  addUp(round)
  fillBlocks(round)
  at(round, 'before the barrier')
  tm.barrier(1)
  const blocks = checkAll(round)
  say(`checked ${round} ${(sum >>> 0).toString(16)}`)
  tm.barrier(2)
  at(round, 'freeing')
  // Not by whom it was allocated.
  for (const [k, address] of blocks.entries()) if ((k + round + 1) % n === me) tm.free(address)
}
say('done')
