/**
 * What Spin is to check: each model in several sizes, complete, and with errors planted that it must find. The sizes
 * are macros at the head of each model; a planted error is a macro of its own. models/README.md tells what each is.
 */

/** How Spin searches: all states, for assertions and ends; cycles without progress; what must happen, under weak fairness. */
export const SEARCHES = ['states', 'ends', 'served']

const lrc = (name, defines, more = {}) => ({
  model: 'lazy-release-consistency',
  name,
  defines,
  search: 'states',
  expect: 'nothing',
  ...more,
})
const pages = (name, defines, more = {}) => ({ ...lrc(name, defines, more), model: 'page-states' })
const planted = (what, expect) => ({ planted: what, expect, quick: true })

const twoTakers = { SECTIONS0: 1, SECTIONS1: 1, ACCESSES1: 0 }
const forEver = { FOREVER: 1, SECTIONS0: 0, ACCESSES1: 0, AHEAD: 0 }

export const runs = [
  lrc('locks', { OWNERS: 2 }),
  lrc('barriers', { LOCKERS: 0, PUSHERS: 7, PHASES: 2 }),
  lrc('late', { LOCKERS: 3, OWNERS: 5, LATE: 1, PUSHERS: 1 }),
  lrc('ahead', { LOCKERS: 6, OWNERS: 3, AHEAD: 4 }),
  lrc('ends', { LOCKERS: 3, OWNERS: 1 }, { search: 'ends', quick: true }),
  lrc('NOT_CLOSED', { NOT_CLOSED: 1 }, planted('the interval stays open at a grant', 'assertion')),
  lrc('NOT_FORWARDED', { NOT_FORWARDED: 1 }, planted('a grant has no notices of third nodes', 'assertion')),
  lrc('ARRIVAL_ORDER', { ARRIVAL_ORDER: 1 }, planted('diffs are applied as they arrive', 'assertion')),
  lrc('TWIN_DROPPED', { TWIN_DROPPED: 1 }, planted('a notice drops the twin of what was written here', 'assertion')),
  lrc('SEEN_TOO_EARLY', { SEEN_TOO_EARLY: 1 }, planted('an interval counts as seen before its notices', 'assertion')),

  pages('page', {}),
  pages('remote', { SECTIONS0: 1, REMOTE: 2 }),
  pages('takers', { SECTIONS0: 1, SECTIONS1: 1, ACCESSES1: 1 }),
  pages('lock', { SECTIONS0: 2, SECTIONS1: 2, ACCESSES1: 0 }),
  pages('ends', { SECTIONS0: 1 }, { search: 'ends', quick: true }),
  pages('served', forEver, { search: 'served', quick: true }),
  pages('DIFF_FIRST', { DIFF_FIRST: 1 }, planted('the diff is made before mprotect', 'assertion')),
  pages('NOT_BUSY', { NOT_BUSY: 1 }, planted('no CLOSING: the page is published before the diff', 'assertion')),
  pages('OPEN_EARLY', { OPEN_EARLY: 1 }, planted('the page opens before its twin is complete', 'assertion')),
  pages('TWIN_STAYS', { TWIN_STAYS: 1 }, planted('a diff is made of an open page, and its twin stays', 'assertion')),
  pages('BLIND_CLOSE', { BLIND_CLOSE: 1 }, planted('an unchanged page is closed without a second look', 'assertion')),
  pages('SKIP_TWINNING', { SKIP_TWINNING: 1 }, planted('an interval closes without pages in TWINNING', 'assertion')),
  pages('FORGETS_WANTED', { FORGETS_WANTED: 1 }, planted('a release does not tell who wants the lock', 'deadlock')),
  pages(
    'PASS_WITHOUT_LOOK',
    { PASS_WITHOUT_LOOK: 1, ...twoTakers },
    planted('a late release passes a lock that has gone', 'assertion'),
  ),
  pages(
    'LOCAL_FIRST',
    { LOCAL_FIRST: 1, ...forEver },
    { ...planted('a thread retakes a wanted lock by itself', 'cycle'), search: 'served' },
  ),
]

/** Larger than continuous integration has time for. */
export const largeRuns = [
  lrc('locks', {}),
  lrc('locks-late', { LATE: 7 }),
  lrc('barriers', { LOCKERS: 0, PUSHERS: 7, AHEAD: 7, PHASES: 2 }),
  lrc('both', { LOCKERS: 1, PUSHERS: 7, PHASES: 2, LINK: 6 }),
  lrc('all', { LOCKERS: 3, LATE: 3, PUSHERS: 3, AHEAD: 3, LINK: 6 }),
  lrc('ends', {}, { search: 'ends' }),
  pages('takers', { SECTIONS0: 1, SECTIONS1: 1, REMOTE: 2 }),
  pages('page', { SECTIONS0: 2, ACCESSES1: 3, REMOTE: 2, AHEAD: 2 }),
  pages('ends', {}, { search: 'ends' }),
]

/** Statements that no run reaches, and why none can; `places`: at so many places at most, reached at others. */
export const unreachable = [
  {
    model: 'page-states',
    text: 'shipped[0] = mem[0]',
    why: 'when a notice about byte 0 arrives, its writer has had all that was stored there: else that would be a race',
  },
  {
    model: 'page-states',
    text: '(!(asleep[me]))',
    why: 'the interval that closes because a notice found its page DIRTY finds it DIRTY, too, and does not wait',
  },
  { model: 'page-states', text: 'won = (word==seen)', why: 'as before' },
  { model: 'page-states', text: 'made[0] = 1', why: 'as of shipped[0]: a diff of theirs comes when ours is with them' },
  { model: 'page-states', text: 'made[0] = mem[0]', why: 'as before' },
  {
    model: 'page-states',
    text: 'asleep[1] = 0',
    places: 1,
    why: 'of a page that stays open because a diff of theirs comes, nobody was waiting for its closing',
  },
  { model: 'page-states', text: 'asleep[2] = 0', places: 1, why: 'as before' },
]
