/** A number of 32 bits that stands for many: equal digests mean, for all practical purposes, equal bits. */

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array

/** FNV-1a over the 32-bit words of the arrays, in eight hexadecimal digits. */
export function digest(...arrays: readonly Numbers[]): string {
  let hash = 0x811c9dc5
  for (const { buffer, byteOffset, byteLength } of arrays) {
    const words = new Uint32Array(buffer, byteOffset, byteLength / 4)
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
