/**
 * Bugs in src/core/lazy-release.ts and src/protocols/treadmarks.ts: notices, diffs, and what is pushed; and in the set of
 * writers that is asked, src/core/minimal-writers.ts.
 */
import { type Mutant, simulated } from './mutant.js'

const notices = simulated('src/core/lazy-release.ts', [
  {
    name: 'interval-open-at-a-grant',
    about: 'A release does not close the interval: the next holder does not hear of the last writes.',
    find: 'if (!this.waits) this.closeInterval(false)',
    replace: '',
  },
  {
    name: 'lost-write-notice',
    about: 'Every eighth interval of a node loses the notice of its first page.',
    find: 'const interval: Interval = { node: self, index, time: this.time(), pages }',
    replace:
      'const interval: Interval = { node: self, index, time: this.time(), pages: index % 8 === 0 ? pages.slice(1) : pages }',
  },
  {
    name: 'notices-of-the-granter-only',
    about: 'The acquirer closes pages for the notices of the node it acquires from, as if causes had no causes.',
    find: 'for (const page of interval.pages) this.protocol.notice(page, interval)',
    replace: 'if (interval.node === from) for (const page of interval.pages) this.protocol.notice(page, interval)',
  },
  {
    name: 'grant-without-third-nodes',
    about: 'A rider brings only the intervals of the node that releases: no transitivity.',
    find: 'return { time: this.time(), intervals: this.log.since(known) }',
    replace: `const intervals = this.log.since(known).filter((interval) => interval.node === this.context.self)
    return { time: zeroTime(this.context.nodes), intervals }`,
  },
  {
    name: 'seen-before-the-notice',
    about:
      'An interval counts as seen before its pages are closed; one of our own that a notice closes then claims too much.',
    find: `      for (const page of interval.pages) this.protocol.notice(page, interval)
      this.protocol.noticed(interval)
      // Only now, so that an interval closed by one of these notices does not claim to have seen them.
      this.now[interval.node] = interval.index`,
    replace: `      this.now[interval.node] = interval.index
      for (const page of interval.pages) this.protocol.notice(page, interval)
      this.protocol.noticed(interval)`,
  },
  {
    name: 'arrival-before-its-interval',
    about: 'The intervals for an arrival are taken before the open one is closed.',
    find: `    const closed = this.closeInterval(true)
    if (closed !== undefined) this.protocol.atMeeting(closed)
    this.waits = true
    const intervals = this.log.ofNode(self, this.reported)
    this.reported = this.now[self] as number
    return { time: this.time(), intervals }`,
    replace: `    this.waits = true
    const intervals = this.log.ofNode(self, this.reported)
    this.reported = this.now[self] as number
    const rider = { time: this.time(), intervals }
    const closed = this.closeInterval(true)
    if (closed !== undefined) this.protocol.atMeeting(closed)
    return rider`,
  },
])

