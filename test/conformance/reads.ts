/**
 * What a program reads: the memory model, one way of handing on at a time, so that a protocol that breaks one is told
 * which. The last ones are programs that are drawn at random.
 */
import assert from 'node:assert/strict'
import { Checker } from '../../src/check/checker.js'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { pageId } from '../../src/core/ids.js'
import { PageState } from '../../src/core/memory.js'
import { draw, type Kind } from '../../src/lab/swarm/draw.js'
import { tell } from '../../src/lab/swarm/story.js'
import { write } from '../../src/lab/swarm/workload.js'
import type { Operation } from '../../src/sim/operation.js'
import { World } from '../../src/sim/world.js'
import {
  acquire,
  at,
  barrier,
  load,
  locked,
  numbers,
  PAGE,
  PAGES,
  plays,
  poll,
  programOf,
  release,
  store,
} from './play.js'
import type { Property } from './property.js'

const SIZES = [2, 3, 5]

function memoryIsZero(protocol: CoherenceFactory): void {
  const look = numbers(PAGES * PAGE).map(load)
  plays(
    protocol,
    { nodes: 3 },
    programOf(3, (proc) => [...look, barrier, ...locked(proc, ...look), barrier, ...look]),
  )
}

/** Every process writes each page, so that notices, and whole pages, come while its own writes are there. */
function ownStoresStay(protocol: CoherenceFactory): void {
  const rounds = numbers(8)
  for (const nodes of SIZES) {
    const own = (proc: number, round: number): Operation[] =>
      numbers(PAGES).flatMap((page) => [store(at(page, proc), round + 1), load(at(page, proc))])
    const look = (proc: number): Operation[] => numbers(PAGES).map((page) => load(at(page, proc)))
    plays(
      protocol,
      { nodes },
      programOf(nodes, (proc) =>
        rounds.flatMap((round) => [
          ...own(proc, round),
          ...locked(round % 2, ...look(proc)),
          ...(round % 3 === 2 ? [barrier] : []),
          ...look(proc),
        ]),
      ),
    )
  }
}

function locksHandOn(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const section = (proc: number, round: number): Operation[] =>
      numbers(PAGES).flatMap((page) => [load(at(page, 7)), store(at(page, 7), 1 + ((proc * 16 + round) % 255))])
    plays(
      protocol,
      { nodes },
      programOf(nodes, (proc) => numbers(6).flatMap((round) => locked(0, ...section(proc, round)))),
    )
  }
}

/** In each round another process writes, and all read. */
function barriersHandOn(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const look = numbers(PAGES).flatMap((page) => [load(at(page, 3)), load(at(page, 40))])
    const rounds = numbers(2 * nodes)
    plays(
      protocol,
      { nodes },
      programOf(nodes, (proc) =>
        rounds.flatMap((round) => [
          ...(round % nodes === proc
            ? numbers(PAGES).flatMap((page) => [store(at(page, 3), round + 1), store(at(page, 40), 100 + round)])
            : []),
          barrier,
          ...look,
          barrier,
        ]),
      ),
    )
  }
}

/** 0 writes, then tells 1 under one lock; 1 tells 2 under another, and so on. No lock guards what was written. */
function orderIsTransitive(protocol: CoherenceFactory): void {
  for (const nodes of [3, 5]) {
    const flag = (proc: number): number => at(3, proc)
    const data = [at(0, 5), at(1, 6), at(2, 7)]
    for (const warm of [false, true]) {
      plays(
        protocol,
        { nodes },
        programOf(nodes, (proc) => [
          ...(warm ? [...data.map(load), barrier] : []),
          ...(proc === 0 ? data.map((address) => store(address, 9)) : [poll(proc - 1, flag(proc - 1), 1)]),
          ...(proc === nodes - 1 ? data.map(load) : locked(proc, store(flag(proc), 1))),
        ]),
      )
    }
  }
}

/** Each process has bytes of its own on one page, and a lock of its own; in between all look, one lock after the other. */
function falseSharingUnderLocks(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const own = (proc: number): number[] => [at(1, proc), at(1, 20 + proc), at(1, 40 + 2 * proc)]
    plays(
      protocol,
      { nodes },
      programOf(nodes, (proc) => [
        ...numbers(6).flatMap((round) => [
          ...locked(proc, ...own(proc).flatMap((address) => [load(address), store(address, 10 * round + proc + 1)])),
          ...locked((proc + 1) % nodes, ...own((proc + 1) % nodes).map(load)),
        ]),
        barrier,
        ...numbers(nodes).flatMap((other) => own(other).map(load)),
      ]),
    )
  }
}

