/** The state of simulated nodes as lines of a scenario: pages, intervals, counters, lock words, messages. */
import { C, counterNames } from '../../core/counters.js'
import { makeDiff } from '../../core/diff.js'
import { lockId, pageId } from '../../core/ids.js'
import { ABSENT, FREE, HELD, WANTED } from '../../core/lock-words.js'
import { PageState } from '../../core/memory.js'
import type { Cluster } from '../../sim/cluster.js'
import { diffText, intervalText, messageText, nameText, pageText, timeText } from './notation.js'
import type { Watch } from './watch.js'

/** Neighbours of which the same is to be said share a line. */
export function pagesLines(cluster: Cluster, watch: Watch, node: number): string[] {
  const runs: { readonly first: number; last: number; readonly text: string }[] = []
  for (let page = 0; page < cluster.config.pages; page++) {
    const text = pageLine(cluster, watch, node, page)
    const run = runs.at(-1)
    if (run?.text === text) run.last = page
    else runs.push({ first: page, last: page, text })
  }
  return runs.map(
    ({ first, last, text }) => `${first === last ? `page ${first}` : `pages ${first} to ${last}`}: ${text}`,
  )
}

function pageLine(cluster: Cluster, watch: Watch, node: number, number: number): string {
  const { pageBytes } = cluster.config
  const { memory } = cluster.node(node)
  const page = pageId(number)
  const bytes = memory.bytes.subarray(number * pageBytes, (number + 1) * pageBytes)
  const twin = memory.twin(page)
  const lacking = watch.lacking(node, page)
  return [
    PageState[memory.state(page)],
    `holds ${pageText(bytes)}`,
    ...(twin === undefined ? [] : [`unlike its twin ${diffText(makeDiff(twin, bytes), pageBytes)}`]),
    ...(lacking.length === 0 ? [] : [`lacks the diffs of ${lacking.map(nameText).join(' ')}`]),
  ].join('; ')
}

export function intervalsLines(watch: Watch, node: number): string[] {
  const known = watch.intervals(node).map((interval) => `${intervalText(interval)} at ${timeText(interval.time)}`)
  return [`time ${timeText(watch.time(node))}`, ...(known.length === 0 ? ['no intervals'] : known)]
}

/** Those that are not 0, by the names of the statistics file; what a node keeps can be seen otherwise. */
export function countersText(cluster: Cluster, node: number): string {
  const { memory, counters } = cluster.node(node)
  const beside: Partial<Record<string, number>> = {
    messages: cluster.sent.filter(({ from }) => from === node).length,
    readFaults: memory.readFaults,
    writeFaults: memory.writeFaults,
    twins: memory.twinsMade,
  }
  const counting = counterNames.filter((name) => !name.startsWith('kept'))
  const counted = counting.map((name) => [name, beside[name] ?? (counters[C[name]] as number)] as const)
  const texts = counted.filter(([, value]) => value > 0).map(([name, value]) => `${name} ${value}`)
  return texts.length === 0 ? 'nothing counted' : texts.join(', ')
}

export function lockText(cluster: Cluster, lock: number): string {
  const words = cluster.nodes.map((node) => {
    const word = node.words[node.wordOf(lockId(lock))] as number
    return `node ${node.id} ${wordNames[word & ~WANTED]}${(word & WANTED) === 0 ? '' : ' and WANTED'}`
  })
  return `lock ${lock}: ${words.join(', ')}`
}

/** Messages on their way. */
export function messagesLines(cluster: Cluster): string[] {
  const { nodes, pageBytes } = cluster.config
  const lines = cluster.queues.flatMap((queue, i) =>
    queue.map((message) => `${Math.floor(i / nodes)} → ${i % nodes} ${messageText(message, pageBytes)}`),
  )
  return lines.length === 0 ? ['nothing is on its way'] : lines
}

/** `3 messages: 2 lockRequest, 1 lockGrant`, of those sent from the `first` on. */
export function sentText(cluster: Cluster, first: number): string {
  const kinds = new Map<string, number>()
  for (const { message } of cluster.sent.slice(first)) kinds.set(message.type, (kinds.get(message.type) ?? 0) + 1)
  const total = cluster.sent.length - first
  if (total === 0) return 'no message'
  const list = [...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ')
  return `${total} ${total === 1 ? 'message' : 'messages'}: ${list}`
}

const wordNames: Readonly<Record<number, string>> = { [ABSENT]: 'ABSENT', [FREE]: 'FREE', [HELD]: 'HELD' }
