/**
 * The kinds of messages: what each is for, and how many of each a node has sent to others. The compiler holds the table
 * to the types of messages.ts, so a new type of message cannot be forgotten here.
 */
import type { Message } from './messages.js'
import type { Table } from './tally.js'

export type Kind = Message['type']

/** What messages are for, in the words of the interface. */
export const purposes = ['locks', 'conditions', 'meetings', 'allocation', 'pages', 'plain messages', 'ends'] as const
export type Purpose = (typeof purposes)[number]

export const purposeOf: Readonly<Record<Kind, Purpose>> = {
  lockRequest: 'locks',
  lockForward: 'locks',
  lockGrant: 'locks',
  lockTry: 'locks',
  lockTryForward: 'locks',
  lockTried: 'locks',
  lockBusy: 'locks',
  condWake: 'conditions',
  arrive: 'meetings',
  depart: 'meetings',
  mallocRequest: 'allocation',
  mallocReply: 'allocation',
  freeRequest: 'allocation',
  freeReply: 'allocation',
  diffRequest: 'pages',
  diffReply: 'pages',
  diffPush: 'pages',
  diffKeep: 'pages',
  pageRequest: 'pages',
  pageReply: 'pages',
  homeFlush: 'pages',
  homeClaim: 'pages',
  homeIs: 'pages',
  homeOffer: 'pages',
  eagerFlush: 'pages',
  eagerFlushed: 'pages',
  eagerUpdate: 'pages',
  eagerInvalidate: 'pages',
  eagerAck: 'pages',
  pageRecall: 'pages',
  pageRecalled: 'pages',
  parcel: 'plain messages',
  parcelTaken: 'plain messages',
  ended: 'ends',
}

const kinds = Object.keys(purposeOf) as Kind[]
/** Index of each kind in the rows below. */
const indexOf = Object.fromEntries(kinds.map((kind, i) => [kind, i])) as Record<Kind, number>

/** One node's messages to others. */
export class KindCounters {
  private readonly messages = new Float64Array(kinds.length)
  private readonly bytes = new Float64Array(kinds.length)

  count(kind: Kind, bytes: number): void {
    const i = indexOf[kind]
    this.messages[i] = (this.messages[i] as number) + 1
    this.bytes[i] = (this.bytes[i] as number) + bytes
  }

  table(): Table {
    const row = (kind: Kind) => ({
      messages: this.messages[indexOf[kind]] as number,
      bytes: this.bytes[indexOf[kind]] as number,
    })
    return Object.fromEntries(kinds.map((kind) => [kind, row(kind)]))
  }
}
