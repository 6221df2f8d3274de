/**
 * Sizes as people write them: `64MiB`, `1GiB`, `512K` or plain bytes. All units are powers of 1024, with or without
 * the `iB`; decimal units (`MB`) are refused, because half of their readers would take them for the binary ones.
 */

const units: ReadonlyMap<string, number> = new Map([
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
])

/** Bytes, or undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15})(?:([kmg])(?:ib)?|b)?$/i.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * (units.get((match[2] ?? '').toLowerCase()) ?? 1)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The shortest exact spelling, and one decimal where none is exact. */
export function formatSize(bytes: number): string {
  for (const [name, unit] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (bytes < unit) continue
    const value = bytes / unit
    return `${Number.isInteger(value) ? value : value.toFixed(1)} ${name}`
  }
  return `${bytes} bytes`
}
