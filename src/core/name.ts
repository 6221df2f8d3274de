/**
 * Names that programs give to allocations and phases. They travel as JSON strings of printable ASCII, so that the core
 * can show them to people without a decoder, and nothing in them moves a cursor.
 */
/** The name in quotes, in printable ASCII. */
export const quoted = (name: string): string =>
  JSON.stringify(name).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The name that `quoted` made this of. */
export const unquoted = (text: string): string => JSON.parse(text) as string

/** What an allocation is called in errors: `Float64Array(8) "grid" align 64`. */
export function labelOf(type: string, length: number, { name, align }: { name?: string; align?: number }): string {
  return `${type}(${length})${name === undefined ? '' : ` ${quoted(name)}`}${align ? ` align ${align}` : ''}`
}

/** What it is called in statistics: its name, or else its type and length. */
export function nameIn(label: string): string {
  const name = /"(.*)"/.exec(label)
  return name === null ? label.replace(/ align \d+$/, '') : unquoted(name[0])
}

export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Undefined for what is not printable ASCII. */
export function asciiText(bytes: Uint8Array): string | undefined {
  let text = ''
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
