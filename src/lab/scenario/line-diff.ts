/**
 * Two lists of lines side by side: what is common, what only the first has and what only the second has, by the
 * longest common subsequence. For texts of a few hundred lines.
 */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
  /** Index in the first list, or where it would stand there. */
  readonly at: number
}

export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  const common = commonLengths(before, after)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i] as string, at: i })
      i++
      j++
    } else if (j === after.length || (i < before.length && length(common, i + 1, j) >= length(common, i, j + 1))) {
      lines.push({ sign: '-', text: before[i] as string, at: i++ })
    } else {
      lines.push({ sign: '+', text: after[j++] as string, at: i })
    }
  }
  return lines
}

/** By [i][j]: how many lines the two have in common from i and j on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i] as number[]
      row[j] =
        before[i] === after[j]
          ? length(table, i + 1, j + 1) + 1
          : Math.max(length(table, i + 1, j), length(table, i, j + 1))
    }
  }
  return table
}

const length = (table: readonly (readonly number[])[], i: number, j: number): number => table[i]?.[j] ?? 0
