/** Which pages a message of a coherence protocol is about: by them a node with several protocols knows whose it is. */
import type { PageId } from './ids.js'
import type { CoherenceMessage } from './messages.js'

/** In the order in which the message names them; a page may come more than once. */
export function pagesNamed(message: CoherenceMessage): readonly PageId[] {
  switch (message.type) {
    case 'diffRequest':
      return message.wants.map(({ page }) => page)
    case 'diffReply':
    case 'diffPush':
    case 'homeFlush':
    case 'eagerFlush':
    case 'eagerUpdate':
      return message.diffs.map(({ page }) => page)
    case 'diffKeep':
    case 'homeClaim':
    case 'eagerInvalidate':
      return message.pages
    case 'pageRequest':
    case 'pageReply':
    case 'homeOffer':
    case 'pageRecall':
    case 'pageRecalled':
      return [message.page]
    case 'homeIs':
      return message.homes.map(({ page }) => page)
    case 'eagerAck':
      return message.dropped
    case 'eagerFlushed':
      return []
  }
}
