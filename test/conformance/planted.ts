/**
 * Protocols that are wrong on purpose, each in a way that some properties must find: a property that nothing has ever
 * failed shows nothing. They are protocols that are built, with something taken away or added around them.
 */
import { broadcast } from '../../docs/protocols/broadcast.js'
import type { Coherence, CoherenceContext, CoherenceFactory } from '../../src/core/coherence.js'
import { wholeHeader } from '../../src/core/diff.js'
import { nodeId, type PageId, pageId } from '../../src/core/ids.js'
import type { Invalidated, PageMemory } from '../../src/core/memory.js'
import { homeLrc } from '../../src/protocols/home-lrc.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'

export interface Planted {
  /** What is wrong with it. */
  readonly about: string
  readonly protocol: CoherenceFactory
  /** Names of properties that it must not pass. */
  readonly fails: readonly string[]
}

/** The same, but for what is changed. */
function but<T extends object>(original: T, changed: Partial<T>): T {
  return new Proxy(original, {
    get(target, key) {
      const value: unknown = Reflect.get(Object.hasOwn(changed, key) ? changed : target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const withMemory =
  (protocol: CoherenceFactory, change: (memory: PageMemory) => Partial<PageMemory>): CoherenceFactory =>
  (context) =>
    protocol({ ...context, memory: but(context.memory, change(context.memory)) })

const around =
  (
    protocol: CoherenceFactory,
    change: (original: Coherence, context: CoherenceContext) => Partial<Coherence>,
  ): CoherenceFactory =>
  (context) => {
    const original = protocol(context)
    return but(original, change(original, context))
  }

const nothing = new Uint8Array(0)
const emptied = (outcome: Invalidated): Invalidated => (typeof outcome === 'string' ? outcome : nothing)

/** A message that means nothing to its receivers. */
function tellAll({ self, nodes, outbox }: CoherenceContext, pages: readonly PageId[]): void {
  for (let node = 0; node < nodes; node++)
    if (node !== self) outbox.send(nodeId(node), { type: 'diffKeep', pages: [...pages] })
}

const closesNothing = withMemory(treadmarks, () => ({ invalidate: () => 'clean' }))

const freesInSilence = around(treadmarks, (original) => ({
  releaseTo: () => ({ time: original.time().fill(0), intervals: [] }),
}))

const losesDiffs = withMemory(homeLrc, (memory) => ({
  makeDiff(page) {
    memory.makeDiff(page)
    return nothing
  },
  invalidate: (page) => emptied(memory.invalidate(page)),
}))

const scribbles = around(broadcast, (original, { memory }) => ({
  arrive() {
    const byte = memory.contents(pageId(1))
    byte[wholeHeader(memory.pageBytes) + 3] = 1
    memory.patch(pageId(1), byte)
    return original.arrive()
  },
}))

/** Of what a home sends, the first byte is one that nobody wrote. */
const invents = withMemory(homeLrc, (memory) => ({
  contents(page) {
    const bytes = memory.contents(page)
    bytes[wholeHeader(memory.pageBytes)] = 255
    return bytes
  },
}))

/** As a library does that looks at its messages when it is called. */
const servesWhenCalled = around(treadmarks, (original) => {
  const held: Parameters<Coherence['message']>[] = []
  const look = (): void => {
    for (let one = held.shift(); one !== undefined; one = held.shift()) original.message(...one)
  }
  return {
    message: (...one) => {
      held.push(one)
    },
    acquire(from, rider) {
      look()
      original.acquire(from, rider)
    },
    arrive() {
      look()
      return original.arrive()
    },
  }
})

const asksAll = around(treadmarks, (original, context) => ({
  miss(page) {
    tellAll(context, [page])
    original.miss(page)
  },
}))

const tellsOfMeetings = around(treadmarks, (original, context) => ({
  arrive() {
    tellAll(context, [])
    return original.arrive()
  },
}))

const keepsIntervals = around(homeLrc, (original) => {
  let meetings = 0
  return {
    departed() {
      meetings++
      original.departed()
    },
    footprint: () => ({ ...original.footprint(), intervals: meetings }),
  }
})

export const planted: readonly Planted[] = [
  {
    about: 'no page is closed when a notice comes',
    protocol: closesNothing,
    fails: [
      'a lock hands on what was written',
      'a barrier hands on what was written',
      'order goes on through a third process',
      'writers of one page under different locks lose nothing',
      'writers of one page between barriers lose nothing',
      'a condition variable hands on what was written',
      'alloc and distribute hand on what was written',
      'several threads of a node see what any node hands on',
      'after a barrier all copies agree',
      'race-free programs from seeds read the one right value',
    ],
  },
  {
    about: 'a free brings no notices',
    protocol: freesInSilence,
    fails: ['memory that is freed comes to the next owner as zeros'],
  },
  {
    about: 'what a node has written does not reach the home',
    protocol: losesDiffs,
    fails: ['a process sees its own stores, whatever others do to the page'],
  },
  {
    about: 'a byte is written that no program has written',
    protocol: scribbles,
    fails: ['memory is zero until somebody writes it'],
  },
  {
    about: 'a page that is fetched has a byte that nobody wrote',
    protocol: invents,
    fails: [
      'a read without order sees a value that somebody wrote',
      'racy programs from seeds read a value that is allowed',
    ],
  },
  {
    about: 'a node answers when its own program synchronises',
    protocol: servesWhenCalled,
    fails: ['a miss is served while the programs of all other nodes compute'],
  },
  {
    about: 'a miss asks all nodes',
    protocol: asksAll,
    fails: ['a miss asks one node, however many have written one after the other'],
  },
  {
    about: 'each meeting is told to all',
    protocol: tellsOfMeetings,
    fails: ['locks and barriers without writes send nothing for pages'],
  },
  {
    about: 'something of each meeting is kept for ever',
    protocol: keepsIntervals,
    fails: ['intervals do not pile up over barriers'],
  },
]
