/** Draws messages about pages that have a home, of home-based and of eager protocols; most of them do not fit. */
import type { NodeId, PageId } from '../../../src/core/ids.js'
import type { HomeDiff, Message, NamedDiff } from '../../../src/core/messages.js'
import type { Random } from '../../../src/sim/random.js'

/** What such a message is made of. */
export interface Parts {
  readonly random: Random
  readonly self: NodeId
  node(): NodeId
  page(): PageId
  /** Ascending. */
  pages(): PageId[]
  /** A diff of the forger's own. */
  own(): NamedDiff
  diff(): Uint8Array
  some<T>(draw: () => T): T[]
}

export type HomeType = Extract<Message['type'], `page${string}` | `home${string}` | `eager${string}`>

export function homeMessage(type: HomeType, parts: Parts): Message {
  const { random, self } = parts
  switch (type) {
    case 'homeClaim':
    case 'eagerInvalidate':
      return { type, pages: parts.pages() }
    case 'pageRequest':
      return {
        type,
        page: parts.page(),
        requester: random.chance(0.9) ? self : parts.node(),
        needs: random.chance(0.5) ? [] : parts.some(() => parts.own()),
        take: random.chance(0.5),
        moves: random.below(4),
      }
    case 'pageReply':
      return {
        type,
        page: parts.page(),
        bytes: random.chance(0.15) ? new Uint8Array(0) : parts.diff(),
        moves: random.below(4),
        yours: random.chance(0.5),
        applied: parts.some(() => parts.own()),
      }
    case 'homeFlush': {
      const diff = (): HomeDiff => ({
        ...parts.own(),
        after: random.chance(0.8) ? 0 : random.below(3),
        moves: random.below(3),
      })
      return { type, diffs: random.chance(0.5) ? [diff()] : parts.some(diff) }
    }
    case 'homeIs':
      return { type, homes: parts.some(() => ({ page: parts.page(), home: parts.node(), moves: random.below(4) })) }
    case 'homeOffer':
      return { type, page: parts.page() }
    case 'eagerFlush':
      return { type, id: random.between(1, 4), diffs: pageDiffs(parts) }
    case 'eagerFlushed':
      return { type, id: random.between(1, 4) }
    case 'eagerUpdate':
      return { type, diffs: pageDiffs(parts) }
    case 'eagerAck':
      return { type, dropped: random.chance(0.7) ? [] : parts.pages() }
    case 'pageRecall':
      return { type, page: parts.page(), next: parts.node() }
    case 'pageRecalled':
      return { type, page: parts.page() }
  }
}

const pageDiffs = (parts: Parts): { page: PageId; bytes: Uint8Array }[] =>
  parts.some(() => ({ page: parts.page(), bytes: parts.diff() }))
