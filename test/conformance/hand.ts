/**
 * A cluster of any protocol that is driven by hand: whoever is not named does nothing, and messages arrive when the
 * driver settles. So it can be said what one operation has sent.
 */
import type { CoherenceFactory } from '../../src/core/coherence.js'
import { purposeOf } from '../../src/core/kinds.js'
import type { Message } from '../../src/core/messages.js'
import { Cluster } from '../../src/sim/cluster.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { writeFrame } from '../../src/wire/frame.js'

export { acquire, barrier, load, perform, release, store } from '../core/cluster-helpers.js'

export const clusterOf = (protocol: CoherenceFactory, nodes: number, pages = 4, pageBytes = 64): Cluster =>
  new Cluster({ nodes, pages, pageBytes, coherence: protocol })

type Sent = Cluster['sent'][number]

/** What was sent since the last look, of all kinds. */
export const sentBy = (c: Cluster): Sent[] => {
  c.settle()
  return c.sent.splice(0)
}

/** Of these, those of the protocol itself. */
export const ofPages = (sent: readonly Sent[]): Sent[] =>
  sent.filter(({ message }) => purposeOf[message.type] === 'pages')

/** `pageRequest 1→0, pageReply 0→1` */
export const named = (sent: readonly Sent[]): string =>
  sent.map(({ from, to, message }) => `${message.type} ${from}→${to}`).join(', ')

/** As frames on the wire. */
export const bytesOf = (sent: readonly Sent[]): number =>
  sent.reduce((sum, { message }) => sum + frameBytes(message), 0)

function frameBytes(message: Message): number {
  return writeFrame(new ByteWriter(), message).length
}
