/** Random numbers that are the same in every run and every process: a counter that is stirred, from a seed. */

/** A generator of numbers in [0, 1), of 32 random bits each. */
export function randomFrom(seed: number): () => number {
  let count = seed >>> 0
  return () => {
    count = (count + 0x9e3779b9) >>> 0
    let bits = Math.imul(count ^ (count >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }
}
