/**
 * What a node knows of one page that has one owner at a time (Li and Hudak, TOCS 1989): whether it is the owner, where
 * else it would ask, and, at the owner, who has a copy and who waits for the page.
 */
import type { NodeId } from './ids.js'
import type { PageRequest } from './messages.js'

export interface OwnedPage {
  owns: boolean
  /** The probable owner: who owned the page, or had asked to, when this node last heard of it. */
  owner: NodeId
  /** Reading without a fault is possible, or would be but for this node's own request to write: the bytes are good. */
  copy: boolean
  /** This node's request, while it is on its way. */
  sent: PageRequest | undefined
  /** At the owner, and at who will be: requests, first come first served. At most one of each node. */
  queue: PageRequest[]
  /** At the owner: who else has a copy. */
  readonly copies: Set<NodeId>
  /** At the owner: whose copies must go before the first request can be served. */
  readonly recalled: Set<NodeId>
  /** The owner wants the copy here, which is held still; and who is to own the page then. */
  recall: { readonly from: NodeId; readonly next: NodeId } | undefined
}

export const ownedPage = (owner: NodeId, self: NodeId): OwnedPage => ({
  owns: owner === self,
  owner,
  copy: false,
  sent: undefined,
  queue: [],
  copies: new Set(),
  recalled: new Set(),
  recall: undefined,
})

/** This node owns the page, or will as soon as its request is answered: requests of others wait here. */
export const gathers = ({ owns, sent }: OwnedPage): boolean => owns || sent?.take === true
