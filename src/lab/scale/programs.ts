/**
 * Three ways of sharing memory, as programs for any number of nodes with one process each. What a process does
 * to its own part does not grow with the cluster, so that what does grow is the price of being many: neighbours
 * share borders, one record moves about behind a lock, and everybody looks at what everybody has written.
 */
import type { Operation, Program } from '../../sim/operation.js'

export interface ScaleProgram {
  readonly name: ProgramName
  /** What each process does, for people. */
  readonly about: string
  readonly pages: number
  readonly pageBytes: number
  readonly operations: Program
}

export type ProgramName = 'sor' | 'lock' | 'all'

export const programs: Readonly<Record<ProgramName, (nodes: number) => ScaleProgram>> = { sor, lock, all }

/** Red-black over-relaxation: a band is a page, as the rows of Keleher 1994 are whole pages. */
const ROWS = 4
const COLUMNS = 64
const HALF_ITERATIONS = 6

/**
 * A process owns a band of rows. In each half of an iteration it loads the bytes of one colour in the rows next to
 * its band, stores those of the other colour in its own rows, and meets the others.
 */
function sor(nodes: number): ScaleProgram {
  const pageBytes = ROWS * COLUMNS
  const address = (row: number, column: number): number => row * COLUMNS + column
  const operations = processes(nodes, (proc) => {
    const first = proc * ROWS
    const borders = [first - 1, first + ROWS].filter((row) => row >= 0 && row < nodes * ROWS)
    const own = Array.from({ length: ROWS }, (_, i) => first + i)
    return repeat(HALF_ITERATIONS, (half) => {
      const columns = Array.from({ length: COLUMNS / 2 }, (_, i) => 2 * i + (half % 2))
      // The neighbours store the same colour as this process now, and the other one not until all have met.
      const loads = borders.flatMap((row) => columns.map((column) => load(address(row, column ^ 1))))
      const stores = own.flatMap((row) =>
        columns.map((column) => store(address(row, column), 1 + ((row + 3 * column + 5 * half) % 255))),
      )
      return [...loads, ...stores, barrier(half)]
    })
  })
  const about = `${HALF_ITERATIONS} half-iterations on ${ROWS} rows of ${COLUMNS} bytes each, a barrier after each`
  return { name: 'sor', about, pages: nodes, pageBytes, operations }
}

const TENURES = 3
const RECORD_BYTES = 8

/** One record behind one lock: who has the lock reads what the last one left, and leaves its own name and turn. */
function lock(nodes: number): ScaleProgram {
  const record = Array.from({ length: RECORD_BYTES }, (_, i) => i)
  const operations = processes(nodes, (proc) =>
    repeat(TENURES, (turn) => [
      { type: 'acquire', lock: 0 },
      ...record.map(load),
      ...record.map((address) => store(address, nameByte(proc, turn, address))),
      { type: 'release', lock: 0 },
    ]),
  )
  const about = `takes one lock ${TENURES} times, reads a record of ${RECORD_BYTES} bytes and writes it`
  return { name: 'lock', about, pages: 1, pageBytes: 256, operations }
}

/** The record's bytes are the digits of the process's number and turn, so that no two that follow each other are equal. */
const nameByte = (proc: number, turn: number, digit: number): number =>
  digit < 4 ? Math.floor(proc / 8 ** digit) % 8 : turn + digit

const ROUNDS = 2
const PART_BYTES = 8
const PARTS_ON_A_PAGE = 16

/** A process writes its part of a region, sixteen parts to a page, and after a barrier loads a byte of every part. */
function all(nodes: number): ScaleProgram {
  const pageBytes = PART_BYTES * PARTS_ON_A_PAGE
  const bytes = Array.from({ length: PART_BYTES }, (_, i) => i)
  const operations = processes(nodes, (proc) =>
    repeat(ROUNDS, (round) => [
      ...bytes.map((byte) => store(proc * PART_BYTES + byte, 1 + ((proc + byte + 7 * round) % 255))),
      barrier(2 * round),
      // From itself on, or all would ask the same writers at the same time.
      ...Array.from({ length: nodes }, (_, i) =>
        load(((proc + i) % nodes) * PART_BYTES + ((proc + round) % PART_BYTES)),
      ),
      barrier(2 * round + 1),
    ]),
  )
  const about = `${ROUNDS} rounds: writes its ${PART_BYTES} bytes, reads a byte of everybody's; two barriers each`
  return { name: 'all', about, pages: Math.ceil(nodes / PARTS_ON_A_PAGE), pageBytes, operations }
}

const load = (address: number): Operation => ({ type: 'load', address })
const store = (address: number, value: number): Operation => ({ type: 'store', address, value })
const barrier = (id: number): Operation => ({ type: 'barrier', id })

const processes = (nodes: number, program: (proc: number) => Operation[]): Program =>
  Array.from({ length: nodes }, (_, proc) => program(proc))

const repeat = (times: number, part: (turn: number) => Operation[]): Operation[] =>
  Array.from({ length: times }, (_, turn) => part(turn)).flat()
