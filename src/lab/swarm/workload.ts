/**
 * Draws a program. Race-free ones give every byte a rule for each phase — a lock that guards it, a process that
 * owns it, a flag after which it may be read, or nobody writes it — with the bytes of different rules mixed on
 * each page, and keep to the rules. Racy ones access a few bytes from everywhere, with or without locks; there
 * no byte gets a value twice, so that a value tells which write was read.
 */
import type { Operation } from '../../sim/operation.js'
import { Random } from '../../sim/random.js'
import { dealByAllocations, LATE_PAGES, withLateAllocations } from '../deal.js'
import { blockPages, type Draw, MAX_BLOCK_BYTES } from './draw.js'
import type { Phase, Section, Story } from './story.js'

/** Bytes that all processes together read at the end, about, and each at most. */
const LAST_READS = 600
const MAX_LAST_READS = 150

/** How often accesses are a sweep over neighbours, and of how many bytes at most. */
const SWEEPS = 0.1
const LONGEST_SWEEP = 48

/** How many of the blocks are a page, which the allocator gives a page of its own. */
const LARGE = 0.05

interface Flag {
  readonly address: number
  readonly lock: number
  readonly cond: number
}

/** Where the program's bytes begin, and what gets them. */
interface Region {
  readonly base: number
  readonly prologue: Section
}

/** Who may do what with which bytes, for one phase. */
interface Rules {
  readonly byLock: readonly (readonly number[])[]
  readonly byProc: readonly (readonly number[])[]
  /** Written by the process that sets the flag, before; read by those who waited for it, after. */
  readonly byFlag: readonly (readonly number[])[]
  readonly readOnly: readonly number[]
}

export function write(seed: number, draw: Draw): Story {
  return new Writer(seed, new Random(seed, 3), draw).story()
}

class Writer {
  private readonly procs: number
  private readonly base: number
  private readonly prologue: Section
  private readonly size: number
  private readonly flags: readonly Flag[]
  private readonly hot: readonly number[]
  /** Racy programs: how often each byte was given a value. */
  private readonly given = new Map<number, number>()
  private nextBlock = 0

  constructor(
    private readonly seed: number,
    private readonly random: Random,
    private readonly draw: Draw,
  ) {
    const { setup, flavour, mixed } = draw
    this.procs = setup.nodes * setup.threads
    const late = mixed ? LATE_PAGES : 0
    const others = flavour.heap ? 1 + blockPages(this.procs, setup.pageBytes) + late : 0
    this.size = (setup.pages - others) * setup.pageBytes
    // A collective allocation of a page or more starts on the second page: the first holds address 0.
    const alone: Region = { base: setup.pageBytes, prologue: [{ type: 'alloc', bytes: this.size }] }
    const nowhere: Region = { base: 0, prologue: [] }
    const allocated = mixed ? dealByAllocations(seed, setup.protocol, setup.pages - others, setup) : alone
    const { base, prologue } = flavour.heap ? allocated : nowhere
    this.base = base
    this.prologue = prologue
    this.flags = this.drawFlags()
    this.hot = Array.from({ length: flavour.hotBytes }, () => this.address()).filter((a) => !this.isFlag(a))
  }

  story(): Story {
    const { flavour } = this.draw
    const phases: Phase[] = []
    const each = Math.max(1, Math.round(flavour.operations / (this.procs * flavour.phases)))
    for (let i = 0; i < flavour.phases; i++) phases.push(this.phase(i + 1, each))
    phases.push(this.lastReads())
    const { mixed, setup } = this.draw
    if (!mixed || !flavour.heap) return { prologue: this.prologue, phases }
    return { prologue: this.prologue, phases: withLateAllocations(this.seed, setup, phases) }
  }

  private phase(number: number, operationsEach: number): Phase {
    const rules = this.drawRules()
    const sections = Array.from({ length: this.procs }, () => [] as Section[])
    for (const [proc, list] of sections.entries()) {
      for (let written = 0; written < operationsEach; ) {
        const section = this.section(rules, proc)
        list.push(section)
        written += section.length
      }
    }
    // Where each process may put its next section for which, or in which, somebody waits.
    const from = sections.map(() => 0)
    this.insertFlags(number, rules, sections, from)
    this.insertParcels(sections, from)
    if (this.draw.flavour.heap) this.insertBlocks(sections)
    return sections
  }

  private section(rules: Rules, proc: number): Section {
    const { kind } = this.draw.setup
    if (kind === 'racy') return this.wild()
    const choice = this.random.fraction()
    if (choice < 0.5) return this.locked(rules)
    if (choice < 0.8) return this.accesses(rules.byProc[proc] as number[], this.draw.flavour.stores)
    if (choice < 0.95) return this.accesses(rules.readOnly, 0)
    return this.reacquire()
  }

