/**
 * The protocols that the suite tries, and of each what it does not have, and why. The suite holds a protocol to every
 * property that does not stand here, and to failing those that do. A new line of src/protocols/table.ts needs an entry:
 * begin with `{}`, run the suite, and write a reason for each property that the protocol cannot have by its nature.
 */
import { broadcast } from '../../docs/protocols/broadcast.js'
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { protocols } from '../../src/protocols/table.js'

/** By the name of a property: why this protocol does not have it, in a sentence. */
export type Skips = Readonly<Record<string, string>>

/** What is tried: all of the table, and what is none of its lines. */
export const candidates: Readonly<Record<string, CoherenceFactory>> = { ...protocols, broadcast }

const raceFreeOnly = 'It promises an order to programs that synchronise; a read without may see an old value.'
const notSequential: Skips = {
  'racy programs from seeds read the last store': raceFreeOnly,
  'a store is seen by all as soon as it has ended': raceFreeOnly,
}
const lazy = 'A copy may be old until its node acquires: that is what laziness saves.'
const wholePages = 'A miss brings the whole page from its home.'
const releaseWaits = 'What was written must be where it belongs before the release is over, so the release sends it.'
const fixedHomes = 'A page belongs to a fixed home, which gets what is written whoever uses it.'
const untoldCopies = 'A release tells all who have a copy, whether they will acquire or not.'
const sentAtTheRelease = 'The release sends the diff, before it is known who takes the lock and what he reads.'

/** A page that somebody writes is nowhere else. */
const oneOwner: Skips = {
  'who acquires nothing is sent nothing':
    'Before a write all copies are called back, whether their nodes acquire or not.',
  'of a page that both use only what changed is sent':
    'There are no diffs: a page moves whole, with each turn of its writers.',
  'writers of one page send nothing until they synchronise':
    'A page has one writer at a time, and goes from one to the other while they write.',
}

export const entries: Readonly<Record<string, Skips>> = {
  treadmarks: {
    'a miss asks one node, however many have written at the same time':
      'Each writer alone holds its own diff, so all that have written at the same time are asked.',
    'after a release no copy is old': lazy,
    ...notSequential,
    'diffs do not pile up over barriers':
      'Diffs that were not sent to everybody are kept in case somebody asks: there is no garbage collection of diffs yet.',
  },
  'home-lrc': {
    'a lock brings nothing that its taker does not read': 'The diffs of an interval go home when it ends, read or not.',
    'of a page that both use only what changed is sent': wholePages,
    'after a release no copy is old': lazy,
    ...notSequential,
  },
  'eager-invalidate': {
    'nothing is sent for pages that one node uses': fixedHomes,
    'a release by itself sends nothing': releaseWaits,
    'who acquires nothing is sent nothing': untoldCopies,
    'a lock brings nothing that its taker does not read': sentAtTheRelease,
    'of a page that both use only what changed is sent': wholePages,
    ...notSequential,
  },
  'eager-update': {
    'nothing is sent for pages that one node uses': fixedHomes,
    'a release by itself sends nothing': releaseWaits,
    'who acquires nothing is sent nothing': untoldCopies,
    'a lock brings nothing that its taker does not read': sentAtTheRelease,
    ...notSequential,
  },
  ivy: oneOwner,
  'ivy-dynamic': oneOwner,
  broadcast: {
    'nothing is sent for pages that one node uses': 'Everybody has every page, and is sent all that is written.',
    'a release by itself sends nothing': releaseWaits,
    'who acquires nothing is sent nothing': 'Everybody is sent all that is written.',
    'a lock brings nothing that its taker does not read': sentAtTheRelease,
    ...notSequential,
  },
}
