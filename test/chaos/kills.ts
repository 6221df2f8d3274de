/**
 * `npm run kills`: many runs, of each of which a random node is killed at a random moment. Counts the ends, and fails
 * when one was not as promised or came later than two seconds after the kill.
 */
import { type Command, type Given, run } from '../../src/lab/command-line.js'
import { kill } from './kill.js'

/** "When one node dies, all others stop within two seconds." */
const PROMISED_MS = 2_000

const command: Command = {
  name: 'kills',
  about: 'Kills a random node at a random moment, again and again, and judges the ends.',
  options: {
    runs: { value: 'N', least: 1, help: 'how many (default 200)' },
    seed: { value: 'N', help: 'the first seed (default 1)' },
  },
}

async function main(given: Given): Promise<number> {
  const first = given.number('seed', 1)
  const runs = given.number('runs', 200)
  const times: number[] = []
  const wrong: number[] = []
  for (let seed = first; seed < first + runs; seed++) {
    try {
      const { node, afterMs, endedMs } = await kill(seed)
      times.push(endedMs)
      if (endedMs <= PROMISED_MS) continue
      console.error(`seed ${seed}: node ${node} was killed after ${afterMs} ms, and the run ended ${endedMs} ms later`)
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
    }
    wrong.push(seed)
  }
  const sorted = times.sort((a, b) => a - b).map(Math.round)
  const [median, latest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  console.log(
    `kills: ${runs} runs, ${runs - wrong.length} typed ends in time, nothing left behind; ` +
      `half of them within ${median} ms of the kill, all within ${latest} ms`,
  )
  for (const seed of wrong) console.log(`failed: npm run kills -- --seed ${seed} --runs 1`)
  return wrong.length === 0 ? 0 : 1
}

await run(command, process.argv.slice(2), main)
