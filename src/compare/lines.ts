/**
 * What programs have printed, as sorted lines: their processes print at the same time, so the order of lines is nobody's
 * promise, but which lines there are, and how often, is. A character is a byte here, so that no two outputs look alike
 * only because neither can be read.
 */
import { shownName } from '../cli/text-table.js'

export type Lines = readonly string[]

/** A line of which one of two outputs has more than the other; undefined when it has none such. */
export interface Difference {
  readonly first: string | undefined
  readonly other: string | undefined
}

/** `labelled`: each line has its process in front, as `--label` writes it. Which process says a thing may be chance. */
export function sortedLines(labelled: string): Lines {
  const lines = labelled.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.slice(line.indexOf('] ') + 2)).sort()
}

/** The first line that only each of them has, in sorted order; undefined when they agree. */
export function difference(first: Lines, other: Lines): Difference | undefined {
  const only: { first?: string | undefined; other?: string | undefined } = {}
  for (let i = 0, j = 0; i < first.length || j < other.length; ) {
    const [a, b] = [first[i], other[j]]
    if (a === b) {
      i++
      j++
    } else if (b === undefined || (a !== undefined && a < b)) {
      only.first ??= a
      i++
    } else {
      only.other ??= b
      j++
    }
    if (only.first !== undefined && only.other !== undefined) break
  }
  return only.first === undefined && only.other === undefined ? undefined : { first: only.first, other: only.other }
}

/** A line of bytes as it may stand in a terminal or a file. */
export function shownLine(line: string): string {
  return shownName(Buffer.from(line, 'latin1').toString(), MAX_SHOWN)
}

/** Characters of a line that are shown. */
export const MAX_SHOWN = 200
