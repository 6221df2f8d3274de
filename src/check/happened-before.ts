/**
 * The order that a program's synchronisation makes (hb1 of Keleher et al., ISCA 1992): program order, a release
 * of a lock before its next acquire, arrivals at a barrier before its departures, a `free` before the `malloc`
 * that gives the memory out again; and what follows from these. It is built from what the program did and from
 * nothing else: the vector times of the implementation, which may be wrong, are not looked at.
 */
import { Violation } from './violation.js'

/** For each process, the number of its last stretch between two releases that happened before. */
export type Clock = Uint32Array

/** A moment at which a process synchronised, and the moments of others that it comes after. */
interface Sync {
  readonly proc: number
  /** Number of the stretch that this moment ends. */
  readonly stretch: number
  readonly what: string
  readonly previous: Sync | undefined
  readonly after: readonly Sync[]
}

interface Released {
  readonly clock: Clock
  readonly by: Sync
}

interface Episode {
  readonly clock: Clock
  readonly arrivals: Sync[]
}

interface FreedBlock extends Released {
  readonly start: number
  readonly end: number
}

interface LiveBlock {
  readonly start: number
  readonly end: number
  readonly proc: number
}

export class HappenedBefore {
  private readonly clocks: Clock[]
  /** A copy of each process's clock that is not changed any more; made anew after a change. */
  private readonly copies: (Clock | undefined)[]
  private readonly last: (Sync | undefined)[]
  private readonly holders = new Map<number, number>()
  private readonly released = new Map<number, Released>()
  private readonly episodes = new Map<number, Episode>()
  /** How many barriers each process has arrived at. */
  private readonly met: number[]
  private freed: FreedBlock[] = []
  private live: LiveBlock[] = []

  constructor(private readonly procs: number) {
    // The first stretch is 1: 0 stands for "nothing seen".
    this.clocks = Array.from({ length: procs }, (_, i) => new Uint32Array(procs).fill(1, i, i + 1))
    this.copies = new Array<undefined>(procs).fill(undefined)
    this.last = new Array<undefined>(procs).fill(undefined)
    this.met = new Array<number>(procs).fill(0)
  }

  /** The stretch a process is in. */
  stretch(proc: number): number {
    return this.clock(proc)[proc] as number
  }

  /** What happened before the present moment of a process; does not change any more. */
  clock(proc: number): Clock {
    const copy = this.copies[proc]
    if (copy !== undefined) return copy
    const made = (this.clocks[proc] as Clock).slice()
    this.copies[proc] = made
    return made
  }

  /** Whether everything that `other` did in this stretch happened before the present moment of `proc`. */
  sees(proc: number, other: number, stretch: number): boolean {
    return other === proc || ((this.clocks[proc] as Clock)[other] as number) >= stretch
  }

  /** The last stretch of a process that all others have seen. */
  seenByAll(proc: number): number {
    let least = Number.POSITIVE_INFINITY
    for (const [i, clock] of this.clocks.entries()) if (i !== proc) least = Math.min(least, clock[proc] as number)
    return least
  }

  acquired(proc: number, lock: number): void {
    const holder = this.holders.get(lock)
    if (holder !== undefined) {
      throw new Violation('lock held twice', `process ${proc} got lock ${lock}, which process ${holder} holds`)
    }
    this.holders.set(lock, proc)
    const released = this.released.get(lock)
    this.joins(proc, `acquires lock ${lock}`, released === undefined ? [] : [released])
  }

  releases(proc: number, lock: number): void {
    this.holders.delete(lock)
    this.released.set(lock, this.gives(proc, `releases lock ${lock}`))
  }

  arrives(proc: number): void {
    const number = (this.met[proc] as number) + 1
    this.met[proc] = number
    const episode = this.episodes.get(number) ?? { clock: new Uint32Array(this.procs), arrivals: [] }
    this.episodes.set(number, episode)
    const { clock, by } = this.gives(proc, `arrives at barrier ${number}`)
    join(episode.clock, clock)
    episode.arrivals.push(by)
  }

  departs(proc: number): void {
    const number = this.met[proc] as number
    const { clock, arrivals } = this.episodes.get(number) as Episode
    if (arrivals.length < this.procs) {
      throw new Violation(
        'barrier opened early',
        `process ${proc} left barrier ${number}, at which only ${arrivals.length} of ${this.procs} have arrived`,
      )
    }
    join(this.clocks[proc] as Clock, clock)
    this.after(proc, `leaves barrier ${number}`, arrivals)
  }

  allocated(proc: number, start: number, end: number): void {
    const twice = this.live.find((block) => start < block.end && block.start < end)
    if (twice !== undefined) {
      throw new Violation(
        'memory given twice',
        `process ${proc} was given bytes ${start} to ${end}, of which process ${twice.proc} has ${twice.start} to ${twice.end}`,
      )
    }
    this.live.push({ start, end, proc })
    const earlier = this.freed.filter((block) => start < block.end && block.start < end)
    // What a new block covers whole needs no memory of its own any more: the new one comes after it.
    this.freed = this.freed.filter((block) => block.start < start || end < block.end)
    this.joins(proc, `is given bytes ${start} to ${end}`, earlier)
  }

  frees(proc: number, start: number, end: number): void {
    this.live = this.live.filter((block) => block.start !== start)
    this.freed.push({ start, end, ...this.gives(proc, `frees bytes ${start} to ${end}`) })
  }

  /**
   * Why what `writer` did in this stretch happened before the present moment of `reader`: the shortest chain of
   * synchronisation between them, a line each.
   */
  chain(writer: number, stretch: number, reader: number): string[] {
    if (writer === reader) return [`process ${writer} wrote it itself`]
    const from = this.last[reader]
    if (from === undefined) return []
    const cameFrom = new Map<Sync, Sync | undefined>([[from, undefined]])
    const queue: Sync[] = [from]
    for (let sync = queue.shift(); sync !== undefined; sync = queue.shift()) {
      if (sync.proc === writer && sync.stretch >= stretch) return path(sync, cameFrom)
      for (const earlier of sync.previous === undefined ? sync.after : [...sync.after, sync.previous]) {
        if (cameFrom.has(earlier)) continue
        cameFrom.set(earlier, sync)
        queue.push(earlier)
      }
    }
    return []
  }

  /** A stretch ends here: others may come after this moment. */
  private gives(proc: number, what: string): Released {
    const clock = this.clock(proc)
    const by = this.after(proc, what, [])
    const own = this.clocks[proc] as Clock
    own[proc] = (own[proc] as number) + 1
    return { clock, by }
  }

  private joins(proc: number, what: string, earlier: readonly Released[]): void {
    for (const { clock } of earlier) join(this.clocks[proc] as Clock, clock)
    this.after(
      proc,
      what,
      earlier.map(({ by }) => by),
    )
  }

  private after(proc: number, what: string, after: readonly Sync[]): Sync {
    const sync: Sync = { proc, what, after, previous: this.last[proc], stretch: this.stretch(proc) }
    this.copies[proc] = undefined
    this.last[proc] = sync
    return sync
  }
}

function path(from: Sync, cameFrom: ReadonlyMap<Sync, Sync | undefined>): string[] {
  const lines: string[] = []
  for (let sync: Sync | undefined = from; sync !== undefined; sync = cameFrom.get(sync)) {
    lines.push(`process ${sync.proc} ${sync.what}`)
  }
  return lines
}

function join(into: Clock, other: Clock): void {
  for (let i = 0; i < into.length; i++) into[i] = Math.max(into[i] as number, other[i] as number)
}
