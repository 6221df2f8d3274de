/** Bugs in the page states: src/sim/memory.ts, the software twin of native/pages.c and native/fault.c. */
import { type Mutant, simulated } from './mutant.js'

export const pageStates: readonly Mutant[] = simulated('src/sim/memory.ts', [
  {
    name: 'open-before-the-twin',
    about: 'A write fault opens the page and makes the twin then: what another thread writes between is in no diff.',
    find: `        this.makeTwin(page)
        handler.next = 'list'
        break
      case 'list':
        this.dirty.add(page)
        handler.next = 'open'
        break
      case 'open':
        this.protection[page] = WRITABLE
        handler.next = 'publish'`,
    replace: `        this.protection[page] = WRITABLE
        handler.next = 'list'
        break
      case 'list':
        this.makeTwin(page)
        handler.next = 'open'
        break
      case 'open':
        this.dirty.add(page)
        handler.next = 'publish'`,
  },
  {
    name: 'listed-after-opening',
    about:
      'A page is open for writing before it stands in the dirty list: an interval that closes between does not name it.',
    find: `        this.dirty.add(page)
        handler.next = 'open'
        break
      case 'open':
        this.protection[page] = WRITABLE
        handler.next = 'publish'`,
    replace: `        this.protection[page] = WRITABLE
        handler.next = 'open'
        break
      case 'open':
        this.dirty.add(page)
        handler.next = 'publish'`,
  },
  {
    name: 'twinning-page-skipped',
    about:
      'An interval that closes leaves a page whose twin is being made to the next one; but the page may be open already.',
    find: `      this.pause()
      this.await(page)
      if (this.state(page) !== PageState.DIRTY) continue`,
    replace: `      this.pause()
      if (this.state(page) === PageState.TWINNING) this.dirty.add(page)
      if (this.state(page) !== PageState.DIRTY) continue`,
  },
  {
    name: 'twin-kept',
    about: 'A twin outlives its diff and serves the next one: that diff holds old changes again.',
    find: `    this.twins.set(page, this.slice(page).slice())
    this.twinsMade++
  }

  private takeDiff(page: PageId): Uint8Array {
    const twin = this.twins.get(page)
    assert(twin !== undefined, \`page \${page} has no twin\`)
    this.twins.delete(page)`,
    replace: `    if (!this.twins.has(page)) this.twins.set(page, this.slice(page).slice())
    this.twinsMade++
  }

  private takeDiff(page: PageId): Uint8Array {
    const twin = this.twins.get(page)
    assert(twin !== undefined, \`page \${page} has no twin\`)`,
  },
  {
    name: 'diff-before-protection',
    about:
      'A page is compared while it is still open: what is written between the diff and the protection is in no diff.',
    find: `    this.protection[page] = protection
    this.pause()
    const diff = this.takeDiff(page)`,
    replace: `    const diff = this.takeDiff(page)
    this.pause()
    this.protection[page] = protection`,
  },
  {
    name: 'no-busy-state',
    about: 'A page that is closed gets its next state at once: a handler makes a new twin under the diff.',
    find: `    this.set(page, PageState.CLOSING)
    this.pause()
    this.protection[page] = protection
    this.pause()
    const diff = this.takeDiff(page)
    this.pause()
    this.publish(page, after)`,
    replace: `    this.publish(page, after)
    this.protection[page] = protection
    this.pause()
    const diff = this.takeDiff(page)`,
  },
  {
    name: 'dirty-page-invalidated',
    about: 'A notice closes a page of the open interval: its own changes get no notice.',
    find: "        return 'dirty'\n",
    replace: "        this.closeWithDiff(page, NO_ACCESS, PageState.INVALID)\n        return 'clean'\n",
  },
  {
    name: 'noted-page-left-open',
    about: 'The diff of a page is made, and the page stays open for writing.',
    find: `which is not noted\`)
    return this.closeWithDiff(page, READABLE, PageState.CLEAN)`,
    replace: `which is not noted\`)
    return this.closeWithDiff(page, WRITABLE, PageState.CLEAN)`,
  },
  {
    name: 'fetching-page-reset',
    about:
      'A notice for a page that is being fetched makes it INVALID: the fetch comes back to a page that waits for none.',
    find: "      default:\n        return 'clean'",
    replace: "      default:\n        this.publish(page, PageState.INVALID)\n        return 'clean'",
  },
  {
    name: 'written-page-patched',
    about:
      'A pushed diff is written to a page that is written here as well, and not to its twin: the own diff takes it up.',
    find: '    twin.set(patched)\n',
    replace: '',
  },
  {
    name: 'twin-not-renewed',
    about:
      'A diff is made of a page that stays open, and its twin stays as well: the next diff brings old bytes again.',
    find: '    applyDiff(twin, diff)\n    this.watched.set(page, 0)',
    replace: '    this.watched.set(page, 0)',
  },
  {
    name: 'watched-page-not-compared',
    about:
      'A page that stayed open when its diff was made is never looked at again: what is written there is in no diff.',
    find: 'if (this.isChanged(page)) this.begin(page)\n      else if (keep',
    replace: 'if (keep',
  },
  {
    name: 'watched-page-closed-blindly',
    about:
      'A page that had not changed is closed, and not compared once more: a store that came between is in no diff.',
    find: '    if (this.isChanged(page)) {\n      this.protection[page] = WRITABLE',
    replace: '    if (this.protection[page] === WRITABLE) {\n      this.protection[page] = WRITABLE',
  },
  {
    name: 'opened-for-a-writer-unlisted',
    about: 'A page that is opened for a writer who waits gets its twin, and not its place in the dirty list.',
    find: '      this.dirty.add(page)\n      this.pause()\n',
    replace: '      this.pause()\n',
  },
  {
    name: 'loser-of-a-miss-not-woken',
    about:
      'Those who wait for a page are woken when it is opened, and not when it is closed: who waits then sleeps for ever.',
    find: '    this.wantWrite.delete(page)\n    this.published(page)',
    replace: '    this.wantWrite.delete(page)\n    if (state !== PageState.INVALID) this.published(page)',
  },
])
