/** Things that go to nodes, put together: each node gets one message, or a few, for all of them. */
import type { NodeId } from './ids.js'

/** One more thing for a node. */
export function addFor<T>(groups: Map<NodeId, T[]>, node: NodeId, item: T): void {
  const group = groups.get(node)
  if (group === undefined) groups.set(node, [item])
  else group.push(item)
}

/** Items by the node that each goes to, in their order. */
export function byNode<T>(items: readonly T[], nodeOf: (item: T) => NodeId): Map<NodeId, T[]> {
  const groups = new Map<NodeId, T[]>()
  for (const item of items) addFor(groups, nodeOf(item), item)
  return groups
}
