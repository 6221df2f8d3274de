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
  pageReply: 1,
  homeFlush: 1,
  homeClaim: 1,
  homeIs: 1,
  homeOffer: 1,
}
const all = Object.keys(weights) as Type[]
/** Where pages have homes all types are tried, also those that nobody should send there. */
export const typesFor = (homes: boolean): Type[] => (homes ? all : all.filter((type) => !/^(page|home)/.test(type)))
