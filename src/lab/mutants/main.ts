/**
 * `npm run mutants`: plants one bug after the other and looks whether the kit finds it. Prints the table of kill
 * rates; ends with 1 when a mutant survives, no longer fits the code, or the code as it is fails.
 */
import { type Command, type Given, run } from '../command-line.js'
import { named } from './all.js'
import { simOf, whyStale } from './copy.js'
import type { Hunt } from './hunt.js'
import { huntAll } from './hunt-all.js'
import { kindOfSeed, runOf, shownBy } from './order.js'
import { head, rowOf } from './table.js'

const command: Command = {
  name: 'mutants',
  about: 'Plants bugs, one at a time, and looks after how many seeds they are found.',
  options: {
    only: { value: 'NAMES', help: 'these mutants, separated by commas' },
    seeds: { value: 'N', least: 1, help: 'how many each may take (default 1000)' },
    sample: { value: 'N', least: 1, help: 'how many the kill rate is made of, at least (default 20)' },
    list: { help: 'what there is, and what is wrong with each' },
  },
}

async function main(given: Given): Promise<number> {
  const mutants = named(given.text('only'))
  if (given.has('list')) {
    for (const { name, file, about } of mutants) console.log(`${name}\n  ${file}\n  ${about}`)
    return 0
  }
  const stale = mutants.flatMap(whyStale)
  if (stale.length > 0) {
    for (const line of stale) console.error(line)
    return 1
  }
  for (const line of head()) console.log(line)
  const limits = { seeds: given.number('seeds', 1000), sample: given.number('sample', 20) }
  const hunts = await huntAll(mutants, limits, (hunt) => console.log(rowOf(hunt)))
  if (given.has('only')) for (const hunt of hunts) console.log(story(hunt))
  return judge(hunts)
}

/** What one mutant is, what came of it, and how to look at it. */
function story({ mutant, foundBy, failed, message }: Hunt): string {
  if (mutant === undefined) return ''
  const lines = [mutant.name, `  ${mutant.about}`, `  ${foundBy ?? 'nobody'}: ${message}`]
  const [seed] = failed
  if (mutant.finder !== 'seeds') lines.push(`  (cd out/mutants/${mutant.name} && node scripts/build-native.mjs --test)`)
  else if (seed !== undefined) lines.push(`  node ${simOf(mutant)} ${shownBy(runOf(seed, mutant.protocol))}`)
  return `\n${lines.join('\n')}`
}

function judge(hunts: readonly Hunt[]): number {
  const found = hunts.filter(({ mutant, foundBy }) => mutant !== undefined && foundBy !== undefined)
  const wrong = hunts.flatMap(complaints)
  console.log(`\n${found.length} of ${hunts.length - 1} mutants found`)
  for (const line of wrong) console.log(line)
  return wrong.length === 0 ? 0 : 1
}

function complaints({ mutant, foundBy, failed, message, trouble, run }: Hunt): string[] {
  const name = mutant?.name ?? 'the code as it is'
  if (trouble !== undefined) return [`${name}: ${trouble}`]
  if (mutant === undefined) {
    return failed.map((seed) => `${name} fails: npm run sim -- --seed ${seed} --kind ${kindOfSeed(seed)} (${message})`)
  }
  return foundBy === undefined ? [`${name} survived ${run} seeds: ${mutant.about}`] : []
}

await run(command, process.argv.slice(2), main)
