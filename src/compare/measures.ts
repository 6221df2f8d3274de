/** What is compared, row by row: a number of the statistics, the words for it, and how it is written. */
import type { Statistics } from '../cli/statistics.js'
import { grouped } from '../cli/text-table.js'
import type { CounterName } from '../core/counters.js'

export interface Measure {
  readonly title: string
  of(statistics: Statistics): number
  shown(value: number): string
}

export const measures: readonly Measure[] = [
  { title: 'time, ms', of: ({ wallMs }) => wallMs, shown: oneDecimal },
  counted('messages', 'messages'),
  { title: 'kilobytes', of: ({ total }) => (total.bytes ?? 0) / 1000, shown: oneDecimal },
  counted('read faults', 'readFaults'),
  counted('write faults', 'writeFaults'),
  counted('pages fetched', 'pagesFetched'),
  counted('invalidations', 'invalidations'),
  counted('twins', 'twins'),
  counted('diffs created', 'diffsCreated'),
  counted('diff bytes', 'diffBytes'),
]

function counted(title: string, counter: CounterName): Measure {
  return { title, of: ({ total }) => total[counter] ?? 0, shown: grouped }
}

/** 1234.56 as 1,234.6. */
function oneDecimal(value: number): string {
  const [whole = '', fraction = ''] = value.toFixed(1).split('.')
  return `${grouped(Number(whole))}.${fraction}`
}
