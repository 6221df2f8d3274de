/**
 * "Did you mean": the known word nearest to a mistyped one. Nearness is the number of single-letter edits (Levenshtein),
 * and a word that is the beginning of exactly one known word counts as near too.
 */

/** The nearest known word, or undefined when none is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const begun = known.filter((candidate) => word.length > 2 && candidate.startsWith(word))
  if (begun.length === 1) return begun[0]
  let best: string | undefined
  // A third of the letters may be wrong, or two: beyond that a suggestion is noise.
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = edits(word, candidate)
    if (distance < bestDistance && distance < candidate.length - 1) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function edits(a: string, b: string): number {
  // Row by row of the usual table; `row[column]` is the distance of the letters of `a` so far to the first ones of `b`.
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const letter of a) {
    let [above = 0, ...rest] = row
    let left = above + 1
    const next = [left]
    for (const [column, below] of rest.entries()) {
      left = Math.min(above + (letter === b[column] ? 0 : 1), below + 1, left + 1)
      next.push(left)
      above = below
    }
    row = next
  }
  return row.at(-1) ?? a.length
}
