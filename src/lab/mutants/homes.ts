/** Bugs in the protocols in which pages have homes: src/protocols/home-lrc.ts and src/protocols/eager.ts. */
import { type Bug, type Mutant, simulated } from './mutant.js'

const homeLrc = simulated(
  'src/protocols/home-lrc.ts',
  [
    {
      name: 'home-does-not-wait',
      about: 'A home answers a miss at once, also when diffs that the misser has heard of are still on their way.',
      find: 'else if (request.needs.every((name) => has(page.applied, name))) this.reply(id, page, request)',
      replace: 'else if (request.page === id) this.reply(id, page, request)',
    },
    {
      name: 'home-open-before-its-diffs',
      about: 'The home has heard of a diff that is on its way, and leaves its own copy open.',
      find: 'if (page.home === this.self) memory.beginFetch(id)\n',
      replace: 'if (page.home === this.self && memory.beginFetch(id)) memory.open(id)\n',
    },
    {
      name: 'flush-not-passed-on',
      about: 'A diff that comes to a former home ends there.',
      find: 'elsewhere.push(diff)',
      replace: 'continue',
    },
    {
      name: 'closing-page-not-flushed',
      about: 'A page that is written when a notice closes it loses what was written: its diff is made, and not sent.',
      find: 'this.sendHome(this.made(id, intervalIndex(this.lazy.time()[this.self] as number), outcome))',
      replace: 'this.made(id, intervalIndex(this.lazy.time()[this.self] as number), outcome)',
    },
    {
      name: 'first-diffs-not-sent',
      about: 'Diffs that waited to learn where the home is are forgotten when that is known.',
      find: 'this.sendHome([...pending, ...early])',
      replace: 'this.sendHome(pending.slice(0, 0).concat(early))',
    },
    {
      name: 'two-homes',
      about: 'Whoever claims a page is told that it is the home, also when another was first.',
      find: 'homes.push({ page: id, home: page.home as NodeId, moves: page.moves })',
      replace: 'homes.push({ page: id, home: from, moves: page.moves })',
    },
    {
      name: 'misser-forgets-a-notice',
      about: 'A notice that came while the page was fetched is taken for satisfied by what was fetched.',
      find: 'if (page.wanted.size > 0) this.ask(id, page, false)\n    else this.context.memory.open(id)',
      replace: 'page.wanted.clear()\n    this.context.memory.open(id)',
    },
  ],
  'home-lrc',
)

/** What is wrong under either eager protocol. */
const either: readonly Bug[] = [
  {
    name: 'release-without-answers',
    about: 'A release does not wait for those who have a copy.',
    find: 'this.sent.await(proc)',
    replace: 'this.context.outbox.answer(proc, { value: 0, used: false, payload: new Uint8Array(0) })',
  },
  {
    name: 'home-answers-at-once',
    about: 'The home says that a flush is over when it has passed it on.',
    find: 'due.set(node, this.passOn(node, group))',
    replace: 'this.passOn(node, group)',
  },
  {
    name: 'misser-not-entered',
    about: 'Who has fetched a page is not told of later writes.',
    find: 'this.sharers(page).add(from)',
    replace: '',
  },
  {
    name: 'home-does-not-write',
    about: 'The home passes diffs on and does not write them to its own copy.',
    find: 'if (from !== this.self) this.write(from, diff)',
    replace: '',
  },
]

const under = (protocol: string, bugs: readonly Bug[]): readonly Mutant[] =>
  simulated(
    'src/protocols/eager.ts',
    bugs.map((bug) => ({ ...bug, name: `${protocol}-${bug.name}` })),
    protocol,
  )

export const homeMutants: readonly Mutant[] = [
  ...homeLrc,
  ...under('eager-update', [
    ...either,
    {
      name: 'one-update-for-all',
      about: 'Only one of those who have a copy gets the update.',
      find: 'for (const [node, group] of groups) due.set',
      replace: 'for (const [node, group] of [...groups].slice(0, 1)) due.set',
    },
  ]),
  ...under('eager-invalidate', [
    ...either,
    {
      name: 'leaving-copy-forgotten',
      about: 'A flush does not wait for copies that were called back for an earlier one.',
      find: 'if (node !== from && !this.passed.hasAnswered(node, number)) due.set',
      replace: 'if (number < 0) due.set',
    },
    {
      name: 'called-back-while-written',
      about: 'What was written to a copy that is called back is lost.',
      find: 'diffs.push({ page, bytes: outcome })',
      replace: '',
    },
  ]),
]
