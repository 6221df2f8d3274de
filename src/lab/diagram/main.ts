/** `npm run diagrams`: draws the diagrams of docs/diagrams.md again, one for each protocol. */
import { writeFileSync } from 'node:fs'
import { type Command, run } from '../command-line.js'
import { protocols } from '../protocols.js'
import { exampleFile, exampleOf } from './examples.js'

const command: Command = {
  name: 'diagrams',
  about: 'Draws the diagrams of docs/diagrams.md again, one for each protocol.',
  options: {},
}

function main(): number {
  for (const protocol of Object.keys(protocols)) {
    writeFileSync(exampleFile(protocol), exampleOf(protocol))
    console.log(`drawn in ${exampleFile(protocol)}`)
  }
  return 0
}

await run(command, process.argv.slice(2), main)
