/**
 * Which pages the traffic was for, and whether nodes share data or only pages there: what the nodes told of pages, put
 * together. A page is falsely shared when several write to it and no byte is written by two of them.
 */
import { mergeRows } from '../core/page-traffic.js'
import { sumCounters, type Table } from '../core/tally.js'
import { MAX_PAGES_LISTED } from '../limits.js'
import type { CountersReport, PageReport } from '../runtime/control.js'

export const sharings = ['oneWriter', 'falselyShared', 'trulyShared'] as const
export type Sharing = (typeof sharings)[number]

/** A page in the statistics. */
export interface SharedPage {
  readonly page: number
  readonly allocation: string
  /** What came for it to all nodes together, and how often something did. */
  readonly bytes: number
  readonly transfers: number
  /** Nodes. */
  readonly writers: readonly number[]
  readonly sharing: Sharing
}

export interface PageTraffic {
  /** Those with the most bytes, most first. */
  readonly pages: readonly SharedPage[]
  /** By allocation: how many pages of each kind, and what came for them, bytes. */
  readonly sharing: Table
}

/** Of one phase, or of the whole run. */
export function pageTraffic(reports: readonly (readonly PageReport[])[]): PageTraffic {
  const all = mergeRows(reports).map(shared)
  const names = new Map<string, SharedPage[]>()
  for (const one of all) names.set(one.allocation, [...(names.get(one.allocation) ?? []), one])
  return {
    pages: all.filter(({ bytes }) => bytes > 0).slice(0, MAX_PAGES_LISTED),
    sharing: Object.fromEntries([...names].map(([name, pages]) => [name, sumCounters(pages.map(kindOf))])),
  }
}

/** The phases of which a node told something, '' for the time before the first, and what all told of each. */
export function byPhase(reports: Iterable<CountersReport>): Map<string, PageReport[][]> {
  const phases = new Map<string, PageReport[][]>()
  for (const { pages } of reports)
    for (const [phase, rows] of Object.entries(pages)) phases.set(phase, [...(phases.get(phase) ?? []), [...rows]])
  return phases
}

function shared({ page, allocation, bytes, transfers, writers, overlap }: PageReport): SharedPage {
  const sharing = writers.length < 2 ? 'oneWriter' : overlap ? 'trulyShared' : 'falselyShared'
  return { page, allocation, bytes, transfers, writers, sharing }
}

function kindOf({ sharing, bytes }: SharedPage): Readonly<Record<string, number>> {
  const counts = sharings.flatMap((one): [string, number][] => [
    [one, one === sharing ? 1 : 0],
    [`${one}Bytes`, one === sharing ? bytes : 0],
  ])
  return Object.fromEntries(counts)
}
