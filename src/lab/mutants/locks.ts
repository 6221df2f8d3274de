/** Bugs in locks, their managers and lock words, and in plain messages. */
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
  {
    name: 'try-not-written-down',
    about: 'A try got the token, and the manager goes on to send requests to the node that gave it.',
    find: 'if (granted) managed.last = requester\n    else this.outbox',
    replace: 'if (!granted) this.outbox',
  },
  {
    name: 'request-overtakes-a-try',
    about: 'The manager does not wait to hear whether a try took the token before it passes on the next request.',
    find: 'if (trying === undefined) this.pass(managed, message)',
    replace: "if (trying === undefined || message.type === 'lockRequest') this.pass(managed, message)",
  },
])

const tries = simulated('src/core/lock.ts', [
  {
    name: 'try-told-wrong',
    about: 'A process whose try was refused is told that it has the lock.',
    find: 'for (const proc of trying) this.outbox.answer(proc, done)',
    replace: 'for (const proc of trying) this.outbox.answer(proc, got)',
  },
  {
    name: 'try-hides-who-waits',
    about: 'Who came to wait while a try of the same node was under way is not asked for when it is refused.',
    find: 'this.outbox.answer(proc, done)\n    if (lock.waiting.length > 0) this.request(id, lock)',
    replace: 'this.outbox.answer(proc, done)',
  },
])

const parcels = simulated('src/core/mailbox.ts', [
  {
    name: 'newest-parcel-first',
    about: 'A receiver gets what was sent last.',
    find: 'const waiting = receiving.here.shift()',
    replace: 'const waiting = receiving.here.pop()',
  },
  {
    name: 'parcels-of-a-node-mixed',
    about: 'What arrives is kept by the receiver and the node of the sender, not by its process.',
    find: 'const receiving = this.inward(from, to)\n    receiving.onWay',
    replace: 'const receiving = this.inward((from - (from % this.threads)) as ProcId, to)\n    receiving.onWay',
  },
])

export const lockMutants: readonly Mutant[] = [...words, ...locks, ...managers, ...tries, ...parcels]
