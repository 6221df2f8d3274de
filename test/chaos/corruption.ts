/**
 * What happens when one bit changes on its way between two nodes: `node --import tsx test/chaos/corruption.ts 100`
 * runs that many seeds and counts the ends. Frames have no checksum but TCP's, so nothing is promised and nothing is
 * tested here; docs/faults.md has the result.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Random } from '../../src/sim/random.js'
import { Doors } from './doors.js'
import { Log } from './log.js'
import { smooth } from './plan.js'

/** A run of this size takes less than a second. */
const HANG_MS = 10_000
const text = readFileSync(fileURLToPath(new URL('witness.mjs', import.meta.url)), 'utf8')

/** One bit of one direction of the connection of two nodes, behind the handshake. */
async function end(seed: number): Promise<string> {
  const random = new Random(seed)
  // Little data, so that most bytes say how long and where, or much.
  const [bytes, most] = random.pick([
    [50, 6_000],
    [10_000, 60_000],
  ] as const)
  const flip = { at: 90 + random.below(most), mask: 1 << random.below(8) }
  const side = random.pick(['up', 'down'] as const)
  const cleanUps: (() => void)[] = []
  const scope = { after: (cleanUp: () => void) => void cleanUps.unshift(cleanUp) }
  try {
    const wires = new Map([['1-0', { up: smooth, down: smooth, [side]: { ...smooth, flip } }]])
    const doors = await Doors.make(scope, { nodes: 2, wires }, new Log())
    const args = [seed, 10, bytes].map(String)
    const { code, stderr } = await doors.run(scope, text, { args, timeoutMs: HANG_MS, options: ['--heap', '4m'] }).ended
    if (code === 0) return 'the right result'
    if (stderr.includes('WRONG')) return 'a wrong value, which the program noticed'
    return /ERR_TM_\w+/.exec(stderr)?.[0] ?? 'an end without a typed error'
  } catch (error) {
    return String(error).includes('did not end') ? 'no end' : String(error)
  } finally {
    for (const cleanUp of cleanUps) cleanUp()
  }
}

const runs = Number(process.argv[2] ?? 50)
const ends = new Map<string, number>()
for (let seed = 1; seed <= runs; seed++) {
  const how = await end(seed)
  ends.set(how, (ends.get(how) ?? 0) + 1)
}
for (const [how, count] of [...ends].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(5)}  ${how}`)
