/** How often the forger tries each type of message where it fits. Those that reach deep seldom fit, and are tried more often. */
import type { Message } from '../../../src/core/messages.js'

export type Type = Message['type']

export const weights: { readonly [T in Type]: number } = {
  lockRequest: 1,
  lockForward: 2,
  lockGrant: 8,
  lockTry: 1,
  lockTryForward: 2,
  lockTried: 4,
  lockBusy: 1,
  parcel: 1,
  parcelTaken: 1,
  condWake: 4,
  arrive: 3,
  depart: 8,
  mallocRequest: 1,
  mallocReply: 6,
  freeRequest: 3,
  freeReply: 3,
  ended: 1,
  diffRequest: 1,
  diffReply: 8,
  diffPush: 1,
  diffKeep: 1,
  pageRequest: 1,
  pageReply: 4,
  homeFlush: 1,
  homeClaim: 1,
  homeIs: 1,
  homeOffer: 1,
  eagerFlush: 1,
  eagerFlushed: 1,
  eagerUpdate: 1,
  eagerInvalidate: 1,
  eagerAck: 1,
  pageRecall: 2,
  pageRecalled: 2,
}
const all = Object.keys(weights) as Type[]
/** What is said of pages, by the protocol that says it. */
const theirs: Readonly<Record<string, RegExp>> = {
  treadmarks: /^diff/,
  'home-lrc': /^(diff|pageRe(quest|ply)|home)/,
  eager: /^(pageRe(quest|ply)|eager)/,
  ivy: /^(page|diffPush)/,
  mixed: /^/,
}
/** What a forger says under a protocol; under home-lrc also what nobody should say there. */
export const typesFor = (protocol: string): Type[] =>
  all.filter((type) => !/^(diff|page|home|eager)/.test(type) || (theirs[protocol] as RegExp).test(type))
