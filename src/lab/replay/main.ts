/**
 * `npm run replay`: does a recorded run again and says whether it is the same. Ends with 0 when it is, 1 when it is
 * not, 2 for a wrong command line.
 */
import { MAX_PROCS } from '../../limits.js'
import { type Command, type Given, run, usage } from '../command-line.js'
import { replayRun } from './run.js'

const command: Command = {
  name: 'replay',
  about: 'Does again what `treadmarks run --record DIR …` recorded, and compares; docs/recording.md tells more.',
  options: {
    node: { value: 'N', most: MAX_PROCS - 1, help: 'this node alone, compared with no other' },
    print: { help: 'a line for each event, each call on memory and lock words, and each action' },
  },
  rest: 'DIR',
}

function main(given: Given): number {
  const [folder, another] = given.rest
  if (folder === undefined) throw usage('expected the directory of a recording')
  if (another !== undefined) throw usage(`expected one directory, found ${folder} and ${another}`)
  const node = given.has('node') ? given.number('node', 0) : undefined
  return replayRun({ folder, node, print: given.has('print') }, console.log) ? 0 : 1
}

await run(command, process.argv.slice(2), main)
