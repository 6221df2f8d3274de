/** Bugs in locks and lock words: src/core/lock.ts and src/core/lock-words.ts. */
import { type Mutant, simulated } from './mutant.js'

const words = simulated('src/core/lock-words.ts', [
  {
    name: 'local-acquire-first',
    about: 'A local acquire takes the lock although somebody waits for it: who polls under a lock never gives it away.',
    find: 'Atomics.compareExchange(words, index, FREE, HELD) === FREE',
    replace: `Atomics.compareExchange(words, index, FREE, HELD) === FREE ||
  Atomics.compareExchange(words, index, FREE | WANTED, HELD | WANTED) === (FREE | WANTED)`,
  },
  {
    name: 'release-forgets-who-waits',
    about: 'A release stores FREE instead of comparing first: the flag of somebody who waits is lost.',
    find: `if (Atomics.compareExchange(words, index, HELD, FREE) === HELD) return true
  Atomics.store(words, index, FREE | WANTED)
  return false`,
    replace: `Atomics.store(words, index, FREE)
  return true`,
  },
  {
    name: 'token-kept-after-a-grant',
    about: 'The word stays FREE when the token goes, so the next local acquire takes what is elsewhere.',
    find: 'return this.take(lock, ABSENT)',
    replace: 'return this.take(lock, FREE as typeof ABSENT)',
  },
  {
    name: 'held-lock-taken',
    about: 'Somebody who waits does not only mark a held lock, but gets it.',
    find: "return held ? 'held' : 'taken'",
    replace: "return 'taken'",
  },
])

const locks = simulated('src/core/lock.ts', [
  {
    name: 'next-not-cleared',
    about: 'The token goes, and who it goes to stays written down: the next release sends it there again.',
    find: 'const { next } = lock\n      lock.next = undefined\n',
    replace: 'const { next } = lock\n',
  },
  {
    name: 'second-local-waiter-forgotten',
    about: 'A lock that passes to a process is not marked for the processes of the same node that wait as well.',
    find: 'this.words.hold(id, lock.next !== undefined || lock.waiting.length > 0)',
    replace: 'this.words.hold(id, lock.next !== undefined)',
  },
  {
    name: 'token-not-wanted-back',
    about: 'The token goes to another node, and processes of this one that wait are not asked for again.',
    find: 'sleepers })\n    if (lock.waiting.length > 0) this.request(id, lock)',
    replace: 'sleepers })',
  },
])

const managers = simulated('src/core/lock-manager.ts', [
  {
    name: 'forwarded-to-the-first',
    about: 'The manager forwards every request to the node that had the token first, and not to whoever asked last.',
    find: 'managed.last = requester\n      this.outbox.send(last,',
    replace: 'if (last === this.self) managed.last = requester\n      this.outbox.send(last,',
  },
])

export const lockMutants: readonly Mutant[] = [...words, ...locks, ...managers]
