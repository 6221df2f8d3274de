/** The comparison as JSON: for each protocol its exit code, its time, all counters, and what became of its output. */
import type { CompareOptions } from '../cli/options.js'
import { shownLine } from './lines.js'
import type { Results } from './result.js'

export function numbers({ nodes, program, args, runOptions }: CompareOptions, results: Results): string {
  const { measure, all, isGood } = results
  const line = (text: string | undefined): string | null => (text === undefined ? null : shownLine(text))
  const report = {
    version: 1,
    program,
    arguments: args,
    options: runOptions,
    nodes,
    /** With whose output the others are compared. */
    comparedWith: measure?.protocol ?? null,
    good: isGood,
    runs: all.map(({ protocol, exitCode, statistics, lines, verdict, difference }) => ({
      protocol,
      exitCode,
      wallMs: statistics?.wallMs ?? null,
      counters: statistics?.total ?? null,
      perNode: statistics?.perNode ?? null,
      phases: statistics?.phases ?? null,
      kinds: statistics?.kinds ?? null,
      allocations: statistics?.allocations ?? null,
      lines: lines ?? null,
      agrees: verdict === 'unknown' ? null : verdict !== 'disagrees',
      difference: difference && { comparedWith: line(difference.first), own: line(difference.other) },
    })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
