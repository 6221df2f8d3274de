/** What the measured programs share: times in microseconds, their median, and how a program tells a result. */
import * as tm from 'treadmarks'

export const PAGE_WORDS = tm.pageSize / 8

/** Process 0 prints it; bench/sample.ts reads it. */
export function tell(name: string, us: number): void {
  if (tm.procId === 0) console.log(JSON.stringify({ name, us }))
}

/** The median of what process `from` measured, in process 0: told by a plain message. */
export function told(from: number, times: readonly number[]): number {
  if (tm.procId === from) tm.send(0, new Uint8Array(Float64Array.of(median(times)).buffer))
  return tm.procId === 0 ? (new Float64Array(tm.recv(from).buffer)[0] as number) : 0
}

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

/** Microseconds that `work` takes. */
export function timed(work: () => void): number {
  const began = performance.now()
  work()
  return (performance.now() - began) * 1000
}

/** A measurement that did not measure what it says is none. */
export function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`process ${tm.procId} did not measure what it should: ${what}`)
}

/** Memory of whole pages that nobody has touched. */
export const freshPages = (pages: number): Float64Array => tm.alloc(Float64Array, pages * PAGE_WORDS)