function falseSharingBetweenBarriers(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const own = (proc: number): number[] => [at(1, proc), at(1, 20 + proc), at(2, proc)]
    plays(
      protocol,
      { nodes },
      programOf(nodes, (proc) =>
        numbers(6).flatMap((round) => [
          ...own(proc).map((address) => store(address, 10 * round + proc + 1)),
          barrier,
          ...numbers(nodes).flatMap((other) => own(other).map(load)),
          barrier,
        ]),
      ),
    )
  }
}

function conditionsHandOn(protocol: CoherenceFactory): void {
  const flag = at(2, 9)
  const data = [at(0, 1), at(1, 1), at(2, 1)]
  for (const nodes of [2, 4]) {
    for (const wake of ['signal', 'broadcast'] as const) {
      plays(
        protocol,
        { nodes },
        programOf(nodes, (proc) =>
          proc === 0
            ? [
                ...data.map((address) => store(address, 77)),
                ...locked(
                  0,
                  store(flag, 1),
                  ...numbers(nodes).map((): Operation => ({ type: wake, lock: 0, cond: 4 })),
                ),
              ]
            : [...locked(0, { type: 'await', lock: 0, cond: 4, address: flag, value: 1 }), ...data.map(load)],
        ),
      )
    }
  }
}

/**
 * Blocks go round: each process writes one, frees it, and gets one that others have had. It must be zero, and what is
 * written to it must last when the lock brings news of those who had it before.
 */
function freedMemoryIsHandedOn(protocol: CoherenceFactory): void {
  const offsets = [0, 9, 17]
  const look = (block: number): Operation[] => offsets.map((offset) => ({ type: 'loadBlock', block, offset }))
  const fill = (block: number, value: number): Operation[] =>
    offsets.slice(1).map((offset) => ({ type: 'storeBlock', block, offset, value }))
  for (const nodes of [2, 4]) {
    const program = programOf(nodes, (proc) =>
      numbers(8).flatMap((block): Operation[] => [
        { type: 'malloc', block, bytes: 24 },
        ...look(block),
        ...fill(block, 1 + proc + 10 * block),
        ...locked(1),
        ...look(block),
        { type: 'free', block },
        ...locked(1),
      ]),
    )
    plays(protocol, { nodes }, program)
  }
}

function collectiveCallsHandOn(protocol: CoherenceFactory): void {
  const nodes = 3
  const calls: readonly Operation[] = [
    { type: 'distribute', value: 5 },
    { type: 'alloc', bytes: 8 },
  ]
  const data = [at(1, 1), at(2, 2), at(3, 3)]
  plays(
    protocol,
    { nodes },
    programOf(nodes, (proc) =>
      numbers(6).flatMap((round) => [
        ...(round % nodes === proc ? data.map((address) => store(address, round + 1)) : []),
        calls[round % 2] as Operation,
        ...data.map(load),
        barrier,
      ]),
    ),
  )
}

function threadsShare(protocol: CoherenceFactory): void {
  const [nodes, threads] = [2, 3]
  const procs = nodes * threads
  plays(
    protocol,
    { nodes, threads },
    programOf(procs, (proc) =>
      numbers(4).flatMap((round) => [
        store(at(1, proc), round * 10 + 1),
        ...locked(0, load(at(0, 0)), store(at(0, 0), 1 + round * procs + proc)),
        ...locked(1 + (proc % 2), load(at(2, proc % 2)), store(at(2, proc % 2), 1 + round * procs + proc)),
        barrier,
        ...numbers(procs).map((other) => load(at(1, other))),
        barrier,
      ]),
    ),
  )
}

/** All write and read a few bytes without any order; each value stands for one write. */
function nothingOutOfThinAir(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const bytes = [at(0, 0), at(0, 1), at(1, 8)]
    const value = (proc: number, round: number): number => 1 + proc * 40 + round
    plays(
      protocol,
      { nodes, racy: true },
      programOf(nodes, (proc) =>
        numbers(30).flatMap((round): Operation[] => {
          const address = bytes[(proc + round) % bytes.length] as number
          if (round % 10 === 9) return [acquire(round % 3), load(address), release(round % 3)]
          return round % 3 === 0 ? [store(address, value(proc, round))] : [load(address)]
        }),
      ),
    )
  }
}

