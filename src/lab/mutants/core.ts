/** Bugs in diffs, intervals, meetings and conditions: src/core without locks and allocator. */
import { type Mutant, simulated } from './mutant.js'

const diffs = simulated('src/core/diff.ts', [
  {
    name: 'diff-of-8-bytes',
    about: 'A diff is made of words of 8 bytes, which is faster: neighbours in a word destroy each other.',
    find: `    const start = i
    while (i < current.length && twin[i] !== current[i]) i++`,
    replace: `    const start = i - (i % 8)
    while (i < current.length && (i % 8 !== 0 || twin[i] !== current[i])) i++`,
  },
  {
    name: 'diff-of-2-bytes',
    about: 'A diff is made of halfwords: only neighbours at an even address destroy each other.',
    find: `    const start = i
    while (i < current.length && twin[i] !== current[i]) i++`,
    replace: `    const start = i - (i % 2)
    while (i < current.length && (i % 2 !== 0 || twin[i] !== current[i])) i++`,
  },
  {
    name: 'last-byte-of-the-page',
    about: 'The comparison ends one byte early: a change of the last byte alone is not seen.',
    find: 'for (let i = 0; i < current.length; i++) {\n    if (twin[i]',
    replace: 'for (let i = 0; i < current.length - 1; i++) {\n    if (twin[i]',
  },
  {
    name: 'last-byte-of-a-long-run',
    about: 'A run of 16 bytes or more loses its last byte, as a loop by words does that forgets the rest.',
    find: 'runs.push([start, i])\n    changed += i - start',
    replace:
      'const end = i - start >= 16 && i % 8 !== 0 ? i - 1 : i\n    runs.push([start, end])\n    changed += end - start',
  },
  {
    name: 'bitmap-ends-early',
    about: 'The last byte of a page is not read from a bitmap: a bound off by one.',
    find: 'for (let i = 0; i < pageBytes; i++) {\n    if (((diff',
    replace: 'for (let i = 0; i < pageBytes - 1; i++) {\n    if (((diff',
  },
  {
    name: 'bitmap-bit-order',
    about: 'Writer and reader of a bitmap disagree which bit is the first.',
    find: 'out[1 + (i >> 3)] = (out[1 + (i >> 3)] as number) | (1 << (i & 7))',
    replace: 'out[1 + (i >> 3)] = (out[1 + (i >> 3)] as number) | (0x80 >> (i & 7))',
  },
  {
    name: 'length-of-two-bytes',
    about: 'A length or gap of 128 to 255 is counted as one byte and written as two: the diff lacks its end.',
    find: 'n < 0x80 ? 1 : n < 0x4000',
    replace: 'n < 0x100 ? 1 : n < 0x4000',
  },
])

const intervals = simulated('src/core/interval-log.ts', [
  {
    name: 'since-off-by-one',
    about: 'A grant leaves out the first interval that the other side lacks.',
    find: 'return this.newest(lacks, (',
    replace: 'return this.newest(Math.max(0, lacks - 1), (',
  },
  {
    name: 'intervals-by-node',
    about: 'Intervals go out node by node, and not in an order that happened-before allows.',
    find: '!covers(known, node, index))',
    replace: '!covers(known, node, index)).sort((a, b) => a.node - b.node)',
  },
  {
    name: 'order-by-own-entry',
    about: 'Intervals are ordered by their numbers, as if all nodes counted together.',
    find: 'sum: sum(item.time)',
    replace: 'sum: item.time[item.node] as number',
  },
])

const meetings = simulated('src/core/meeting.ts', [
  {
    name: 'barrier-opens-early',
    about: 'The manager does not count itself among those who must arrive.',
    find: 'if (this.arrivals.size === this.config.nodes) this.depart',
    replace: 'if (this.arrivals.size === Math.max(2, this.config.nodes - 1)) this.depart',
  },
  {
    name: 'arrivals-taken-in-early',
    about:
      'The manager takes in each arrival as it comes, while its own processes compute, and others lack what it has seen.',
    find: 'this.arrivals.set(from, arrival)\n',
    replace:
      'this.arrivals.set(from, arrival)\n    if (from !== this.config.self) this.coherence.acquire(from, arrival.rider)\n',
  },
  {
    name: 'departures-before-union',
    about: 'The manager writes the departures before it has taken in the arrivals: nobody hears of the others.',
    find: `    this.incorporate([...arrivals.values()].map((arrival) => arrival.rider))
    const payload = this.decide(kind, arrivals)
    for (const [node, { rider }] of arrivals) {
      if (node !== this.config.self) {
        this.outbox.send(node, { type: 'depart', rider: this.coherence.release(rider.time), payload })
      }
    }`,
    replace: `    const payload = this.decide(kind, arrivals)
    for (const [node, { rider }] of arrivals) {
      if (node !== this.config.self) {
        this.outbox.send(node, { type: 'depart', rider: this.coherence.release(rider.time), payload })
      }
    }
    this.incorporate([...arrivals.values()].map((arrival) => arrival.rider))`,
  },
  {
    name: 'departure-without-the-managers-own',
    about: 'A departure brings what the manager has heard of others, and forgets what its own processes wrote.',
    find: "this.outbox.send(node, { type: 'depart', rider: this.coherence.release(rider.time), payload })",
    replace: `const all = this.coherence.release(rider.time)
        const time = all.time.slice()
        time[this.config.self] = rider.time[this.config.self] as number
        const intervals = all.intervals.filter((interval) => interval.node !== this.config.self)
        this.outbox.send(node, { type: 'depart', rider: { time, intervals }, payload })`,
  },
])

const conditions = simulated('src/core/lock.ts', [
  {
    name: 'signal-wakes-whoever-sleeps',
    about: 'A signal wakes the first sleeper of the lock, whatever condition that one waits for.',
    find: 'lock.sleepers.filter((sleeper) => sleeper.cond === cond)',
    replace: 'all ? lock.sleepers.filter((sleeper) => sleeper.cond === cond) : lock.sleepers',
  },
  {
    name: 'broadcast-forgets-the-others',
    about: 'A broadcast empties the queue: those who wait for another condition of the lock sleep for ever.',
    find: 'lock.sleepers = lock.sleepers.filter((sleeper) => !taken.includes(sleeper))',
    replace: 'lock.sleepers = all ? [] : lock.sleepers.filter((sleeper) => !taken.includes(sleeper))',
  },
  {
    name: 'sleepers-stay-behind',
    about: 'The token goes without those who sleep: whoever signals on another node wakes nobody.',
    find: 'rider: this.coherence.release(time), sleepers })',
    replace: 'rider: this.coherence.release(time), sleepers: [] })',
  },
  {
    name: 'asleep-after-release',
    about: 'A process lets go of the lock and joins the sleepers then, when the queue may have gone with the token.',
    find: `    lock.sleepers = [...lock.sleepers, sleeper]
    this.words.free(id)
    this.released(id)`,
    replace: `    this.words.free(id)
    this.released(id)
    lock.sleepers = [...lock.sleepers, sleeper]`,
  },
])

export const core: readonly Mutant[] = [...diffs, ...intervals, ...meetings, ...conditions]