  private locked({ byLock }: Rules): Section {
    const lock = this.random.below(byLock.length)
    const outer = this.accesses(byLock[lock] as number[], this.draw.flavour.stores)
    // Locks are nested in ascending order, or processes would wait for each other.
    const second = lock + 1 + this.random.below(3)
    const inner =
      second < byLock.length && this.random.chance(0.2)
        ? guarded(second, this.accesses([...(byLock[lock] as number[]), ...(byLock[second] as number[])], 0.5))
        : []
    const operations = [...outer, ...inner]
    return this.random.chance(this.draw.flavour.tries) ? tried(lock, operations) : guarded(lock, operations)
  }

  /** A lock that nobody else wants costs no message; that one that somebody wants is given away is tested so. */
  private reacquire(): Section {
    const lock = this.random.below(this.draw.flavour.locks)
    return Array.from({ length: this.random.between(2, 6) }, () => guarded(lock, [])).flat()
  }

  private wild(): Section {
    const { flavour } = this.draw
    const accesses: Operation[] = []
    for (let i = this.random.between(1, flavour.accesses); i > 0; i--) {
      const address = this.random.chance(0.9) && this.hot.length > 0 ? this.random.pick(this.hot) : this.address()
      if (this.isFlag(address)) continue
      const given = this.given.get(address) ?? 0
      if (this.random.chance(flavour.stores) && given < 255) {
        this.given.set(address, given + 1)
        accesses.push({ type: 'store', address, value: given + 1 })
      } else {
        accesses.push({ type: 'load', address })
      }
    }
    if (accesses.length === 0) return []
    if (!this.random.chance(0.5)) return accesses
    const lock = this.random.below(flavour.locks)
    return this.random.chance(flavour.tries) ? tried(lock, accesses) : guarded(lock, accesses)
  }

  private accesses(addresses: readonly number[], stores: number): Operation[] {
    if (addresses.length === 0) return []
    if (this.random.chance(SWEEPS)) return this.sweep(addresses, stores)
    const count = this.random.between(1, this.draw.flavour.accesses)
    return Array.from({ length: count }, () => this.access(this.random.pick(addresses), stores))
  }

  /** One after the other, as a loop over an array goes: so a diff gets long runs. */
  private sweep(addresses: readonly number[], stores: number): Operation[] {
    const from = this.random.below(addresses.length)
    const written = this.random.chance(stores) ? 1 : 0
    return addresses
      .slice(from, from + this.random.between(2, LONGEST_SWEEP))
      .map((address) => this.access(address, written))
  }

  private access(address: number, stores: number): Operation {
    return this.random.chance(stores)
      ? { type: 'store', address, value: this.random.between(1, 255) }
      : { type: 'load', address }
  }

  /** Each byte that is no flag gets its rule for this phase. */
  private drawRules(): Rules {
    const { flavour } = this.draw
    const lists = (n: number): number[][] => Array.from({ length: n }, () => [])
    const byLock = lists(flavour.locks)
    const byProc = lists(this.procs)
    const byFlag = lists(this.flags.length)
    const readOnly: number[] = []
    for (let first = this.base; first < this.base + this.size; first += flavour.grain) {
      const rule = this.random.fraction()
      let list = readOnly
      if (rule < 0.45) list = this.random.pick(byLock)
      else if (rule < 0.75) list = this.random.pick(byProc)
      else if (rule < 0.85 && byFlag.length > 0) list = this.random.pick(byFlag)
      for (let address = first; address < Math.min(first + flavour.grain, this.base + this.size); address++) {
        if (!this.isFlag(address)) list.push(address)
      }
    }
    return { byLock, byProc, byFlag, readOnly }
  }

