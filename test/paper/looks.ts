/** What the paper tests look at besides what cluster-helpers.ts gives: page states, counters, times, intervals by name. */
import { C } from '../../src/core/counters.js'
import { pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import { PageState } from '../../src/core/memory.js'
import type { Message } from '../../src/core/messages.js'
import type { Cluster } from '../../src/sim/cluster.js'

export const state = (c: Cluster, node: number, page: number): string =>
  PageState[c.node(node).memory.state(pageId(page))]

export const counter = (c: Cluster, node: number, name: keyof typeof C): number =>
  c.node(node).counters[C[name]] as number

/** `0.1{2,3}` for the first interval of node 0, which has notices for pages 2 and 3. */
export const names = (intervals: readonly Interval[]): string[] =>
  intervals.map(({ node, index, pages }) => `${node}.${index}{${pages}}`)

/** Every message of this kind that was sent, oldest first. */
export function all<T extends Message['type']>(c: Cluster, type: T): Extract<Message, { type: T }>[] {
  return c.sent.map(({ message }) => message).filter((message) => message.type === type) as never
}