const diffs = simulated('src/protocols/treadmarks.ts', [
  {
    name: 'dirty-page-left-open',
    about: 'A notice for a page that this node writes itself is taken for settled: the page stays open.',
    find: 'const outcome = closeCopy(',
    replace: `if (page.wanted.length === 0 && this.context.memory.state(id) === PageState.DIRTY) return
    const outcome = closeCopy(`,
  },
  {
    name: 'own-diff-forgotten',
    about: 'A page that was written here is closed by a notice, and the diff made on the way is not kept.',
    find: "if (outcome !== 'clean') this.made(id, page, outcome, false)",
    replace: "if (outcome !== 'clean') page.noted = 0",
  },
  {
    name: 'notice-during-a-fetch',
    about: 'A notice for a page that is being fetched is thought to be part of that fetch.',
    find: 'page.wanted.push(interval)',
    replace: 'if (page.asked === undefined) page.wanted.push(interval)',
  },
  {
    name: 'diffs-newest-first',
    about: 'Diffs are applied in the order opposite to that in which their notices came.',
    find: 'for (const interval of byTime(page.wanted)) {',
    replace: 'for (const interval of [...page.wanted].reverse()) {',
  },
  {
    name: 'diffs-by-number',
    about: "Diffs are applied in the order of their intervals' numbers, which count each node by itself.",
    find: 'for (const interval of byTime(page.wanted)) {',
    replace: 'for (const interval of [...page.wanted].sort((a, b) => a.index - b.index)) {',
  },
  {
    name: 'diff-of-the-present-interval',
    about: 'A diff that is made late is kept under the interval of now instead of the one that gave the notice.',
    find: 'const name = { node: self, index: intervalIndex(page.noted) }',
    replace: 'const name = { node: self, index: intervalIndex(this.lazy.time()[self] as number) }',
  },
  {
    name: 'patched-with-an-old-diff-missing',
    about: 'A pushed diff is applied to a page that is closed for want of an earlier one.',
    find: `if (state !== PageState.CLEAN && state !== PageState.WATCHED) return false
    if (!memory.patch(id, diff)) return false`,
    replace: `if (!memory.patch(id, diff) && !(memory.beginFetch(id) && memory.applyDiff(id, diff))) return false
    if (memory.state(id) === PageState.FETCHING) memory.open(id)`,
  },
  {
    name: 'push-for-the-next-interval',
    about: "A pushed diff is taken for the writer's next interval; but the writer may have closed several.",
    find: 'page.pushers.add(from)\n      this.hold(diff.page, page, diff, diff.bytes, diff.all)',
    replace: `const index = intervalIndex((this.lazy.time()[from] as number) + 1)
      page.pushers.add(from)
      this.hold(diff.page, page, { node: from, index }, diff.bytes, diff.all)`,
  },
  {
    name: 'push-applied-at-once',
    about:
      'A pushed diff is written to the page when it comes, and not with its notice; the notice then finds it done.',
    find: 'page.pushers.add(from)\n      this.hold(diff.page, page, diff, diff.bytes, diff.all)',
    replace: `page.pushers.add(from)
      const done = this.context.memory.patch(diff.page, diff.bytes)
      this.hold(diff.page, page, diff, done ? new Uint8Array(0) : diff.bytes, diff.all)`,
  },
  {
    name: 'replies-in-page-order',
    about: 'A request is served in the order of its pages, and the diffs get the names in the order of the request.',
    find: 'const diffs = wants.map((want): NamedDiff => ({ ...want, bytes: this.diffFor(from, want) }))',
    replace: `const bytes = [...wants].sort((a, b) => a.page - b.page || b.index - a.index).map((want) => this.diffFor(from, want))
    const diffs = wants.map((want, i): NamedDiff => ({ ...want, bytes: bytes[i] as Uint8Array }))`,
  },
  {
    name: 'first-reply-opens',
    about: 'A page opens when the first of several writers has answered.',
    find: 'if (arrived(page, from, key)) complete.add(diff.page)',
    replace: `if (arrived(page, from, key) || !page.asked?.has(from)) complete.add(diff.page)
      page.wanted.splice(0, page.wanted.length, ...page.wanted.filter((one) => page.diffs.has(one)))`,
  },
  {
    name: 'sent-to-most-is-all',
    about: 'A diff that one node was not sent counts as sent to all: nobody holds it for that one.',
    find: 'const all = readers === nodes - 1',
    replace: 'const all = readers > 0 && readers >= nodes - 2',
  },
  {
    name: 'on-its-way-is-empty',
    about: 'The answer that a diff is on its way is taken for a diff without a change.',
    find: 'if (!isOnItsWay(diff.bytes)) this.hold(diff.page, page, diff, diff.bytes, false)',
    replace:
      'if (isOnItsWay(diff.bytes)) this.hold(diff.page, page, diff, new Uint8Array(0), false)\n      else if (!isOnItsWay(diff.bytes)) this.hold(diff.page, page, diff, diff.bytes, false)',
  },
])

const writers = simulated('src/core/minimal-writers.ts', [
  {
    name: 'asks-those-who-were-seen',
    about: 'The test of the minimal set is the wrong way round: writers whose work others have seen are asked.',
    find: 'covers(other.time, one.node, one.index)',
    replace: 'covers(one.time, other.node, other.index)',
  },
])

export const protocol: readonly Mutant[] = [...notices, ...diffs, ...writers]
