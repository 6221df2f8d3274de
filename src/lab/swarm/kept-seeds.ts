/**
 * The file of seeds that failed once: a line each, `kind seed operations protocol # what it was`. The soak adds
 * to it and the tests replay it, so that a failure that was seen once is looked for ever after.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { usage } from '../command-line.js'
import { isSimulated } from '../protocols.js'
import type { SeedRun } from './seed.js'

export function readSeeds(path: string): SeedRun[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const words = line.replace(/#.*/, '').trim().split(/\s+/)
      return words[0] === '' ? [] : [seedRun(words, `${path}:${i + 1}`)]
    })
}

export function keepSeed(path: string, { kind, seed, operations, protocol }: SeedRun, what: string): void {
  appendFileSync(path, `${kind} ${seed} ${operations} ${protocol} # ${what.split('\n')[0]}\n`)
}

function seedRun([kind, seed, operations, protocol = '', ...more]: readonly string[], place: string): SeedRun {
  const numbers = [Number(seed), Number(operations)] as const
  const sound = numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  if ((kind !== 'race-free' && kind !== 'racy') || !sound || !isSimulated(protocol) || more.length > 0) {
    throw usage(`${place}: expected 'race-free' or 'racy', a seed, a number of operations and a protocol`)
  }
  return { kind, seed: numbers[0], operations: numbers[1], protocol }
}
