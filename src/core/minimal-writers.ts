/**
 * The minimal set of writers that a miss asks (Keleher 1994, §3.5). The vector times of the missing intervals say who
 * holds whose diffs.
 */
import { TreadMarksError } from '../errors.js'
import type { NodeId } from './ids.js'
import type { Interval } from './interval.js'
import type { IntervalName } from './messages.js'
import { covers } from './vector-time.js'

/**
 * §3.5: whoever modified the page in some interval holds all diffs of it that happened before. So only those
 * writers are asked whose latest missing interval no other's has seen, each for its own diffs and for those
 * of the writers that nobody needs to ask.
 */
export function minimalWriters(missing: readonly Interval[]): Map<NodeId, IntervalName[]> {
  const latest = new Map<NodeId, Interval>()
  for (const interval of missing) {
    const known = latest.get(interval.node)
    if (known === undefined || known.index < interval.index) latest.set(interval.node, interval)
  }
  // The newest first: of writers that took turns it has seen all others.
  const newestFirst = [...latest.values()].reverse()
  const asked = [...latest.values()].filter(
    (one) => !newestFirst.some((other) => other !== one && covers(other.time, one.node, one.index)),
  )
  const ask = new Map<NodeId, IntervalName[]>(asked.map(({ node }) => [node, []]))
  for (const { node, index } of missing) {
    const holder = ask.has(node) ? node : asked.find((other) => covers(other.time, node, index))?.node
    if (holder === undefined) {
      // Happened-before is transitive: where times are true, one of the last writers has seen each of the others.
      const what = `the times of intervals contradict each other: nobody holds interval ${index} of node ${node}`
      throw new TreadMarksError('ERR_TM_PROTOCOL', what)
    }
    ;(ask.get(holder) as IntervalName[]).push({ node, index })
  }
  return ask
}
