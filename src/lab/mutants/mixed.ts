/** Bugs in what stands between a node and its protocols where pages obey different ones: src/core/per-page.ts and its helpers. */
import { type Mutant, simulated } from './mutant.js'

const pages = [
  ...simulated(
    'src/core/page-owners.ts',
    [
      {
        name: 'pages-of-others-forgotten',
        about: 'Who takes the dirty list keeps its own pages, and those of the other protocols are in no interval.',
        find: 'for (const page of closed) this.taken.add(page)',
        replace: 'for (const page of closed) if (this.groupOf(this.of(page)) === group) this.taken.add(page)',
      },
    ],
    'mixed',
  ),
  ...simulated(
    'src/core/page-share.ts',
    [
      {
        name: 'taken-page-closed',
        about: 'A notice closes a page that another protocol took from the dirty list, before it is in an interval.',
        find: "return this.owners.isTaken(page) ? 'dirty' : this.memory.invalidate(page)",
        replace: 'return this.memory.invalidate(page)',
      },
    ],
    'mixed',
  ),
]

const protocols = [
  ...simulated(
    'src/core/lazy-protocols.ts',
    [
      {
        name: 'interval-for-the-first-protocol',
        about: 'Of the protocols with pages in an interval only one hears that it has closed.',
        find: 'if (pages.length > 0) tell(protocol, { ...interval, pages })',
        replace: 'if (pages.length > 0) return tell(protocol, { ...interval, pages })',
      },
    ],
    'mixed',
  ),
  ...simulated(
    'src/core/per-page.ts',
    [
      {
        name: 'flush-of-one-protocol',
        about: 'A release waits for one of the eager protocols.',
        find: 'const waited = this.inUse.filter(({ flushes }) => flushes)',
        replace: 'const waited = this.inUse.filter(({ flushes }) => flushes).slice(0, 1)',
      },
      {
        name: 'flush-as-the-run',
        about: "A release waits only if the run's own protocol asks for it.",
        find: 'return this.inUse.some(({ flushes }) => flushes)',
        replace: 'return this.inUse.slice(0, 1).some(({ flushes }) => flushes)',
      },
      {
        name: 'riders-as-the-run',
        about:
          "A lazy protocol beside an eager one of the run has intervals, and they ride nowhere: the run's has none.",
        find: 'private get riders(): Riders {\n    return (this.inUse[this.riding] as InUse).coherence',
        replace: 'private get riders(): Riders {\n    return this.first',
      },
      {
        name: 'a-row-for-each-protocol',
        about: 'Each lazy protocol has intervals of its own, and only those of the first ride.',
        find: 'if (this.lazy === undefined) {',
        replace: 'if (owner >= 0) {',
      },
    ],
    'mixed',
  ),
]

const allocations = [
  ...simulated(
    'src/core/meeting.ts',
    [
      {
        name: 'chosen-at-the-manager',
        about: 'Only the node that decides an allocation learns which protocol its pages obey.',
        find: 'this.choose(waiting, payload)',
        replace: 'if (this.config.self === MEETING_MANAGER) this.choose(waiting, payload)',
      },
    ],
    'mixed',
  ),
  ...simulated(
    'src/sim/thread.ts',
    [
      {
        name: 'no-second-meeting',
        about:
          'A program touches pages of another protocol when its own node knows of it, and others may not know yet.',
        find: 'this.phase = allocated.used && this.proc === 0 ? 2 : 3\n      return',
        replace:
          "this.phase = allocated.used && this.proc === 0 ? 2 : 3\n      if (this.phase === 3) return 'finished'\n      return",
      },
    ],
    'mixed',
  ),
]

export const mixedMutants: readonly Mutant[] = [...pages, ...protocols, ...allocations]
