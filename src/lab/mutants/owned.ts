/** Bugs where a page has one owner: src/protocols/ivy.ts, and the owned pages of the trap and of the simulator's memory. */
import { type Bug, type Mutant, mutantsOf, simulated } from './mutant.js'

/** What is wrong whoever is asked for the owner. */
const either: readonly Bug[] = [
  {
    name: 'writes-before-copies-are-gone',
    about: 'The owner calls the copies back and hands the page over without waiting for the answers.',
    find: 'return recalled.size > 0',
    replace: 'recalled.clear()\n    return false',
  },
  {
    name: 'one-copy-stays',
    about: 'One of several copies is not called back.',
    find: 'for (const node of copies) {\n      if (node === requester) continue',
    replace: 'for (const node of [...copies].slice(1)) {\n      if (node === requester) continue',
  },
  {
    name: 'owner-goes-on-writing',
    about: 'The owner lends a copy and stays able to write.',
    find: 'if (!memory.downgrade(request.page)) return false',
    replace: '',
  },
  {
    name: 'owner-keeps-its-copy',
    about: 'The owner hands the page over and goes on using its own copy.',
    find: 'if (!giveUpCopy(this.context, request.page)) return false',
    replace: '',
  },
  {
    name: 'copy-said-to-be-gone',
    about: 'A copy that is held still is said to be gone.',
    find: 'page.recall = gone ? undefined : recall\n    if (!gone) return',
    replace: 'page.recall = undefined',
  },
  {
    name: 'waiting-requests-forgotten',
    about: 'Requests that wait when the page is handed over are dropped.',
    find: 'const waiting = page.queue\n',
    replace: 'const waiting = page.queue.slice(0, 0)\n',
  },
  {
    name: 'reader-not-entered',
    about: 'Who has borrowed a copy is not called when somebody writes.',
    find: 'page.copies.add(request.requester)',
    replace: '',
  },
]

const under = (protocol: string, bugs: readonly Bug[]): readonly Mutant[] =>
  simulated(
    'src/protocols/ivy.ts',
    bugs.map((bug) => ({ ...bug, name: `${protocol}-${bug.name}` })),
    protocol,
  )

export const owned: readonly Mutant[] = [
  ...under('ivy', [
    ...either,
    {
      name: 'manager-believes-replies',
      about: 'A manager takes who answered it for the owner, although it has passed on a later wish to write.',
      find: "if (this.managers === 'dynamic') page.owner = owner",
      replace: 'page.owner = owner',
    },
  ]),
  ...under('ivy-dynamic', either),
  ...mutantsOf('native/owned.c', 'owned_test', [
    {
      name: 'owned-not-held',
      about: 'A granted page is taken away before its thread has gone on.',
      find: 'if (word & HELD) return PAGES_HELD;\n        if (page_claim(page, word, CLOSING)) return narrow(page, state_of(word)',
      replace: 'if (page_claim(page, word, CLOSING)) return narrow(page, state_of(word)',
    },
    {
      name: 'owned-fetching-stays-readable',
      about: 'A copy that its thread wants to write is called back, and stays readable while it is fetched.',
      find: 'uint32_t trouble = mappings_protect(page, ACCESS_NONE);',
      replace: 'uint32_t trouble = page == UINT32_MAX ? 1 : TROUBLE_NONE;',
    },
    {
      name: 'owned-published-first',
      about: 'The page is given up before it is closed: a store may come after the service has taken its contents.',
      find: 'FAIL_POINT("narrow:claimed");\n',
      replace: 'page_publish(page, after);\n  FAIL_POINT("narrow:claimed");\n',
    },
  ]),
  ...mutantsOf('native/page_table.c', 'owned_test', [
    {
      name: 'reader-ends-the-hold',
      about: 'Any thread that goes on ends the hold, also a reader where a writer waits.',
      find: 'state_of(word) == (write ? EXCLUSIVE : SHARED)',
      replace: '(write || state_of(word) != INVALID)',
    },
  ]),
]