function copiesAgree(protocol: CoherenceFactory): void {
  for (const nodes of SIZES) {
    const own = (proc: number): number[] => numbers(PAGES).map((page) => at(page, 5 * proc + page))
    const program = programOf(nodes, (proc) => [
      ...numbers(4).flatMap((round) => [
        ...own(proc).map((address) => store(address, 20 * round + proc + 1)),
        ...locked(0, load(at(0, 60)), store(at(0, 60), 1 + ((proc + round * nodes) % 255))),
        barrier,
      ]),
      ...numbers(PAGES * PAGE).map(load),
    ])
    plays(protocol, { nodes }, program, (world) => {
      const readable = (node: (typeof world.nodes)[number], page: number): boolean => {
        const state = node.memory.state(pageId(page))
        return state !== PageState.INVALID && state !== PageState.FETCHING
      }
      for (const page of numbers(PAGES)) {
        const copies = world.nodes
          .filter((node) => readable(node, page))
          .map(({ memory }) => Buffer.from(memory.bytes.subarray(page * PAGE, (page + 1) * PAGE)).toString('hex'))
        assert.equal(
          new Set(copies).size,
          1,
          `page ${page} of ${nodes} nodes has ${copies.length} copies:\n${copies.join('\n')}`,
        )
      }
    })
  }
}

/** The draws of `npm run sim`, small ones. Connections may be cut there: then a run is given up. */
const drawn =
  (kind: Kind, sequential = false) =>
  (protocol: CoherenceFactory): void => {
    let finished = 0
    for (const seed of numbers(DRAWS)) {
      const one = draw(seed + 1, kind, DRAWN_OPERATIONS)
      const { nodes, threads, pages, pageBytes, plan } = one.setup
      const program = tell(write(seed + 1, one), nodes * threads)
      const checker = new Checker(nodes * threads, pages * pageBytes, { raceFree: kind === 'race-free', sequential })
      const { end, why } = new World(
        { nodes, threads, pages, pageBytes, coherence: protocol },
        plan,
        program,
        checker,
      ).run()
      assert.notEqual(end, 'hang', `${kind} seed ${seed + 1}: ${why}`)
      if (end === 'finished') finished++
    }
    assert.ok(finished > 0.8 * DRAWS, `${finished} of ${DRAWS} finished`)
  }

const DRAWS = 25
const DRAWN_OPERATIONS = 500

const subject = 'what a program reads'
export const reads: readonly Property[] = [
  { subject, name: 'memory is zero until somebody writes it', experiment: memoryIsZero },
  { subject, name: 'a process sees its own stores, whatever others do to the page', experiment: ownStoresStay },
  { subject, name: 'a lock hands on what was written', experiment: locksHandOn },
  { subject, name: 'a barrier hands on what was written', experiment: barriersHandOn },
  { subject, name: 'order goes on through a third process', experiment: orderIsTransitive },
  { subject, name: 'writers of one page under different locks lose nothing', experiment: falseSharingUnderLocks },
  { subject, name: 'writers of one page between barriers lose nothing', experiment: falseSharingBetweenBarriers },
  { subject, name: 'a condition variable hands on what was written', experiment: conditionsHandOn },
  { subject, name: 'memory that is freed comes to the next owner as zeros', experiment: freedMemoryIsHandedOn },
  { subject, name: 'alloc and distribute hand on what was written', experiment: collectiveCallsHandOn },
  { subject, name: 'several threads of a node see what any node hands on', experiment: threadsShare },
  { subject, name: 'a read without order sees a value that somebody wrote', experiment: nothingOutOfThinAir },
  { subject, name: 'after a barrier all copies agree', experiment: copiesAgree },
  { subject, name: 'race-free programs from seeds read the one right value', experiment: drawn('race-free') },
  { subject, name: 'racy programs from seeds read a value that is allowed', experiment: drawn('racy') },
  { subject, name: 'racy programs from seeds read the last store', experiment: drawn('racy', true) },
]