  /**
   * One process sets each flag, some wait for it; those who wait come later in a drawn order than the one they
   * wait for, or they would wait for each other. Who has waited may read what was written before the flag was
   * set, by its setter or by those for whom that one had waited.
   */
  private insertFlags(value: number, rules: Rules, sections: Section[][], from: number[]): void {
    const order = this.random.shuffle(Array.from({ length: this.procs }, (_, i) => i))
    const known = sections.map(() => new Set<number>())
    for (const [f, flag] of this.flags.entries()) {
      const rank = this.random.below(this.procs)
      const setter = order[rank] as number
      const later = order.slice(rank + 1).filter(() => this.random.chance(0.4))
      const polled = this.random.chance(0.4)
      // As many signals as there may be sleepers, or one for all.
      const wakes = this.random.chance(0.5) ? later.map(() => 'signal' as const) : ['broadcast' as const]
      const written = this.draw.setup.kind === 'racy' ? [] : (rules.byFlag[f] as number[])
      const set: Operation[] = [{ type: 'store', address: flag.address, value }]
      if (!polled) set.push(...wakes.map((type) => ({ type, lock: flag.lock, cond: flag.cond })))
      insert(sections[setter] as Section[], from, setter, this.random, [
        ...this.accesses(written, 0.8),
        ...guarded(flag.lock, set),
      ])
      known[setter]?.add(f)
      for (const proc of later) {
        for (const one of known[setter] as Set<number>) known[proc]?.add(one)
        const waits: Operation[] = polled
          ? [{ type: 'poll', lock: flag.lock, address: flag.address, value, rests: !this.draw.flavour.spin }]
          : guarded(flag.lock, [{ type: 'await', ...flag, value }])
        const readable = [...(known[proc] as Set<number>)].flatMap((one) => rules.byFlag[one] as number[])
        const reads = this.draw.setup.kind === 'racy' ? [] : this.accesses(readable, 0)
        insert(sections[proc] as Section[], from, proc, this.random, [...waits, ...reads])
      }
    }
  }

  /**
   * Plain messages, from any process to any. Each process sends and receives in the order in which they are drawn, so
   * nobody waits for something that its sender has to wait for it to send.
   */
  private insertParcels(sections: Section[][], from: number[]): void {
    for (let left = this.draw.flavour.parcels; left > 0; left--) {
      const sender = this.random.below(this.procs)
      const receiver = this.random.below(this.procs)
      const value = this.random.between(1, 255)
      insert(sections[sender] as Section[], from, sender, this.random, [{ type: 'send', to: receiver, value }])
      insert(sections[receiver] as Section[], from, receiver, this.random, [{ type: 'recv', from: sender }])
    }
  }

  /** Memory that a process allocates, uses and frees, with other sections between; two blocks at a time at most. */
  private insertBlocks(sections: readonly Section[][]): void {
    const { pageBytes } = this.draw.setup
    for (const list of sections) {
      for (const chain of [this.random.below(4), this.random.below(4)]) {
        for (let at = 0, left = chain; left > 0; left--) {
          const block = this.nextBlock++
          const bytes = this.random.chance(LARGE) ? pageBytes : this.random.between(1, MAX_BLOCK_BYTES)
          const first: Section = [{ type: 'malloc', block, bytes }, ...this.uses(block, bytes)]
          const second: Section = [...this.uses(block, bytes), { type: 'free', block }]
          at = this.random.between(at, list.length)
          list.splice(at, 0, first)
          at = this.random.between(at + 1, list.length)
          list.splice(at, 0, second)
          at++
        }
      }
    }
  }

  private uses(block: number, bytes: number): Operation[] {
    return Array.from({ length: this.random.below(8) }, () => {
      const offset = this.random.below(bytes)
      return this.random.chance(0.4)
        ? { type: 'loadBlock', block, offset }
        : { type: 'storeBlock', block, offset, value: this.random.between(1, 255) }
    })
  }

  private lastReads(): Phase {
    const all = Array.from({ length: this.size }, (_, i) => this.base + i)
    const each = Math.min(MAX_LAST_READS, Math.ceil(LAST_READS / this.procs))
    return Array.from({ length: this.procs }, () => {
      const some = all.length <= each ? all : this.random.shuffle([...all]).slice(0, each)
      return [some.map((address): Operation => ({ type: 'load', address }))]
    })
  }

  private drawFlags(): Flag[] {
    const { flags, locks } = this.draw.flavour
    const addresses = new Set<number>()
    while (addresses.size < Math.min(flags, this.size)) addresses.add(this.address())
    return [...addresses].map((address, cond) => ({ address, lock: this.random.below(Math.min(2, locks)), cond }))
  }

  private isFlag(address: number): boolean {
    return this.flags.some((flag) => flag.address === address)
  }

  private address(): number {
    return this.base + this.random.below(this.size)
  }
}

const guarded = (lock: number, operations: readonly Operation[]): Operation[] => [
  { type: 'acquire', lock },
  ...operations,
  { type: 'release', lock },
]

const tried = (lock: number, operations: readonly Operation[]): Operation[] => [
  { type: 'tryAcquire', lock, skip: operations.length + 1 },
  ...operations,
  { type: 'release', lock },
]

/** Puts a section somewhere behind the last one that was put in for this process. */
function insert(list: Section[], from: number[], proc: number, random: Random, section: Section): void {
  const at = random.between(from[proc] as number, list.length)
  list.splice(at, 0, section)
  from[proc] = at + 1
}
