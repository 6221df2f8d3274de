/**
 * The transform with messages: what one process has for another, its rows of all planes of the one, is one message.
 * They are put together in the order in which the receiver wants them, so he has nothing to do but to store them.
 */
import * as tm from 'treadmarks'
import { blockOf } from '../lib/blocks.js'
import { gatherTo0, receiveNumbers, sendNumbers } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { fft, momentsLength, planeLength, resultOf, rowLength, sumsLength, UNTIMED } from './fft.js'
import { type Rows, Slab } from './slab.js'

const choice = chosen(fft, 'messages')
const { problem } = choice
const [from, to] = blockOf(problem.side, tm.procId, tm.nprocs)
const slab = new Slab(problem, from, to)
const plane = planeLength(problem)
const planes = new Float64Array((to - from) * plane)

/** Doubles of the rows of one process in one plane, and of those in all planes of one process. */
const part = (to - from) * rowLength(problem)
const parcel = (to - from) * part
const outgoing = new Float64Array(parcel)
const incoming = new Float64Array(tm.nprocs * parcel)
const rows: Rows = { numbers: incoming, step: part }

/** Each begins with its neighbour, so that not all send to one at once. */
function exchange(): void {
  for (let ahead = 1; ahead < tm.nprocs; ahead++) {
    const proc = (tm.procId + ahead) % tm.nprocs
    pack(proc, outgoing)
    sendNumbers(proc, outgoing)
  }
  pack(tm.procId, parcelOf(tm.procId))
  for (let behind = 1; behind < tm.nprocs; behind++) {
    const proc = (tm.procId - behind + tm.nprocs) % tm.nprocs
    receiveNumbers(proc, parcelOf(proc))
  }
}

const parcelOf = (proc: number): Float64Array => incoming.subarray(proc * parcel, (proc + 1) * parcel)

/** The rows of a process, of all planes that are here. */
function pack(proc: number, into: Float64Array): void {
  for (let own = 0; own < to - from; own++) {
    const at = own * plane + proc * part
    into.set(planes.subarray(at, at + part), own * part)
  }
}

function solve(): void {
  slab.forwardInPlanes(planes)
  exchange()
  slab.forwardThroughPlanes(rows)
  for (let moment = 1; moment <= problem.iterations; moment++) {
    slab.backThroughPlanes(planes, moment)
    exchange()
    slab.backInPlanes(rows, moment)
  }
  sums.set(slab.sums, from * momentsLength(problem))
  gatherTo0(sums, (proc) => {
    const [first, end] = blockOf(problem.side, proc, tm.nprocs)
    return [first * momentsLength(problem), end * momentsLength(problem)]
  })
}

const sums = new Float64Array(sumsLength(problem))
for (let time = 0; time < UNTIMED; time++) {
  slab.start()
  solve()
}
slab.start()
const seconds = timed(solve)
if (tm.procId === 0) tell(fft, 'messages', choice, seconds, resultOf(problem, sums))
